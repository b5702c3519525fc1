package disk_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"paperweight/store/disk"
)

// TestOutage: an outage is told once, whatever parks while it lasts, and ends
// with its last call. Err says what is still parked.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, b, broken := newDisk(t)
		var gate *disk.Gate
		var told []string
		tell := func(what string) { told = append(told, fmt.Sprintf("%s: %v", what, gate.Err())) }
		gate = disk.New(broken, disk.Options{RetryEvery: time.Hour, Events: disk.Events{
			Parked:  func(error, bool) { tell("parked") },
			Resumed: func() { tell("resumed") },
		}})
		refuse := func(errno syscall.Errno, names ...string) {
			b.set(func(_, name string) *breakage {
				if slices.Contains(names, name) {
					return &breakage{err: errno}
				}
				return nil
			})
			gate.Retry()
			synctest.Wait()
		}
		mkdir := func(name string) {
			go gate.MkdirAll(name, 0o700)
			synctest.Wait()
			tell("made " + name)
		}
		refuse(syscall.ENOSPC, "a", "b")
		mkdir("a")
		mkdir("b")
		refuse(syscall.ENOSPC, "b")
		tell("a is taken")
		refuse(syscall.EROFS, "b")
		tell("read-only")
		refuse(0)
		mkdir("c")
		refuse(syscall.EIO, "d")
		mkdir("d")
		refuse(0)
		want := []string{
			"parked: mkdirall a: no space left on device",
			"made a: mkdirall a: no space left on device",
			"made b: mkdirall a: no space left on device",
			"a is taken: mkdirall b: no space left on device",
			"read-only: mkdirall b: read-only file system",
			"resumed: <nil>",
			"made c: <nil>",
			"parked: mkdirall d: input/output error",
			"made d: mkdirall d: input/output error",
			"resumed: <nil>",
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// TestFinalOutage: a call that parks for good is told of though the outage was
// known, stands for all from then on, and outlasts the others.
func TestFinalOutage(t *testing.T) {
	_, b, broken := newDisk(t)
	told := make(chan string)
	gate := disk.New(broken, disk.Options{RetryEvery: time.Hour, Events: disk.Events{
		Parked:  func(err error, final bool) { told <- fmt.Sprintf("final %t: %v", final, err) },
		Resumed: func() { t.Error("resumed") },
	}})
	want := func(want string) {
		t.Helper()
		if got := <-told; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	f, err := gate.Create("data/file", vfs.WriteCategoryUnspecified)
	if err := errors.Join(err, wrote(f.Write([]byte(text)))); err != nil {
		t.Fatal(err)
	}
	b.set(func(string, string) *breakage { return &breakage{err: syscall.ENOSPC} })
	made := make(chan error)
	go func() { made <- gate.MkdirAll("data/dir", 0o700) }()
	want("final false: mkdirall data/dir: no space left on device")
	go f.Sync()
	want("final true: sync data/file: no space left on device")
	b.set(nil)
	gate.Retry()
	if err := <-made; err != nil {
		t.Error(err)
	}
	if !gate.Final() || !strings.HasPrefix(gate.Err().Error(), "sync data/file") {
		t.Errorf("final %t, %v", gate.Final(), gate.Err())
	}
}

// TestWorse: a write that waits for space and then meets a broken disk parks
// for good.
func TestWorse(t *testing.T) {
	_, b, broken := newDisk(t)
	told := make(chan bool)
	gate := disk.New(broken, disk.Options{RetryEvery: time.Hour, Events: disk.Events{
		Parked: func(_ error, final bool) { told <- final },
	}})
	f, err := gate.Create("data/file", vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EIO} {
		b.set(func(string, string) *breakage { return &breakage{err: errno} })
		if errno == syscall.ENOSPC {
			go f.Write([]byte(text))
		}
		gate.Retry()
		if final := <-told; final != (errno == syscall.EIO) {
			t.Errorf("%v: final %t", errno, final)
		}
	}
}

// TestReuseParks: where no file can be opened, a log's is not reused, and the
// new one comes when files can be opened again.
func TestReuseParks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, b, broken := newDisk(t)
		gate := disk.New(broken, disk.Options{})
		f, err := gate.Create("data/old", vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		b.set(func(call, _ string) *breakage {
			if call == "Create" || call == "ReuseForWrite" {
				return &breakage{err: syscall.EMFILE, done: true}
			}
			return nil
		})
		go func() {
			time.Sleep(time.Minute)
			b.set(nil)
		}()
		reused, err := gate.ReuseForWrite("data/old", "data/new", vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(wrote(reused.Write([]byte(text))), reused.Close(), f.Close(),
			holds(gate, "data/new", text), gone(gate, "data/old"))
		if err != nil {
			t.Error(err)
		}
	})
}

// TestSyncsOfOneDirectory: Pebble syncs it from a flush and from an ingest at
// once. For the race detector.
func TestSyncsOfOneDirectory(t *testing.T) {
	mem, _, _ := newDisk(t)
	dir, err := disk.New(mem, disk.Options{}).OpenDir("data")
	if err != nil {
		t.Fatal(err)
	}
	synced := make(chan error)
	for range 2 {
		go func() { synced <- dir.Sync() }()
	}
	if err := errors.Join(<-synced, <-synced, dir.Close()); err != nil {
		t.Error(err)
	}
}

// TestCloseLosesNothing: what was synced before is not lost by a descriptor
// that can't be closed.
func TestCloseLosesNothing(t *testing.T) {
	_, b, broken := newDisk(t)
	gate := disk.New(broken, disk.Options{})
	b.set(func(call, _ string) *breakage {
		if call == "File.Close" {
			return &breakage{err: syscall.EIO}
		}
		return nil
	})
	empty, err := gate.Create("data/empty", vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := gate.Create("data/whole", vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	// Pebble writes nothing before it closes a manifest.
	err = errors.Join(empty.Close(), wrote(whole.Write([]byte(text))), whole.Sync(), second(whole.Write(nil)), whole.Close())
	if err != nil || gate.Err() != nil {
		t.Errorf("%v, parked by %v", err, gate.Err())
	}
}

// TestRealFiles: a file of the system keeps its descriptor, which Pebble needs
// to preallocate and to read ahead, and Root finds the system below the Gate.
func TestRealFiles(t *testing.T) {
	gate := disk.New(vfs.Default, disk.Options{})
	if vfs.Root(gate) != vfs.Default {
		t.Error("Root does not see through the Gate")
	}
	name := filepath.Join(t.TempDir(), "file")
	f, err := gate.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if f.Fd() == vfs.InvalidFd {
		t.Error("the descriptor is hidden")
	}
	if err := errors.Join(wrote(f.Write([]byte(text))), f.Sync(), f.Close(), holds(gate, name, text)); err != nil {
		t.Error(err)
	}
	if err := gate.Link(name, name); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v, want that it exists", err)
	}
	if err := gate.Remove(name + "s"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want that it does not exist", err)
	}
}

// TestCost: a call that goes well costs no allocation.
func TestCost(t *testing.T) {
	gate := disk.New(vfs.Default, disk.Options{})
	f, err := gate.OpenReadWrite(filepath.Join(t.TempDir(), "file"), vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := []byte(text)
	if n := testing.AllocsPerRun(100, func() { _, _ = f.Write(p); _, _ = f.WriteAt(p, 0); _, _ = f.SyncTo(1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
