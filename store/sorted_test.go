package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"paperweight/eir"
	"paperweight/store"
)

// sortedList adds entries to a list that comes in order.
func sortedList(r *store.Replacement, from, entries int) error {
	for n := range entries {
		e := exact(eir.IMEI(from + n))
		if err := r.Add(&e); err != nil {
			return err
		}
	}
	return nil
}

// TestPace: it is told of what is written, and its error ends the list and is
// no failure of the store.
func TestPace(t *testing.T) {
	s := open(t, vfs.NewMem(), "data")
	defer s.Close()
	for name, begin := range map[string]func(string) (*store.Replacement, error){"any order": s.Replace, "sorted": s.ReplaceSorted} {
		t.Run(name, func(t *testing.T) {
			r, err := begin("national")
			if err != nil {
				t.Fatal(err)
			}
			defer r.Abort()
			written := 0
			r.Pace(func(n int) error { written += n; return nil })
			if err := sortedList(r, 0, 50_000); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Stage(); err != nil {
				t.Fatal(err)
			}
			if written < 45_000 || written > 50_000 {
				t.Errorf("told of %d entries of 50000", written)
			}
			if err := r.Abort(); err != nil {
				t.Fatal(err)
			}
			if r, err = begin("national"); err != nil {
				t.Fatal(err)
			}
			defer r.Abort()
			r.Pace(func(int) error { return context.Canceled })
			err = sortedList(r, 0, 100_000)
			if err == nil {
				_, err = r.Stage()
			}
			if err != context.Canceled || s.Err() != nil {
				t.Errorf("%v, and the store: %v", err, s.Err())
			}
			if _, err := r.Commit(store.Version{}); err == nil {
				t.Error("committed all the same")
			}
		})
	}
}

// TestAbortSorted: at any point, also where nobody reads what is written.
func TestAbortSorted(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, fs, "data")
	defer s.Close()
	for _, entries := range []int{0, 1, 4096, 100_000} {
		r, err := s.ReplaceSorted("national")
		if err != nil {
			t.Fatal(err)
		}
		if err := sortedList(r, 0, entries); err != nil {
			t.Fatal(err)
		}
		if err := r.Abort(); err != nil {
			t.Error(err)
		}
		if left, _ := fs.List("data/staging"); len(left) > 0 {
			t.Errorf("%d entries leave %v", entries, left)
		}
	}
}

// TestDiskFullWhileSorted: a list that does not fit is refused, by Add or by
// Stage, and the store goes on as it was.
func TestDiskFullWhileSorted(t *testing.T) {
	disk := &fullDisk{suffix: "table-"}
	s := open(t, errorfs.Wrap(vfs.NewMem(), disk), "data")
	defer s.Close()
	disk.on.Store(true)
	for _, entries := range []int{1, 200_000} {
		r, err := s.ReplaceSorted("national")
		if err != nil {
			t.Fatal(err)
		}
		err = sortedList(r, 0, entries)
		if err == nil {
			_, err = r.Stage()
		}
		wantError(t, err, store.ErrDiskFull, "data", "Free space")
		if err := r.Abort(); err != nil {
			t.Error(err)
		}
	}
	if err := s.Err(); err != nil {
		t.Errorf("the store failed: %v", err)
	}
}

// TestAttachAlone: a source may have something attached and no list; it is
// there after a power cut, and makes no source.
func TestAttachAlone(t *testing.T) {
	fs := vfs.NewCrashableMem()
	s := open(t, fs, "data")
	defer s.Close()
	if err := s.Attach("feed", map[string][]byte{"root": []byte("1"), "empty": {}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Attach("feedling", map[string][]byte{"root": []byte("another's")}); err != nil {
		t.Fatal(err)
	}
	after := open(t, fs.CrashClone(vfs.CrashCloneCfg{}), "data")
	defer after.Close()
	blobs, err := after.Attached("feed")
	if err != nil || len(blobs) != 2 || string(blobs["root"]) != "1" || blobs["empty"] == nil {
		t.Errorf("%v, %q", err, blobs)
	}
	if after.Loaded() || len(after.Sources()) > 0 {
		t.Error("what is attached made a source")
	}
	for name, blobs := range map[string]map[string][]byte{
		"no name":  {"": {1}},
		"FF first": {"\xff": {1}},
		"too long": {string(make([]byte, 129)): {1}},
		"too much": {"a": make([]byte, 8<<20+1)},
	} {
		if err := s.Attach("feed", blobs); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Attached("feed"); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := s.Attach("feed", nil); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestAddSortedAllocatesNothing, whatever the number of entries.
func TestAddSortedAllocatesNothing(t *testing.T) {
	s := open(t, nil, t.TempDir())
	defer s.Close()
	r, err := s.ReplaceSorted("national")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abort()
	if err := sortedList(r, 0, 100_000); err != nil { // the memory of a batch
		t.Fatal(err)
	}
	e := exact(200_000)
	e.Date = time.Unix(1, 0).Unix()
	if n := testing.AllocsPerRun(100_000, func() {
		e.From++
		e.To++
		if err := r.Add(&e); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations an entry, want none", n)
	}
}
