package disk_test

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"paperweight/store/disk"
)

// newDisk is an empty disk that breaks as a test says.
func newDisk(t *testing.T) (*vfs.MemFS, *breaking, *brokenFS) {
	t.Helper()
	mem := vfs.NewCrashableMem()
	for _, dir := range []string{"data", "staging"} {
		if err := mem.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	b := new(breaking)
	return mem, b, &brokenFS{mem, b.broken}
}

// modifies says whether a call is one that Pebble must not see fail: what
// writes, and the size of a log that it reuses.
func modifies(call, name string) bool {
	switch call {
	case "Open", "Lock", "List", "Stat", "GetDiskUsage", "File.Read", "File.ReadAt", "File.Prefetch", "File.Preallocate":
		return false
	case "File.Stat":
		return path.Ext(name) == ".log"
	}
	return true
}

// syncs says whether a call syncs a file, which must not be repeated.
func syncs(call, name string) bool {
	return slices.Contains([]string{"File.Sync", "File.SyncData", "File.SyncTo"}, call) && name != "data" && name != "."
}

var digits = regexp.MustCompile("[0-9]+")

// kind names a call and the kind of its file.
func kind(call, name string) string {
	return call + " " + digits.ReplaceAllString(path.Base(name), "N")
}

// TestEveryCall: the disk refuses whatever can be repeated from one call on,
// for each call from the opening of a database to its end. Once it takes calls
// again, all goes on, and all that was acknowledged is there.
func TestEveryCall(t *testing.T) {
	errnos := []syscall.Errno{syscall.ENOSPC, syscall.EROFS, syscall.EMFILE, syscall.EIO, syscall.EDQUOT}
	seen := make(map[string]bool)
	for n := int32(1); ; n++ {
		mem, b, broken := newDisk(t)
		parked, forGood := make(chan error, 1), make(chan error, 1)
		gate := disk.New(broken, disk.Options{RetryEvery: time.Hour, Events: disk.Events{
			Parked: func(err error, final bool) {
				if final {
					forGood <- fmt.Errorf("parked for good: %w", err)
				} else {
					parked <- err
				}
			},
		}})
		var count atomic.Int32
		b.set(func(call, name string) *breakage {
			if !modifies(call, name) || syncs(call, name) {
				return nil
			}
			i := count.Add(1)
			if i < n {
				return nil
			}
			if i == n {
				seen[kind(call, name)] = true
			}
			errno := errnos[int(n)%len(errnos)]
			if errno == syscall.EIO && (call == "File.Write" || call == "File.Sync") {
				errno = syscall.ENOSPC
			}
			return &breakage{err: errno, done: n%2 == 0}
		})
		w := &work{disk: mem, acked: make(map[string]string)}
		ended := make(chan error, 1)
		go func() {
			var err error
			if w.db, err = openDB(gate); err == nil {
				err = w.run()
			}
			if err == nil {
				w.check(t, mem)
				err = w.db.Close()
			}
			ended <- err
		}()
		var err error
		select {
		case refused := <-parked:
			if gate.Err() == nil {
				t.Errorf("call %d is parked by %v, and Err is nil", n, refused)
			}
			b.set(nil)
			gate.Retry()
			select {
			case err = <-ended:
			case err = <-forGood:
			}
		case err = <-ended:
		case err = <-forGood:
		}
		if err != nil {
			t.Fatalf("call %d: %v", n, err)
		}
		w.check(t, mem)
		if gate.Err() != nil {
			t.Errorf("call %d: afterwards %v", n, gate.Err())
		}
		if count.Load() < n {
			t.Logf("%d calls", n-1)
			break
		}
	}
	for _, want := range []string{
		"Create N.log", "Create N.sst", "Create MANIFEST-N", "Create marker.manifest.N.MANIFEST-N",
		"ReuseForWrite N.log", "Link N.sst", "Rename OPTIONS-N", "MkdirAll data", "OpenDir data",
		"Remove N.sst", "Remove MANIFEST-N", "Remove marker.manifest.N.MANIFEST-N", "Remove b",
		"File.Write N.log", "File.Write N.sst", "File.Write MANIFEST-N", "File.Sync data", "File.Sync .",
		"File.Stat N.log", "File.Close N.log", "File.Close N.sst", "File.Close MANIFEST-N", "File.Close data",
	} {
		if !seen[want] {
			t.Errorf("%s was never refused", want)
		}
	}
}

// TestEverySync: the disk loses what it was to sync or to write, at each such
// call from the first change on. The call is parked for good, what was there is
// read, and a restart finds all that was acknowledged.
func TestEverySync(t *testing.T) {
	seen := make(map[string]bool)
calls:
	for n := int32(1); ; n++ {
		mem, b, broken := newDisk(t)
		parked := make(chan bool, 2)
		gate := disk.New(broken, disk.Options{RetryEvery: time.Hour, Events: disk.Events{
			Parked: func(_ error, final bool) { parked <- final },
		}})
		w := &work{disk: mem, acked: make(map[string]string)}
		db, err := openDB(gate)
		if err != nil {
			t.Fatal(err)
		}
		w.db = db
		if err := w.batch("0", 20, 10); err != nil {
			t.Fatal(err)
		}
		before := db.NewSnapshot()
		it, err := before.NewIter(nil)
		if err != nil {
			t.Fatal(err)
		}
		var count atomic.Int32
		b.set(func(call, name string) *breakage {
			if call != "File.Write" && !strings.HasPrefix(call, "File.Sync") || count.Add(1) != n {
				return nil
			}
			seen[kind(call, name)] = true
			return &breakage{err: syscall.EIO, done: n%2 == 0}
		})
		ended := make(chan error, 1)
		go func() { ended <- w.run() }()
		var final bool
		select {
		case final = <-parked:
		case err := <-ended:
			if err != nil {
				t.Fatalf("call %d: %v", n, err)
			}
			b.set(nil)
			if count.Load() < n {
				t.Logf("%d calls", n-1)
				break calls
			}
			final = <-parked // what Pebble did in the background
		}
		w.stop()
		gate.Retry()
		if !final || !gate.Final() || !errors.Is(gate.Err(), syscall.EIO) {
			t.Fatalf("call %d: told %t, final %t, %v", n, final, gate.Final(), gate.Err())
		}
		read := 0
		for it.First(); it.Valid(); it.Next() {
			read++
		}
		if err := it.Error(); read != 20 || err != nil {
			t.Errorf("call %d: read %d keys, want 20: %v", n, read, err)
		}
		if _, closer, err := db.Get([]byte("0000")); err != nil {
			t.Errorf("call %d: %v", n, err)
		} else {
			closer.Close()
		}
		w.check(t, mem)
	}
	for _, want := range []string{
		"File.Write N.log", "File.Write N.sst", "File.Write MANIFEST-N",
		"File.SyncData N.log", "File.SyncData N.sst", "File.Sync MANIFEST-N", "File.Sync data",
	} {
		if !seen[want] {
			t.Errorf("%s never failed", want)
		}
	}
}
