package store_test

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"paperweight/eir"
	"paperweight/store"
)

// wantError checks that an error is of a kind, names a path and says what to do.
func wantError(t *testing.T, err, kind error, path, remedy string) {
	t.Helper()
	var e *store.Error
	if !errors.Is(err, kind) || !errors.As(err, &e) {
		t.Fatalf("%v, want a *store.Error that is %v", err, kind)
	}
	if !strings.Contains(e.Path, path) || !strings.Contains(e.Remedy, remedy) {
		t.Errorf("%v, want it to name %q and to say %q", err, path, remedy)
	}
}

// fullDisk is a disk that is full of a kind of file from a moment on.
type fullDisk struct {
	on     atomic.Bool
	suffix string
}

func (f *fullDisk) MaybeError(op errorfs.Op) error {
	if f.on.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && strings.Contains(filepath.Base(op.Path), f.suffix) {
		return &os.PathError{Op: "write", Path: op.Path, Err: syscall.ENOSPC}
	}
	return nil
}

func (f *fullDisk) String() string { return "full disk" }

// TestDiskFull: whatever file the space runs out for, the change is refused or
// its outcome is not known, nothing is written any more, what was listed is
// answered, and all that was acknowledged is there afterwards.
func TestDiskFull(t *testing.T) {
	for _, suffix := range []string{".log", "MANIFEST", ""} {
		t.Run(suffix, func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			disk := &fullDisk{suffix: suffix}
			var told atomic.Int32
			s, err := store.Open("data", store.Options{FS: errorfs.Wrap(mem, disk), Events: store.Events{
				Failed: func(error) { told.Add(1) },
			}})
			if err != nil {
				t.Fatal(err)
			}
			fill(t, s, "national", func(add func(eir.Entry)) { add(exact(tac.First())) })
			disk.on.Store(true)
			// A list needs the manifest, a single entry the log.
			wantError(t, fillErr(s, "national", exact(tac.First()+1)), store.ErrDiskFull, "data", "Free space")
			_, err = s.Apply(store.Change{Source: "national", Put: []eir.Entry{exact(tac.First() + 1)}})
			wantError(t, err, store.ErrDiskFull, "data", "Free space")
			wantError(t, s.Err(), store.ErrDiskFull, "data", "Free space")
			if _, err := s.Replace("other"); !errors.Is(err, store.ErrDiskFull) {
				t.Errorf("Replace afterwards: %v", err)
			}
			if told.Load() != 1 {
				t.Errorf("told %d times, want once", told.Load())
			}
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for range 1000 {
						v := register(t, s).Check(eir.Query{IMEI: tac.First(), SVN: eir.NoSVN})
						if v.Status != eir.Prohibited {
							t.Errorf("%s by %s on a full disk", v.Status, v.Rule)
						}
					}
				})
			}
			wg.Wait()
			wantError(t, s.Close(), store.ErrDiskFull, "data", "Free space")
			// Space is made, the process starts again.
			after := open(t, mem.CrashClone(vfs.CrashCloneCfg{}), "data")
			disk.on.Store(false) // what the first has parked need not go on trying
			defer after.Close()
			if st, _ := after.Source("national"); st.Sequence != 1 || st.Entries != 1 {
				t.Errorf("afterwards: %+v", st)
			}
		})
	}
}

func fillErr(s *store.Store, source string, e eir.Entry) error {
	r, err := s.Replace(source)
	if err != nil {
		return err
	}
	defer r.Abort()
	if err := r.Add(&e); err != nil {
		return err
	}
	if _, err := r.Stage(); err != nil {
		return err
	}
	_, err = r.Commit(store.Version{})
	return err
}

