package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/listfile"
)

// Whoever asked for a change is told whether it is in force, or that nobody knows.
func TestRefusal(t *testing.T) {
	full := &store.Error{Kind: store.ErrDiskFull, Path: "data", Remedy: "Free space."}
	for name, test := range map[string]struct {
		err     error
		status  int
		outcome string
		want    string
	}{
		"before it was written":  {full, http.StatusServiceUnavailable, "", "disk full"},
		"while it was written":   {errors.Join(full, store.ErrUnknownOutcome), http.StatusServiceUnavailable, "unknown", "look then with `paperweight list show`"},
		"the node stops":         {fmt.Errorf("feed national: %w: %w", feed.ErrStopped, context.Canceled), http.StatusServiceUnavailable, "", "nothing of it is in force"},
		"the node stops, a file": {&listfile.FileError{File: "own.csv", Cause: context.Canceled}, http.StatusServiceUnavailable, "", "the node is stopping"},
		"ranges that overlap":    {&store.OverlapError{At: 1}, http.StatusBadRequest, "", "nothing was applied"},
	} {
		r := refusal(test.err)
		if r.status != test.status || r.Outcome != test.outcome || !strings.Contains(r.Error(), test.want) || strings.Contains(r.Error(), "context") {
			t.Errorf("%s: %d %q %v", name, r.status, r.Outcome, r)
		}
	}
}

// A client that gets no answer says what it does not know, and one that reached
// nobody does not.
func TestUnanswered(t *testing.T) {
	broken := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer broken.Close()
	c, err := NewClient(broken.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancelCause(t.Context())
	kinds := func() []string {
		var got []string
		for _, ask := range []func() error{
			func() error { _, err := c.Add(ctx, Entry{Status: eir.Prohibited}); return err },
			func() error { _, err := c.ImportOwn(ctx, OwnImport{Content: strings.NewReader("x")}); return err },
			func() error { _, err := c.Import(ctx, Job{}); return err },
			func() error { _, err := c.Explain(ctx, Question{}); return err },
			func() error { _, err := c.Sources(ctx); return err },
		} {
			var unanswered *Unanswered
			var unreachable *Unreachable
			err := ask()
			switch {
			case strings.Contains(fmt.Sprint(err), "context"):
				got = append(got, err.Error())
			case errors.As(err, &unanswered):
				got = append(got, "not known")
			case errors.As(err, &unreachable):
				got = append(got, "not asked")
			}
		}
		return got
	}
	want := []string{"not known", "not known", "not known", "not asked", "not asked"}
	if diff := cmp.Diff(want, kinds()); diff != "" {
		t.Errorf("broken off:\n%s", diff)
	}
	interrupt(errors.New("interrupt signal received"))
	if diff := cmp.Diff(want, kinds()); diff != "" {
		t.Errorf("interrupted:\n%s", diff)
	}
	broken.Close()
	ctx = t.Context()
	want = []string{"not asked", "not asked", "not asked", "not asked", "not asked"}
	if diff := cmp.Diff(want, kinds()); diff != "" {
		t.Errorf("nobody there:\n%s", diff)
	}
}
