package disk

import "github.com/cockroachdb/pebble/v2/vfs"

// file is a file that is written, or a directory. What it does not name passes
// through: Read, ReadAt, Prefetch and Fd; and Preallocate, which Pebble takes
// for advice, and which some file systems never give.
//
// As for any vfs.File, one goroutine at a time writes and syncs a file that is
// written. Several at a time sync a directory.
type file struct {
	vfs.File
	gate *Gate
	name string
	dir  bool
	// unsynced says that something was written since the last sync.
	unsynced bool
}

// Write goes on where an attempt stopped. Pebble writes nothing to a manifest
// before it closes it: that leaves no more to sync.
func (f *file) Write(p []byte) (n int, err error) {
	f.unsynced = f.unsynced || len(p) > 0
	err = f.gate.run(write, f.name, func() error {
		m, err := f.File.Write(p[n:])
		n += m
		return err
	})
	return n, err
}

// WriteAt goes on where an attempt stopped.
func (f *file) WriteAt(p []byte, offset int64) (n int, err error) {
	f.unsynced = true
	err = f.gate.run(writeAt, f.name, func() error {
		m, err := f.File.WriteAt(p[n:], offset+int64(n))
		n += m
		return err
	})
	return n, err
}

func (f *file) Sync() error     { return f.sync(syncAll, f.File.Sync) }
func (f *file) SyncData() error { return f.sync(syncData, f.File.SyncData) }

func (f *file) sync(o op, do func() error) error {
	if f.dir {
		return f.gate.run(syncDir, f.name, do)
	}
	err := f.gate.run(o, f.name, do)
	if err == nil {
		f.unsynced = false
	}
	return err
}

// SyncTo leaves unsynced as it is: it promises nothing.
func (f *file) SyncTo(length int64) (full bool, err error) {
	err = f.gate.run(syncTo, f.name, func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}

// Stat is no call that modifies. But Pebble asks a log that it reuses for its
// size, and panics where it gets no answer.
func (f *file) Stat() (info vfs.FileInfo, err error) {
	err = f.gate.run(stat, f.name, func() (err error) {
		info, err = f.File.Stat()
		return err
	})
	return info, err
}

// Close gives the descriptor back even where it fails. What was synced before
// is not lost by that.
func (f *file) Close() error {
	return f.gate.run(closeFile, f.name, func() error {
		if err := f.File.Close(); f.unsynced {
			return err
		}
		return nil
	})
}
