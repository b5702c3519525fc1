package feed

import (
	"context"
	"errors"
	"testing"
	"time"

	"paperweight/store"
)

// spoil changes an entry of the feed's list as a disk would: neither the feed nor
// the store's count of changes knows.
func spoil(t *testing.T, n *node) {
	t.Helper()
	list, _ := n.store.Source(national)
	r, err := n.store.Replace(national)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abort()
	for _, e := range n.listed(t) {
		if e.From == tac.First()+3 {
			e.Reason = "lost"
		}
		if err := r.Add(&e.Entry); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Stage(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Commit(store.Version{Sequence: list.Sequence, Rebase: true}); err != nil {
		t.Fatal(err)
	}
}

// Polls go on while a list is verified, and what they bring meanwhile is not
// taken for a fault, nor does it hide one.
func TestVerifyWhilePolling(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	a.change(t, phones(t, 0, 1000))
	n.poll(t, a.now)
	a.change(t, phones(t, 2000, 10), phone(t, 999))
	paced := 0
	// This would wait for ever, were polls to wait.
	during := func(do func()) func(int) error {
		return func(entries int) error {
			if paced += entries; paced == paceEvery {
				do()
			}
			return nil
		}
	}
	if err := n.verify(a.now, during(func() { n.poll(t, a.now); n.at(t, a, a.state) })); err != nil {
		t.Error(err)
	}
	if s := n.Status(a.now); paced != 3*paceEvery || !s.Verified.Equal(a.now) {
		t.Errorf("paced for %d entries; verified at %v", paced, s.Verified)
	}
	n.reopen(t)
	if s := n.Status(a.now); !s.Verified.Equal(a.now) {
		t.Errorf("after a restart verified at %v", s.Verified)
	}

	// A fault is one still after a delta, and none after a snapshot.
	for _, c := range []struct {
		name     string
		publish  func()
		diverged int
	}{
		{"a delta", func() { a.change(t, phones(t, 3000, 10)) }, 1},
		{"a snapshot", func() { a.begin(t, a.state.Epoch+1) }, 0},
	} {
		spoil(t, n)
		paced, n.diverged = 0, nil
		err := n.verify(a.now, during(func() { c.publish(); n.poll(t, a.now) }))
		if errors.Is(err, ErrDiverged) != (c.diverged > 0) || len(n.diverged) != c.diverged {
			t.Errorf("%s came: %v, %d alarms", c.name, err, len(n.diverged))
		}
		n.poll(t, a.now)
		n.at(t, a, a.state)
	}
}

// What nobody touches is found as well, by itself, and brought back.
func TestVerifiesByItself(t *testing.T) {
	a := startAuthority(t)
	n := newNode(t, a, t.TempDir())
	n.config.Verify = time.Second
	n.open(t)
	t.Cleanup(func() { n.close(t) })
	a.change(t, phones(t, 0, 10))
	n.poll(t, a.now)
	spoil(t, n)
	n.memory.Verified = time.Now().Add(-time.Hour) // by the machine's clock, as Run does
	n.show()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); n.verifyLists(ctx) }()
	<-n.wake // for a poll at once
	stop()
	<-ended
	if len(n.diverged) != 1 {
		t.Errorf("%d alarms", len(n.diverged))
	}
	n.poll(t, a.now)
	n.at(t, a, a.state)
}
