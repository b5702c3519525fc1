package store_test

import (
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"paperweight/eir"
	"paperweight/store"
)

// Stories of a disk that refuses, goes on, and refuses again.

// refusals say which calls that modify are refused, by the end of the path and
// how many of them.
type refusals struct {
	refuse atomic.Pointer[func(errorfs.Op) bool]
}

func (r *refusals) MaybeError(op errorfs.Op) error {
	if f := r.refuse.Load(); f != nil && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && (*f)(op) {
		return &os.PathError{Op: "write", Path: op.Path, Err: syscall.ENOSPC}
	}
	return nil
}

func (r *refusals) String() string { return "refusals" }

func (r *refusals) set(f func(errorfs.Op) bool) { r.refuse.Store(&f) }

// once refuses the next call whose path ends so.
func once(suffix string) func(errorfs.Op) bool {
	var n atomic.Int32
	return func(op errorfs.Op) bool { return strings.HasSuffix(op.Path, suffix) && n.Add(1) == 1 }
}

// outageStore is one with a list, over a disk that refuses on demand.
func outageStore(t *testing.T, events store.Events) (*store.Store, *refusals) {
	t.Helper()
	disk := new(refusals)
	s, err := store.Open("data", store.Options{FS: errorfs.Wrap(vfs.NewMem(), disk), RetryEvery: 10 * time.Millisecond, Events: events})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s, "national", func(add func(eir.Entry)) {
		for i := range eir.IMEI(20_000) {
			add(exact(tac.First() + i))
		}
	})
	return s, disk
}

func addOwn(s *store.Store, i eir.IMEI) error {
	_, err := s.Apply(store.Change{Source: store.Operator, Put: []eir.Entry{exact(i)}})
	return err
}

// goesOn waits until changes are taken again.
func goesOn(t *testing.T, s *store.Store) {
	t.Helper()
	for range 3000 {
		if s.Err() == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("changes are not taken again: %v", s.Err())
}

// TestOutageAtTheEndOfAnOutage: the disk refuses once more while what is in force
// is read anew. Nothing that is acknowledged from then on is lost.
func TestOutageAtTheEndOfAnOutage(t *testing.T) {
	var recovered atomic.Int32
	s, disk := outageStore(t, store.Events{Recovered: func() { recovered.Add(1) }})
	first, second := once(".log"), once("acknowledged.new")
	disk.set(func(op errorfs.Op) bool { return first(op) || second(op) })
	if err := addOwn(s, tac.First()+70_000); err == nil {
		t.Fatal("a change on a full disk is acknowledged")
	}
	goesOn(t, s)
	var acked []eir.IMEI
	for i := range eir.IMEI(300) {
		if addOwn(s, tac.First()+80_000+i) == nil {
			acked = append(acked, tac.First()+80_000+i)
		}
	}
	time.Sleep(50 * time.Millisecond) // for a second resume, were there one
	reg := register(t, s)
	for _, i := range acked {
		if v := reg.Check(eir.Query{IMEI: i, SVN: eir.NoSVN}); v.Status != eir.Prohibited {
			t.Fatalf("%s is %s by %s; the store says %v", i.Masked(), v.Status, v.Rule, s.Err())
		}
	}
	if len(acked) == 0 || recovered.Load() != 1 {
		t.Errorf("%d acknowledged, recovered %d times", len(acked), recovered.Load())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestOutageBehindTheReload: the disk refuses something else just before changes
// are taken again, and goes on to. That is seen, and no change hangs.
func TestOutageBehindTheReload(t *testing.T) {
	s, disk := outageStore(t, store.Events{})
	if err := addOwn(s, tac.First()+60_000); err != nil {
		t.Fatal(err)
	}
	first := once(".log")
	var full, off atomic.Bool
	disk.set(func(op errorfs.Op) bool {
		if strings.HasSuffix(op.Path, "acknowledged.new") && op.Kind == errorfs.OpCreate && full.CompareAndSwap(false, true) {
			go s.RawFlush()
			time.Sleep(50 * time.Millisecond)
		}
		return first(op) || full.Load() && !off.Load() && strings.Contains(op.Path, "tables")
	})
	if err := addOwn(s, tac.First()+70_000); err == nil {
		t.Fatal("a change on a full disk is acknowledged")
	}
	for range 100 {
		time.Sleep(5 * time.Millisecond)
		if full.Load() && s.Err() == nil {
			t.Fatal("the disk is full, and the store does not say so")
		}
	}
	// It is refused, and does not wait for the disk.
	if err := addOwn(s, tac.First()+70_001); err == nil {
		t.Error("a change on a full disk is acknowledged")
	}
	off.Store(true)
	goesOn(t, s)
	if err := addOwn(s, tac.First()+70_002); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestCloseAfterAnOutage: nothing of the change that was given up is left open.
func TestCloseAfterAnOutage(t *testing.T) {
	s, disk := outageStore(t, store.Events{})
	disk.set(once(".log"))
	if err := addOwn(s, tac.First()); err == nil {
		t.Fatal("a change on a full disk is acknowledged")
	}
	goesOn(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestAbortAfterAnOutage: what is in force since a Commit of unknown outcome was
// done after all is not dropped by the caller that gives it up.
func TestAbortAfterAnOutage(t *testing.T) {
	for name, give := range map[string]func(*store.Replacement) error{
		"abort":  (*store.Replacement).Abort,
		"commit": func(r *store.Replacement) error { _, err := r.Commit(store.Version{}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			s, disk := outageStore(t, store.Events{})
			defer s.Close()
			r, err := s.Replace("other")
			if err != nil {
				t.Fatal(err)
			}
			e := exact(tac.First() + 90_000)
			if err := r.Add(&e); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Stage(); err != nil {
				t.Fatal(err)
			}
			disk.set(once(".log"))
			if _, err := r.Commit(store.Version{}); err == nil {
				t.Fatal("a list on a full disk is acknowledged")
			}
			goesOn(t, s)
			if err := give(r); err != nil {
				t.Error(err)
			}
			if v := register(t, s).Check(eir.Query{IMEI: e.From, SVN: eir.NoSVN}); v.Status != eir.Prohibited {
				t.Errorf("%s by %s, and the store says %v", v.Status, v.Rule, s.Err())
			}
			if st, _ := s.Source("other"); st.Sequence != 1 {
				t.Errorf("sequence %d", st.Sequence)
			}
		})
	}
}
