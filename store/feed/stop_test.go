package feed

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
)

// fetching is a transport that ends a poll once a path is asked for.
type fetching struct {
	path string
	stop context.CancelFunc
}

func (f fetching) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == f.path {
		f.stop()
	}
	return http.DefaultTransport.RoundTrip(r)
}

// stoppedPoll holds a poll that was stopped to being no failure of anything.
func stoppedPoll(t *testing.T, n *node, before Status, err error) {
	t.Helper()
	var disk *store.Error
	if !errors.Is(err, ErrStopped) || !errors.Is(err, context.Canceled) || errors.As(err, &disk) {
		t.Errorf("error %v", err)
	}
	s := n.Status(today)
	if len(n.failed) != 0 || len(n.diverged) != 0 || s.Error != "" || s.Err != nil || s.Diverged != "" || !s.Polled.Equal(before.Polled) || s.State != before.State {
		t.Errorf("told %v and %v; status %+v", n.failed, n.diverged, s)
	}
}

// A shutdown in the midst of a fetch is no failure of the mirror.
func TestStoppedFetch(t *testing.T) {
	a := startAuthority(t)
	a.change(t, phones(t, 0, 10))
	snapshot := "/snapshot/" + a.state.Link.String() + ".1"
	for _, path := range []string{"/2.root.json", "/timestamp.json", "/2.snapshot.json", "/1.deltas.json", "/2.snapshots.json", snapshot} {
		n := newNode(t, a, t.TempDir())
		ctx, stop := context.WithCancel(t.Context())
		n.config.Transport = fetching{path, stop}
		n.open(t)
		out, err := n.Once(ctx, a.now)
		if ctx.Err() == nil {
			t.Fatalf("%s was never asked for", path)
		}
		stoppedPoll(t, n, Status{}, err)
		if len(out.Applied) != 0 {
			t.Errorf("%s: %+v", path, out)
		}
		n.poll(t, a.now)
		n.at(t, a, a.state)
		n.close(t)
	}
}

// A shutdown while a snapshot is written is no failure of the disk, wherever
// the writing is: the whole of 5,000 entries waits for its pace, and so does
// the first half of 50,000.
func TestStoppedApply(t *testing.T) {
	for _, entries := range []int{5_000, 50_000} {
		a := startAuthority(t)
		a.change(t, phones(t, 0, 10))
		before := a.state
		first := a.copyPublic(t)
		a.change(t, phones(t, 10, entries))
		a.snapshot(t)
		a.remove(t, "deltas", "delta/2")
		a.publish(t)
		mirror := "file://" + a.public()
		synctest.Test(t, func(t *testing.T) {
			n := newNode(t, a, t.TempDir(), "file://"+first)
			n.config.Limits.Rate = 1
			n.open(t)
			defer n.close(t)
			n.poll(t, a.now)
			n.at(t, a, before)
			was := n.Status(a.now)
			n.config.Mirrors = []string{mirror}
			n.reopen(t)
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() {
				_, err := n.Once(ctx, a.now)
				ended <- err
			}()
			synctest.Wait() // it waits for its pace
			stop()
			was.Polled = n.Status(a.now).Polled
			stoppedPoll(t, n, was, <-ended)
			n.at(t, a, before)
			if n.check(t, 5) != eir.Prohibited {
				t.Error("it answers otherwise")
			}

			n.config.Limits.Rate = 0
			n.reopen(t) // the store takes changes as before
			n.poll(t, a.now)
			n.at(t, a, a.state)
		})
	}
}

// Who hangs up while an update is released finds it held as before.
func TestStoppedRelease(t *testing.T) {
	a, n, before := badDay(t)
	a.begin(t, 2)
	n.poll(t, a.now)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := n.Release(ctx, a.now, n.looked()); !errors.Is(err, ErrStopped) {
		t.Fatalf("error %v", err)
	}
	n.at(t, a, before)
	if h := n.Held(); h == nil || h.Kind != format.Snapshot.String() {
		t.Fatalf("held %+v", h)
	}
	if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
		t.Fatal(err)
	}
	n.at(t, a, a.state)
}
