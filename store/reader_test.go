package store

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"paperweight/eir"
)

// TestReaderOfReplacedTables: a lookup that began before tables were replaced
// ends, though closing its iterator needs the lock with which Pebble parked.
func TestReaderOfReplacedTables(t *testing.T) {
	var full atomic.Bool
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && strings.Contains(filepath.Base(op.Path), "MANIFEST") {
			return &os.PathError{Op: "write", Path: op.Path, Err: syscall.ENOSPC}
		}
		return nil
	}))
	s, err := Open("data", Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	put := eir.Entry{Target: eir.Target{Kind: eir.Exact, From: 7, To: 7}, Status: eir.Tracked}
	if _, err := s.Apply(Change{Source: "national", Put: []eir.Entry{put}}); err != nil {
		t.Fatal(err)
	}
	// The lookup has begun.
	v := s.view.Load()
	if !v.pin() {
		t.Fatal("the view is not in force")
	}
	r, err := v.reader(s.epoch.Load())
	if err != nil {
		t.Fatal(err)
	}
	// The memtable that it reads is replaced by a table.
	if err := s.db.Flush(); err != nil {
		t.Fatal(err)
	}
	full.Store(true)
	list, err := s.Replace("national")
	if err != nil {
		t.Fatal(err)
	}
	if err := list.Add(&put); err != nil {
		t.Fatal(err)
	}
	if _, err := list.Stage(); err == nil || s.Err() == nil {
		t.Fatalf("staged on a full disk: %v, %v", err, s.Err())
	}
	// It goes on, and ends.
	key := appendIMEI(append(v.sources[0].generation.prefix(), classEquipment), 7)
	if value, err := r.get(key); err != nil || value == nil {
		t.Errorf("the reader finds %x, %v", value, err)
	}
	v.release(r, s.epoch.Load())
}
