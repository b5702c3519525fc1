package disk_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// fatal is a Logger that ends the process where Pebble wants it to end.
type fatal struct{}

func (fatal) Infof(string, ...any)           {}
func (fatal) Errorf(string, ...any)          {}
func (fatal) Fatalf(format string, a ...any) { panic(fmt.Sprintf("Fatalf: "+format, a...)) }

// openDB opens a database as the store does, but so small that it soon flushes,
// compacts, and begins new logs and manifests.
func openDB(fs vfs.FS) (*pebble.DB, error) {
	return pebble.Open("data", &pebble.Options{
		FS:                          fs,
		FormatMajorVersion:          pebble.FormatTableFormatV6,
		CacheSize:                   1 << 16,
		MemTableSize:                32 << 10,
		MemTableStopWritesThreshold: 3,
		L0CompactionThreshold:       2,
		MaxManifestFileSize:         1,
		Logger:                      fatal{},
		CompactionConcurrencyRange:  func() (int, int) { return 1, 1 },
	})
}

// work is what is done to a database, and what that has acknowledged. The value
// of a key that was taken out is "".
type work struct {
	db   *pebble.DB
	disk vfs.FS // tables are written beside the Gate, as the store does

	mu             sync.Mutex
	acked, pending map[string]string
	stopped        bool
}

var errStopped = errors.New("stopped")

// change does what sets keys, unless the work was stopped.
func (w *work) change(keys map[string]string, do func() error) error {
	w.mu.Lock()
	if w.stopped {
		w.mu.Unlock()
		return errStopped
	}
	w.pending = keys
	w.mu.Unlock()
	if err := do(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	maps.Copy(w.acked, keys)
	w.pending = nil
	return nil
}

// numbered are n keys below a prefix, with values of a size.
func numbered(prefix string, n, size int) map[string]string {
	keys := make(map[string]string, n)
	for i := range n {
		keys[fmt.Sprintf("%s%03d", prefix, i)] = fmt.Sprintf("%0*d", size, i)[:size]
	}
	return keys
}

func (w *work) batch(prefix string, n, size int) error {
	keys := numbered(prefix, n, size)
	b := w.db.NewBatch()
	for k, v := range keys {
		if err := b.Set([]byte(k), []byte(v), nil); err != nil {
			return err
		}
	}
	return w.change(keys, func() error { return b.Commit(pebble.Sync) })
}

func (w *work) ingest(prefix string, n, size int) error {
	path, keys := "staging/"+prefix, numbered(prefix, n, size)
	f, err := w.disk.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	t := sstable.NewWriter(objstorageprovider.NewFileWritable(f), sstable.WriterOptions{TableFormat: sstable.TableFormatPebblev6})
	for i := range n {
		k := fmt.Sprintf("%s%03d", prefix, i)
		if err := t.Set([]byte(k), []byte(keys[k])); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return w.change(keys, func() error { return w.db.Ingest(context.Background(), []string{path}) })
}

func (w *work) excise(prefix string, n int) error {
	return w.change(numbered(prefix, n, 0), func() error {
		return w.db.Excise(context.Background(), pebble.KeyRange{Start: []byte(prefix), End: []byte(prefix + "~")})
	})
}

// run does all that a store does to its database.
func (w *work) run() error {
	for i, step := range []func() error{
		func() error { return w.batch("a", 3, 10) },
		func() error { return w.ingest("b", 20, 100) },
		w.db.Flush,
		func() error { return w.batch("a", 40, 500) },
		func() error { return w.batch("c", 40, 501) },
		func() error { return w.ingest("a", 20, 100) },  // over what lies in the memtable
		func() error { return w.batch("d", 3, 30_000) }, // larger than a memtable
		func() error { return w.excise("b", 20) },       // as the store drops a list
		w.db.Flush,
		func() error { return w.db.Compact(context.Background(), []byte("a"), []byte("z"), false) },
		func() error { return w.batch("e", 3, 10) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	return nil
}

// stop ends the work before its next change.
func (w *work) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
}

// check opens what a power cut leaves, with what was acknowledged in it, and
// what was not whole or not at all.
func (w *work) check(t *testing.T, mem *vfs.MemFS) {
	t.Helper()
	w.mu.Lock()
	acked, pending := maps.Clone(w.acked), maps.Clone(w.pending)
	w.mu.Unlock()
	db, err := openDB(mem.CrashClone(vfs.CrashCloneCfg{}))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	get := func(k string) string {
		value, closer, err := db.Get([]byte(k))
		if errors.Is(err, pebble.ErrNotFound) {
			return ""
		}
		if err != nil {
			t.Fatalf("%s: %v", k, err)
		}
		defer closer.Close()
		return string(value)
	}
	there := 0
	for k, want := range pending {
		if get(k) == want {
			there++
			acked[k] = want
		}
	}
	if there != 0 && there != len(pending) {
		t.Errorf("%d of %d keys of a change that was not acknowledged", there, len(pending))
	}
	for k, want := range acked {
		if got := get(k); got != want {
			t.Errorf("%s has %d bytes, want %d", k, len(got), len(want))
		}
	}
}
