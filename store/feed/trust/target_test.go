package trust

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// odd is a mirror that answers every request with the same response.
type odd func(ctx context.Context) (*Response, error)

func (m odd) String() string                                          { return "odd.test" }
func (m odd) Get(ctx context.Context, _, _ string) (*Response, error) { return m(ctx) }

// reading is a body that a function gives.
type reading func(p []byte) (int, error)

func (r reading) Read(p []byte) (int, error) { return r(p) }
func (r reading) Close() error               { return nil }

func body(length int64, read reading) odd {
	return func(context.Context) (*Response, error) { return &Response{Body: read, Length: length}, nil }
}

func TestTamperedTargets(t *testing.T) {
	content := strings.Repeat("a change ", 9)
	target := Target{Name: "delta/2", Role: Deltas, Length: int64(len(content)), SHA256: [32]byte(hashOf([]byte(content)))}
	path := targetFile(target.Name, target.SHA256[:])
	anchor := newLab(t).anchor(t)
	spool := t.TempDir()
	try := func(what string, limits Limits, want error, m ...Mirror) {
		t.Helper()
		f, err := nodeAt(t, anchor, limits, m...).Open(t.Context(), target, spool)
		if want == nil && err == nil {
			text, err := io.ReadAll(f)
			if err != nil || string(text) != content || f.Close() != nil {
				t.Errorf("%s: got %q, %v", what, text, err)
			}
		} else if !errors.Is(err, want) || f != nil {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
	}
	try("as signed", Limits{}, nil, files{path: []byte(content)})
	for i := range content {
		try("truncated", Limits{}, ErrMismatch, files{path: []byte(content[:i])})
		changed := []byte(content)
		changed[i] ^= 1
		try("changed", Limits{}, ErrMismatch, files{path: changed})
		try("truncated, length not announced", Limits{}, ErrMismatch, body(-1, strings.NewReader(content[:i]).Read))
	}
	try("one octet more", Limits{}, ErrMismatch, files{path: []byte(content + "a")})
	try("one octet more, length not announced", Limits{}, ErrTooLong, body(-1, strings.NewReader(content+"a").Read))
	try("one octet more, another length announced", Limits{}, ErrTooLong, body(target.Length, strings.NewReader(content+"a").Read))
	try("endless", Limits{}, ErrTooLong, body(-1, func(p []byte) (int, error) { return len(p), nil }))
	try("over the limit", Limits{Target: 80}, ErrTooLong, files{path: []byte(content)})
	try("over the limit of deltas", Limits{Delta: 80}, ErrTooLong, files{path: []byte(content)})
	try("not there", Limits{}, ErrNotFound, files{})
	try("cut off", Limits{}, ErrUnreachable, body(-1, func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }))
	try("another mirror has it", Limits{}, nil, files{}, files{path: []byte(content[1:])}, files{path: []byte(content)})
	left, err := os.ReadDir(spool)
	if err != nil || len(left) != 0 {
		t.Errorf("left in the spool: %v, %v", left, err)
	}
}

func TestNoSpool(t *testing.T) {
	other := files{}
	n := nodeAt(t, newLab(t).anchor(t), Limits{}, other)
	_, err := n.Open(t.Context(), Target{Name: "delta/1"}, "/no/such/folder")
	var remote *Error
	if !errors.Is(err, os.ErrNotExist) || errors.As(err, &remote) {
		t.Errorf("got %v: a local fault, not a mirror's", err)
	}
}

