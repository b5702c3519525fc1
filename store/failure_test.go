package store_test

import (
	"encoding/binary"
	"errors"
	"fmt"
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
	"github.com/google/go-cmp/cmp"

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

// TestCorruptTable flips a bit in the middle of a table: before Open, and
// while the store is open.
func TestCorruptTable(t *testing.T) {
	dir := t.TempDir()
	s := open(t, nil, dir)
	fill(t, s, "national", func(add func(eir.Entry)) {
		for i := range eir.IMEI(20_000) {
			e := exact(tac.First() + i)
			e.Reference = fmt.Sprint("report ", i*i)
			add(e)
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	table := onlyTable(t, dir)
	whole, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	flip(t, table, len(whole)/2)
	s = open(t, nil, dir)
	wantError(t, s.Err(), store.ErrShort, dir, "import the whole list again")
	if v := register(t, s).Check(eir.Query{IMEI: tac.First(), SVN: eir.NoSVN}); v.Rule != eir.RuleStoreFailure {
		t.Errorf("of a list that can't be read: %s", v.Rule)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	// And while it is open: found by a read, told once, the rest is answered.
	if err := os.WriteFile(table, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	var told atomic.Int32
	// A cache of next to nothing, so that what was read once is read again.
	s, err = store.Open(dir, store.Options{CacheBytes: 1, Events: store.Events{
		Corrupt: func(file string, err error) {
			told.Add(1)
			if file != table {
				t.Errorf("%s is said to be corrupt, want %s", file, table)
			}
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	flip(t, table, len(whole)/2)
	reg := register(t, s)
	var failed, listed int
	for i := range eir.IMEI(20_000) {
		switch v := reg.Check(eir.Query{IMEI: tac.First() + i, SVN: eir.NoSVN}); v.Rule {
		case eir.RuleStoreFailure:
			failed++
		case eir.RuleExact:
			listed++
		default:
			t.Fatalf("%d: decided by %s", i, v.Rule)
		}
	}
	if failed == 0 || listed == 0 || told.Load() != 1 {
		t.Errorf("%d failed, %d listed, told %d times", failed, listed, told.Load())
	}
	wantError(t, s.Err(), store.ErrCorrupt, filepath.Base(table), "import")
	// A whole new list takes the place of what can't be read.
	if err := fillErr(s, "national", exact(tac.First())); err != nil {
		t.Errorf("replacing a corrupt list: %v", err)
	}
	if v := reg.Check(eir.Query{IMEI: tac.First(), SVN: eir.NoSVN}); v.Rule != eir.RuleExact {
		t.Errorf("after the new list: %s", v.Rule)
	}
}

// TestDamage: whatever is gone of the tables, the list is said to be short, no
// check is answered, and a whole list in its place ends it. Nothing is removed
// before.
func TestDamage(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, dir string) error{
		"a table cut short": func(t *testing.T, dir string) error { return os.Truncate(onlyTable(t, dir), 100) },
		"a table gone":      func(t *testing.T, dir string) error { return os.Remove(onlyTable(t, dir)) },
		"the manifest gone": func(t *testing.T, dir string) error { return removeAll(dir, "MANIFEST-*") },
		"its marker gone":   func(t *testing.T, dir string) error { return removeAll(dir, "marker.manifest.*") },
		"all tables gone":   func(t *testing.T, dir string) error { return os.RemoveAll(filepath.Join(dir, "tables")) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, nil, dir)
			fill(t, s, "national", func(add func(eir.Entry)) { add(exact(tac.First())) })
			own := exact(tac.First() + 1)
			own.Date, own.Until, own.Reference = 1, 2, "case 7"
			if _, err := s.Apply(store.Change{Source: store.Operator, Put: []eir.Entry{own}}); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := damage(t, dir); err != nil {
				t.Fatal(err)
			}
			s = open(t, nil, dir)
			defer s.Close()
			wantError(t, s.Err(), store.ErrShort, dir, "policy.store_failure")
			if text := s.Err().Error(); !strings.Contains(text, `list "national" (1 entries, sequence 1)`) {
				t.Errorf("%s, want it to name the list", text)
			}
			if v := register(t, s).Check(eir.Query{IMEI: tac.First(), SVN: eir.NoSVN}); v.Rule != eir.RuleStoreFailure {
				t.Errorf("decided by %s", v.Rule)
			}
			if states := s.Damaged(); len(states) != 1 || states[0].Name != "national" || states[0].Entries != 1 {
				t.Errorf("damaged: %+v", states)
			}
			// The operator's own have a second copy.
			var got []eir.Entry
			for e, err := range s.Entries(store.Operator) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, e)
			}
			if diff := cmp.Diff([]eir.Entry{own}, got); diff != "" {
				t.Error(diff)
			}
			if err := fillErr(s, "national", exact(tac.First())); err != nil {
				t.Fatal(err)
			}
			if v := register(t, s).Check(eir.Query{IMEI: tac.First(), SVN: eir.NoSVN}); v.Rule != eir.RuleExact || s.Err() != nil {
				t.Errorf("after a whole list: %s, %v", v.Rule, s.Err())
			}
		})
	}
}

func removeAll(dir, pattern string) error {
	names, err := filepath.Glob(filepath.Join(dir, "tables", pattern))
	if len(names) == 0 {
		err = errors.Join(err, fmt.Errorf("there is no %s", pattern))
	}
	for _, name := range names {
		err = errors.Join(err, os.Remove(name))
	}
	return err
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

func onlyTable(t *testing.T, dir string) string {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(dir, "tables", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("%v, tables: %v", err, tables)
	}
	largest, size := "", int64(0)
	for _, name := range tables {
		if fi, err := os.Stat(name); err == nil && fi.Size() > size {
			largest, size = name, fi.Size()
		}
	}
	return largest
}

func flip(t *testing.T, file string, at int) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], int64(at)); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0x10
	if _, err := f.WriteAt(b[:], int64(at)); err != nil {
		t.Fatal(err)
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
