package store

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"paperweight/store/disk"
	"paperweight/store/journal"
)

// Options configure a Store; the zero value works.
type Options struct {
	// FS is where the directory lies; nil is the disk.
	FS vfs.FS
	// CacheBytes is the size of Pebble's block cache; 0 is 64 MiB. It holds
	// what filter hits read, some 20 octets an entry.
	CacheBytes int64
	// RetryEvery is how long after a call that the disk refused it is made
	// again; 0 is a second.
	RetryEvery time.Duration
	// Events are told what happens.
	Events Events
}

// Events are called by the store, from any goroutine, also while it writes:
// they must not block, nor call what writes. Each may be nil.
type Events struct {
	// Failed: nothing can be written any more; what is readable is answered.
	Failed func(err error)
	// Corrupt: a file does not hold what was written to it; once a file.
	Corrupt func(file string, err error)
	// Short: a list holds less than was acknowledged (ErrShort), or a part of
	// it can't be read (ErrCorrupt); once a list and kind.
	Short func(state SourceState, err error)
	// Recovered: what Failed told is over, changes are taken again.
	Recovered func()
	// Applied: a change was applied and is in force.
	Applied func(state SourceState)
	// Progress of work that takes a while, in entries; total is an
	// estimate, 0 unknown.
	Progress func(what string, done, total uint64)
	// Log carries what Pebble could not do and tries again.
	Log func(format string, args ...any)
}

// Store is an open directory. Its methods may be called by many goroutines;
// it is an eir.Lists.
type Store struct {
	dir string
	fs  vfs.FS
	// gate is fs for what must not fail; removals is the gate as Pebble sees it.
	gate     *disk.Gate
	removals *heldRemovals
	db       *pebble.DB
	options  *pebble.Options // to write tables with
	lock     *pebble.Lock
	events   Events
	failure  *failure

	view    atomic.Pointer[view] // nil once closed
	finders sync.Pool            // of *finder
	epoch   atomic.Uint64        // of Pebble's tables; see reader
	// readFailure is nil while lookups can read.
	readFailure atomic.Pointer[readFailure]
	// entriesReaders are the *entriesReader that are open.
	entriesReaders sync.Map

	// mu is the one writer's. It guards everything below.
	mu sync.Mutex
	// reasons are the sources' own; maxReasons is how many of each may have a
	// number.
	reasons    map[string]*reasonTable
	maxReasons int
	// replacing are the sources whose list is being replaced.
	replacing map[string]bool
	// ids are the sources' numbers, those included that only stage a list.
	ids map[string]uint16
	// lastGeneration is the highest number in use, or used since Open.
	lastGeneration uint32
	stagings       int
	// journal is the file of what was acknowledged; changes counts the batches of
	// each source, kept are their StateBlobs.
	journal *journal.Journal
	changes map[string]uint64
	kept    map[string][]byte
	// refreshing says that shards of filters are being rebuilt, in
	// background; closing that nothing like it may begin.
	refreshing, closing bool
	// resuming is held by who takes changes again after an outage.
	resuming sync.Mutex
	// aside says that the tables were put aside, so new ones may be made.
	aside      bool
	background sync.WaitGroup
}

// Loaded reports whether a change of any source was ever applied.
func (s *Store) Loaded() bool {
	v := s.view.Load()
	return v != nil && len(v.sources) > 0
}

// Sources returns the state of every source, by name.
func (s *Store) Sources() []SourceState {
	v := s.view.Load()
	if v == nil {
		return nil
	}
	states := make([]SourceState, len(v.sources))
	for i, src := range v.sources {
		states[i] = src.status()
	}
	return states
}

// Source returns the state of one source.
func (s *Store) Source(name string) (SourceState, bool) {
	if v := s.view.Load(); v != nil {
		if src := v.source(name); src != nil {
			return src.status(), true
		}
	}
	return SourceState{}, false
}

// swap puts a view in force, waits until the last one has no reader that reads
// from its snapshot, and closes that. The wait is as long as one lookup.
func (s *Store) swap(next *view) {
	last := s.view.Swap(next)
	if last == nil {
		return
	}
	last.unpin()
	select {
	case <-last.drained:
	case <-s.failure.phase.Load().failed:
		// A parked Pebble may hold on to a reader for good; resume waits.
		s.failure.writing.Add(1)
		go func() {
			defer s.failure.writing.Add(-1)
			<-last.drained
			last.closeReaders()
			_ = last.snapshot.Close()
		}()
		return
	}
	// An error here is of no more use to anybody.
	_ = s.failure.guard(func() error {
		last.closeReaders()
		return last.snapshot.Close()
	})
}

// Close waits for the writer and for lookups under way, ends readings of
// Entries with ErrClosed, and lets go of the directory. A store that failed
// returns why, and keeps its lock until the process ends, since what Pebble had
// begun is not at an end.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.background.Wait() // some 50 ms; it holds an iterator
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.view.Load() == nil {
		return nil
	}
	s.swap(nil)
	err := s.failure.guard(func() error {
		s.entriesReaders.Range(func(r, _ any) bool {
			_ = s.closeEntries(r.(*entriesReader)) // its reading had its errors
			return true
		})
		// What the log holds alone is lost by one bit of it.
		return errors.Join(s.db.Flush(), s.journal.Close(), s.closeTables())
	})
	if err != nil {
		return err
	}
	return s.lock.Close()
}
