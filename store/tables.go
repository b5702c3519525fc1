package store

import (
	"strconv"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// tableBytes is how much goes into one table, keys and values before compression.
const tableBytes = 64 << 20

// roomEvery is how much of a table is written between two looks at the disk.
const roomEvery = 1 << 20

// bottomLevel is where a list that overlaps nothing lands.
const bottomLevel = 6

// tableWriter writes sorted keys into tables for Pebble to ingest.
type tableWriter struct {
	store *Store
	dir   string
	paths []string
	w     *sstable.Writer
	size  int
}

func (t *tableWriter) set(key, value []byte) error {
	if t.w != nil && t.size >= tableBytes {
		if err := t.finish(); err != nil {
			return err
		}
	}
	n := len(key) + len(value)
	if t.w == nil || t.size/roomEvery != (t.size+n)/roomEvery {
		if err := t.store.Room(roomEvery); err != nil {
			return err
		}
	}
	if t.w == nil {
		path := t.store.fs.PathJoin(t.dir, "table-"+strconv.Itoa(len(t.paths))+".sst")
		f, err := t.store.fs.Create(path, vfs.WriteCategoryUnspecified)
		if err != nil {
			return err
		}
		t.paths = append(t.paths, path)
		t.w = sstable.NewWriter(objstorageprovider.NewFileWritable(f),
			t.store.options.MakeWriterOptions(bottomLevel, t.store.db.TableFormat()))
		t.size = 0
	}
	t.size += n
	return t.w.Set(key, value)
}

// finish syncs and closes the table under way.
func (t *tableWriter) finish() error {
	if t.w == nil {
		return nil
	}
	w := t.w
	t.w = nil
	return w.Close()
}