// A mirror that stands still, or drips, is dropped after the limits' time, and
// a caller who gives up is told his own reason.
func TestSlowServer(t *testing.T) {
	anchor := newLab(t).anchor(t)
	stalled := func(ctx context.Context) (*Response, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	stalledBody := func(ctx context.Context) (*Response, error) {
		return &Response{Length: -1, Body: reading(func([]byte) (int, error) {
			<-ctx.Done()
			return 0, context.Cause(ctx)
		})}, nil
	}
	dripping := func(ctx context.Context) (*Response, error) {
		return &Response{Length: -1, Body: reading(func(p []byte) (int, error) {
			select {
			case <-time.After(9 * time.Second):
				return copy(p, "x"), nil
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			}
		})}, nil
	}
	target := Target{Name: "delta/1", Length: 64 << 20}
	for _, c := range []struct {
		name string
		odd
		within time.Duration // to fetch a target
	}{
		{"stalled", stalled, 10 * time.Second},
		{"stalled in the body", stalledBody, 10 * time.Second},
		{"dripping", dripping, 10*time.Second + 1024*time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := nodeAt(t, anchor, Limits{}, c.odd)
			began := time.Now()
			if _, err := n.Refresh(t.Context(), today, nil); !errors.Is(err, ErrTooSlow) || strings.Contains(err.Error(), "context") {
				t.Errorf("%s: refresh: %v", c.name, err)
			}
			if took := time.Since(began); took != 10*time.Second {
				t.Errorf("%s: refresh gave up after %v of the test's clock", c.name, took)
			}
			began = time.Now()
			if _, err := n.Open(t.Context(), target, t.TempDir()); !errors.Is(err, ErrTooSlow) || strings.Contains(err.Error(), "context") {
				t.Errorf("%s: target: %v", c.name, err)
			}
			if took := time.Since(began); took != c.within {
				t.Errorf("%s: target given up after %v of the test's clock", c.name, took)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := n.Refresh(ctx, today, nil); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTooSlow) {
				t.Errorf("%s: the caller's own end: %v", c.name, err)
			}
		})
	}
}

// What was never asked for in full is no state: prefixes of every file are
// refused, and no panic comes of it.
func TestTruncatedMetadata(t *testing.T) {
	l := newLab(t)
	l.add(t, Deltas, "delta/1", "a change", today)
	l.publish(t, today)
	whole := l.files(t)
	for _, role := range []string{Timestamp, Snapshot, Targets, Deltas} {
		name := "timestamp.json"
		if role != Timestamp {
			name = whole.newest(t, role)
		}
		for i := 0; i < len(whole[name]); i += 31 {
			cut := files{}
			cut.become(whole)
			cut[name] = bytes.Clone(whole[name][:i])
			_, err := nodeAt(t, whole["root.json"], Limits{}, cut).refresh(t, today)
			want := ErrMismatch
			if role == Timestamp {
				want = ErrMalformed
			}
			if !errors.Is(err, want) {
				t.Fatalf("%s cut after %d octets: %v", name, i, err)
			}
		}
	}
}

// A mirror that has the metadata and drips its targets may do so for a tenth of
// the time at most, where another has them.
func TestDrippingMirror(t *testing.T) {
	l := newLab(t)
	l.add(t, Deltas, "delta/1", strings.Repeat("x", 2<<20), today)
	l.publish(t, today)
	whole, anchor := l.files(t), l.anchor(t)
	synctest.Test(t, func(t *testing.T) {
		wasted := time.Duration(0)
		drip := dripping{whole, &wasted}
		n := nodeAt(t, anchor, Limits{}, drip, whole)
		began := time.Now()
		for range 500 {
			now := today.Add(time.Since(began))
			u, err := n.refresh(t, now)
			if err != nil {
				t.Fatal(err)
			}
			f, err := n.Open(t.Context(), u.Targets["delta/1"], t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
			time.Sleep(30 * time.Second)
		}
		if all := time.Since(began); wasted == 0 || wasted > all/10 {
			t.Errorf("%v of %v were spent on it", wasted, all)
		}
	})
}

// dripping gives metadata as the files do, and an octet of a target a second.
type dripping struct {
	files
	wasted *time.Duration
}

func (d dripping) Get(ctx context.Context, path, etag string) (*Response, error) {
	if !strings.HasPrefix(path, "delta/") {
		return d.files.Get(ctx, path, etag)
	}
	return &Response{Length: -1, Body: reading(func(p []byte) (int, error) {
		began := time.Now()
		defer func() { *d.wasted += time.Since(began) }()
		select {
		case <-time.After(time.Second):
			return copy(p[:1], "x"), nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	})}, nil
}