// TestDiskFullWhileStaging: a list that does not fit is refused, and the store
// goes on as it was.
func TestDiskFullWhileStaging(t *testing.T) {
	disk := &fullDisk{suffix: "table-"}
	s := open(t, errorfs.Wrap(vfs.NewMem(), disk), "data")
	defer s.Close()
	disk.on.Store(true)
	wantError(t, fillErr(s, "national", exact(tac.First())), store.ErrDiskFull, "data", "Free space")
	if err := s.Err(); err != nil {
		t.Errorf("the store failed: %v", err)
	}
	disk.on.Store(false)
	if err := fillErr(s, "national", exact(tac.First())); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

// TestReserve: a list stops before it takes the space that single entries need,
// and the store goes on.
func TestReserve(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem, "data")
	defer s.Close()
	r, err := s.Replace("national")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abort()
	e := exact(tac.First())
	if err := r.Add(&e); err != nil {
		t.Fatal(err)
	}
	mem.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 60 << 20, TotalBytes: 1 << 40})
	_, err = r.Stage()
	wantError(t, err, store.ErrDiskFull, "data", "import again")
	_, err = s.Replace("other")
	wantError(t, err, store.ErrDiskFull, "data", "import again")
	if err := s.Err(); err != nil {
		t.Errorf("the store failed: %v", err)
	}
	if _, err := s.Apply(store.Change{Source: "national", Put: []eir.Entry{e}}); err != nil {
		t.Errorf("a single entry: %v", err)
	}
}

// TestAbortAfterClose: what is left is the next Open's to remove, which may
// have happened already.
func TestAbortAfterClose(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, fs, "data")
	late, err := s.Replace("national")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, fs, "data")
	defer again.Close()
	r, err := again.Replace("national")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abort()
	if err := late.Abort(); err != nil {
		t.Error(err)
	}
	e := exact(tac.First())
	if err := r.Add(&e); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Stage(); err != nil {
		t.Error(err)
	}
}

// TestNoAccess: what the system does not allow is not said to be another process.
func TestNoAccess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(file, store.Options{})
	wantError(t, err, store.ErrNoAccess, file, "owner")

	for _, errno := range []syscall.Errno{syscall.EACCES, syscall.EROFS} {
		_, err = store.Open("data", store.Options{FS: errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
			if filepath.Base(op.Path) == "LOCK" {
				return &os.PathError{Op: "open", Path: op.Path, Err: errno}
			}
			return nil
		}))})
		wantError(t, err, store.ErrNoAccess, "data", "owner")
	}
}

// TestSecondProcess: a real second process, the test binary again.
func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, nil, dir)
	defer s.Close()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), victimEnv+"="+dir)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), store.ErrLocked.Error()) ||
		!strings.Contains(string(out), filepath.Join(dir, "LOCK")) || !strings.Contains(string(out), "Stop the process") {
		t.Errorf("the second process: %v: %s", err, out)
	}
	_, err = store.Open(dir, store.Options{})
	wantError(t, err, store.ErrLocked, "LOCK", "Stop the process")
}

func TestNewerFormat(t *testing.T) {
	dir := t.TempDir()
	s := open(t, nil, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run("ours", func(t *testing.T) {
		db, err := pebble.Open(filepath.Join(dir, "tables"), &pebble.Options{FormatMajorVersion: pebble.FormatTableFormatV6})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Set([]byte("Mformat"), binary.AppendUvarint(nil, 1000), pebble.Sync); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		_, err = store.Open(dir, store.Options{})
		wantError(t, err, store.ErrNewerFormat, dir, "release that wrote it")
	})
	t.Run("Pebble's", func(t *testing.T) {
		markers, err := filepath.Glob(filepath.Join(dir, "tables", "marker.format-version.*"))
		if err != nil || len(markers) != 1 {
			t.Fatalf("%v, markers: %v", err, markers)
		}
		newer := strings.TrimSuffix(markers[0], filepath.Ext(markers[0])) + ".999"
		if err := os.Rename(markers[0], newer); err != nil {
			t.Fatal(err)
		}
		_, err = store.Open(dir, store.Options{})
		wantError(t, err, store.ErrNewerFormat, dir, "release that wrote it")
	})
}
