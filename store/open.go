package store

import (
	"errors"
	"io/fs"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"paperweight/store/disk"
)

// In the directory: LOCK, "acknowledged" (acknowledged.go), "tables" (Pebble's),
// and "staging", where lists are sorted and written before they are handed to
// Pebble; what a crash left there is removed.
const (
	tablesDir  = "tables"
	stagingDir = "staging"
	// asideSuffix, with a number behind it, names what was damaged and put aside:
	// "tables.damaged-1", and "logs.damaged-1" for logs alone.
	asideSuffix = ".damaged-"
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

// Open opens a directory, or makes one where it is missing or empty. Of what it
// finds there it answers for every change that was acknowledged, and for no
// other: each list is held against the file of acknowledgements, and one that is
// short is said to be (Events.Short) and no check is answered until it is whole.
// It reads all keys once to build the filters: under a second for ten million
// entries on two cores.
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
		replacing: map[string]bool{}, ids: map[string]uint16{}, changes: map[string]uint64{}, kept: map[string][]byte{},
	}
	s.gate = disk.New(o.FS, disk.Options{RetryEvery: o.RetryEvery, Events: s.gateEvents()})
	s.removals = &heldRemovals{FS: s.gate, held: true}
	s.finders.New = func() any { return new(finder) }
	if err := s.prepare(); err != nil {
		return nil, s.failure.name(err)
	}
	s.options = s.pebbleOptions(o.CacheBytes)
	if err := s.failure.guard(s.open); err != nil {
		// A parked Pebble holds on to the directory until the process ends.
		if s.failure.err() == nil {
			err = errors.Join(err, s.lock.Close())
		}
		return nil, err
	}
	return s, nil
}

// open is Open behind the lock, in the order that keeps what there is: nothing
// is made or removed before it is known what was acknowledged.
func (s *Store) open() error {
	acked, err := s.readAcknowledged()
	if err != nil {
		return err
	}
	if err := s.roomToOpen(); err != nil {
		return err
	}
	if err := s.begin(acked); err != nil {
		return err
	}
	v, err := s.openTables(acked)
	if err != nil {
		return err
	}
	if err := s.acknowledgeAnew(v.sources); err != nil {
		return errors.Join(err, v.snapshot.Close(), s.closeTables())
	}
	s.view.Store(v)
	s.restoreOwn()
	s.wholeAgain()
	if v := s.view.Load(); v.short == nil {
		s.dropLeftovers(v)
	}
	if err := s.fs.RemoveAll(s.fs.PathJoin(s.dir, stagingDir)); err != nil {
		s.failure.Errorf("store: removing what lists were sorted in: %v", err)
	}
	return nil
}

// prepare makes the directory and locks it.
func (s *Store) prepare() error {
	// Lists hold IMSIs: nobody else on the machine needs to read them.
	if err := s.fs.MkdirAll(s.dir, 0o700); err != nil {
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
		FS:                 s.removals,
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
