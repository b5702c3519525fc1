package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"

	"paperweight/eir"
	"paperweight/store"
)

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

// readingDisk counts what is read of files, and refuses it on demand.
type readingDisk struct {
	reads  atomic.Int64
	refuse atomic.Bool
}

func (d *readingDisk) MaybeError(op errorfs.Op) error {
	if op.Kind != errorfs.OpFileReadAt {
		return nil
	}
	d.reads.Add(1)
	if d.refuse.Load() {
		return &os.PathError{Op: "read", Path: op.Path, Err: syscall.EIO}
	}
	return nil
}

func (d *readingDisk) String() string { return "reading disk" }

// readingStore is one of many entries that has nothing of them in a cache.
func readingStore(t *testing.T) (s *store.Store, mem *vfs.MemFS, disk *readingDisk) {
	t.Helper()
	mem, disk = vfs.NewMem(), new(readingDisk)
	fs := errorfs.Wrap(mem, disk)
	s = open(t, fs, "data")
	fill(t, s, "national", func(add func(eir.Entry)) {
		for i := range eir.IMEI(5000) {
			e := exact(tac.First() + i)
			e.Reference = fmt.Sprint("report ", i*i*i)
			add(e)
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open("data", store.Options{FS: fs, CacheBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, mem, disk
}

// TestCorruptBlockIsRemembered: to find out that a block is corrupt costs Pebble
// much; what lies in it is answered without asking again.
func TestCorruptBlockIsRemembered(t *testing.T) {
	s, mem, disk := readingStore(t)
	for _, name := range filesOf(t, mem, "data/tables") {
		if strings.HasSuffix(name, ".sst") {
			content := contentOf(t, mem, name)
			content[len(content)/2] ^= 4
			overwrite(t, mem, name, content)
		}
	}
	reg := register(t, s)
	failing := func(i eir.IMEI) bool {
		return reg.Check(eir.Query{IMEI: i, SVN: eir.NoSVN}).Rule == eir.RuleStoreFailure
	}
	var all []eir.IMEI
	// In no order, as phones come: each that fails between two others is known.
	for _, i := range newRand(1).Perm(5000) {
		if i := tac.First() + eir.IMEI(i); failing(i) {
			all = append(all, i)
		}
	}
	if len(all) < 10 || len(all) > 2500 {
		t.Fatalf("%d of 5000 fail", len(all))
	}
	before := disk.reads.Load()
	for _, i := range all {
		if !failing(i) {
			t.Fatalf("%s is answered", i.Masked())
		}
	}
	if n := disk.reads.Load() - before; n != 0 {
		t.Errorf("%d reads for what was known", n)
	}
}

// TestReadFailureIsSeen while it lasts.
func TestReadFailureIsSeen(t *testing.T) {
	s, _, disk := readingStore(t)
	reg := register(t, s)
	check := func() eir.Verdict { return reg.Check(eir.Query{IMEI: tac.First() + 100, SVN: eir.NoSVN}) }
	disk.refuse.Store(true)
	if v := check(); v.Rule != eir.RuleStoreFailure {
		t.Fatalf("by %s", v.Rule)
	}
	wantError(t, s.Err(), store.ErrFailed, "data", "disk")
	disk.refuse.Store(false)
	if v := check(); v.Status != eir.Prohibited {
		t.Fatalf("%s by %s", v.Status, v.Rule)
	}
	if err := s.Err(); err != nil {
		t.Error(err)
	}
}
