package store

import (
	"errors"
	"iter"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"paperweight/eir"
)

// Options configure a Store; the zero value works.
type Options struct {
	// FS is where the directory lies; nil is the disk.
	FS vfs.FS
	// CacheBytes is the size of Pebble's block cache; 0 is 64 MiB.
	CacheBytes int64
	// Events are told what happens.
	Events Events
}

// Events are called by the store, from any goroutine, and must not block.
// Each may be nil.
type Events struct {
	// Failed: nothing can be written any more; what is readable is answered.
	Failed func(err error)
	// Corrupt: a file does not hold what was written to it.
	Corrupt func(file string, err error)
	// Applied: a change was applied and is in force.
	Applied func(state SourceState)
	// Progress of work that takes a while; total is an estimate, 0 unknown.
	Progress func(what string, done, total uint64)
	// Log carries what Pebble has to say.
	Log func(format string, args ...any)
}

type Store struct{}

func Open(dir string, o Options) (*Store, error) { return nil, errSkeleton }

func (s *Store) Close() error { return errSkeleton }

func (s *Store) Find(d *eir.Decision) error { return errSkeleton }

func (s *Store) Loaded() bool { return false }

func (s *Store) Err() error { return errSkeleton }

func (s *Store) Sources() []SourceState { return nil }

func (s *Store) Source(name string) (SourceState, bool) { return SourceState{}, false }

func (s *Store) Replace(source string) (*Replacement, error) { return nil, errSkeleton }

type Replacement struct{}

func (r *Replacement) Add(e *eir.Entry) error { return errSkeleton }

// Staged is what a list holds that is not in force yet.
type Staged struct {
	// Entries, ByStatus and ByKind count what will be listed.
	Entries  uint64       `json:"entries"`
	ByStatus StatusCounts `json:"by_status"`
	ByKind   KindCounts   `json:"by_kind"`
	// Duplicates counts the entries whose Target came again later.
	Duplicates uint64 `json:"duplicates"`
	// Previous is the list in force; its Sequence is 0 where there is none.
	Previous SourceState `json:"previous"`
}

func (r *Replacement) Stage() (Staged, error) { return Staged{}, errSkeleton }

func (r *Replacement) Commit(v Version) (SourceState, error) { return SourceState{}, errSkeleton }

func (r *Replacement) Abort() error { return errSkeleton }

// Change puts and removes single entries of a source: the removals first.
type Change struct {
	Source string
	Version
	Put    []eir.Entry
	Remove []eir.Target
}

// Applied is what a Change did.
type Applied struct {
	Added   int         `json:"added"`
	Changed int         `json:"changed"`
	Removed int         `json:"removed"`
	Missing int         `json:"missing"`
	State   SourceState `json:"state"`
}

func (s *Store) Apply(c Change) (Applied, error) { return Applied{}, errSkeleton }

func (s *Store) Preview(c Change) (Applied, error) { return Applied{}, errSkeleton }

func (s *Store) Entries(source string) iter.Seq2[eir.Entry, error] {
	return func(yield func(eir.Entry, error) bool) { yield(eir.Entry{}, errSkeleton) }
}

func (s *Store) NextOriginState(now time.Time) (uint32, error) { return 0, errSkeleton }

var errSkeleton = errors.New("store: not built yet")
