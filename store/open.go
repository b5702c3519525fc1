package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// In the directory: LOCK, "tables" (Pebble's), and "staging", where lists are
// sorted and written before they are handed to Pebble; what a crash left there
// is removed.
const (
	tablesDir  = "tables"
	stagingDir = "staging"
)

const (
	defaultCacheBytes = 64 << 20
	// A small memtable keeps the replay after a kill under a second.
	memTableBytes = 16 << 20
	blockBytes    = 16 << 10
	// pebbleFormat is pinned, so that a newer Pebble does not make a
	// directory unreadable for the release before by being linked in.
	pebbleFormat = pebble.FormatTableFormatV6
)

// Open opens a directory, or makes one. Of what it finds there it answers for
// every change that was acknowledged, and for no other. It reads all keys once
// to build the filters: under a second for ten million entries on two cores.
//
// Errors are of type *Error: ErrLocked, ErrNoAccess, ErrNewerFormat,
// ErrCorrupt, ErrDiskFull, ErrFailed.
func Open(dir string, o Options) (*Store, error) {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = defaultCacheBytes
	}
	s := &Store{
		dir: dir, fs: o.FS, events: o.Events, failure: newFailure(dir, o.Events),
		reasons: map[string]*reasonTable{}, maxReasons: maxReasons,
		replacing: map[string]bool{}, ids: map[string]uint16{},
	}
	s.finders.New = func() any { return new(finder) }
	if err := s.prepare(); err != nil {
		return nil, s.failure.name(err)
	}
	s.options = s.pebbleOptions(o.CacheBytes)
	if err := s.failure.guard(s.openTables); err != nil {
		// A parked Pebble holds on to the directory until the process ends.
		if s.failure.err.Load() == nil {
			err = errors.Join(err, s.lock.Close())
		}
		return nil, err
	}
	return s, nil
}

// prepare makes the directory, locks it and clears the staging area.
func (s *Store) prepare() error {
	// Lists hold IMSIs: nobody else on the machine needs to read them.
	if err := s.fs.MkdirAll(s.fs.PathJoin(s.dir, tablesDir), 0o700); err != nil {
		return err
	}
	var err error
	if s.lock, err = pebble.LockDirectory(s.dir, s.fs); err != nil {
		if file := (*fs.PathError)(nil); errors.As(err, &file) {
			return err // no lock was tried yet
		}
		return &Error{Kind: ErrLocked, Path: s.fs.PathJoin(s.dir, "LOCK"), Cause: err,
			Remedy: "Stop the process that has it open, or talk to that process instead; each needs a directory of its own."}
	}
	// What is below the directory lasts no longer than the names that lead to it.
	err = errors.Join(
		s.fs.RemoveAll(s.fs.PathJoin(s.dir, stagingDir)),
		s.syncDir(s.dir),
		s.syncDir(s.fs.PathDir(s.dir)),
	)
	if err != nil {
		return errors.Join(err, s.lock.Close())
	}
	return nil
}

func (s *Store) syncDir(dir string) error {
	d, err := s.fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (s *Store) pebbleOptions(cacheBytes int64) *pebble.Options {
	o := &pebble.Options{
		FS:                 s.fs,
		CacheSize:          cacheBytes,
		FormatMajorVersion: pebbleFormat,
		MemTableSize:       memTableBytes,
		Logger:             s.failure,
		EventListener:      s.listener(),
		// Checks come first: one core at most rewrites tables.
		CompactionConcurrencyRange: func() (int, int) { return 1, 1 },
	}
	// Lookups must not set off compactions, nor wait for Pebble's lock to
	// report what they sampled.
	o.Experimental.ReadSamplingMultiplier = -1
	// A delta of a feed reads a block nearly for each entry it changes: larger
	// ones than Pebble's halve that, and a lookup does not notice.
	o.Levels[0].BlockSize = blockBytes
	// On amd64 that is MinLZ: less to read than Snappy leaves, and sooner read.
	o.Levels[0].Compression = func() *sstable.CompressionProfile { return sstable.FastestCompression }
	o.EnsureDefaults()
	return o
}

func (s *Store) openTables() error {
	dir := s.fs.PathJoin(s.dir, tablesDir)
	var err error
	if s.db, err = pebble.Open(dir, s.options); err != nil {
		// Pebble has no error value for it.
		if strings.Contains(err.Error(), "unknown format major version") {
			return s.newerFormat(err)
		}
		return s.failure.opening(dir, err)
	}
	if err = s.checkFormat(); err == nil {
		err = s.load()
	}
	if err != nil {
		return errors.Join(s.failure.name(err), s.db.Close())
	}
	return nil
}

// checkFormat refuses a newer format, brings an older one up to ours, and
// writes ours where there is none.
func (s *Store) checkFormat() error {
	value, closer, err := s.db.Get([]byte(keyFormat))
	if errors.Is(err, pebble.ErrNotFound) {
		return s.db.Set([]byte(keyFormat), binary.AppendUvarint(nil, formatVersion), pebble.Sync)
	}
	if err != nil {
		return err
	}
	found, n := binary.Uvarint(value)
	if err := closer.Close(); err != nil {
		return err
	}
	switch {
	case n <= 0 || found == 0:
		return fmt.Errorf("%w: the format version", errRecord)
	case found > formatVersion:
		return s.newerFormat(fmt.Errorf("it is written in format %d, this release reads up to %d", found, formatVersion))
	case found < formatVersion:
		return s.upgrade()
	}
	return nil
}

func (s *Store) newerFormat(cause error) error {
	return &Error{Kind: ErrNewerFormat, Path: s.dir, Cause: cause,
		Remedy: "Run the release that wrote it, or a later one; or start on an empty directory and import the lists again."}
}
