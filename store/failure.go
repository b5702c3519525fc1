package store

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	remedyNewer    = "Run the release that wrote it, or a later one; or start on an empty directory and import the lists again."
	remedyDiskFull = "Free space on this file system: changes are then taken again by themselves. What was acknowledged is there."
	remedyNoAccess = "It must be a directory that the user who runs this may read and write: see to its owner and its mode, or take another one."
	remedyFailed   = "See to the disk, then start again: what was acknowledged is there."
	remedyLimit    = "Let the process open more files (ulimit -n, LimitNOFILE=): changes are then taken again by themselves. What was acknowledged is there."
	remedyBlock    = "A feed fetches its list again by itself; of an import, import the whole list again; `paperweight list accept` goes on with what can be read."
	remedyCorrupt  = "Move the directory away, start on an empty one and import the lists again; or restore the directory from a copy."
)

// failure tells the callers that wait for the writer that it is parked: package disk
// parks what the disk refuses, since Pebble would end the process, and with it
// answers that can still be given. Whether the last batch is on disk is known
// after the next Open, or once the disk takes writes again (resume.go); no reader
// sees it before.
//
// Pebble may park with its own lock held. What a lookup does needs no lock of
// Pebble's; see view.discard.
type failure struct {
	dir    string
	events Events

	phase atomic.Pointer[phase]
	// writing counts the calls of guard that are under way, those included
	// that nobody waits for any more.
	writing atomic.Int64
	// last is what was said of the corrupt file that was reported last, lasting
	// what is corrupt and belongs to no list.
	last, lasting atomic.Pointer[error]
	// files were reported corrupt: each is reported once, not once a check.
	files sync.Map
}

// phase is the time up to the end of an outage of the writer.
type phase struct {
	once   sync.Once
	failed chan struct{} // closed once nothing can be written any more
	err    atomic.Pointer[error]
}

func newFailure(dir string, events Events) *failure {
	f := &failure{dir: dir, events: events}
	f.begin()
	return f
}

// begin begins a phase in which the writer writes.
func (f *failure) begin() { f.phase.Store(&phase{failed: make(chan struct{})}) }

// err is why nothing can be written now, or nil.
func (f *failure) err() error {
	if err := f.phase.Load().err.Load(); err != nil {
		return *err
	}
	return nil
}

// fail parks the writer.
func (f *failure) fail(cause error) {
	p := f.phase.Load()
	p.once.Do(func() {
		err := f.name(cause)
		p.err.Store(&err)
		// Told before whoever waits for the writer learns of it.
		if f.events.Failed != nil {
			f.events.Failed(err)
		}
		close(p.failed)
	})
}

// failForGood parks the writer until the next start, whatever it was parked for
// before.
func (f *failure) failForGood(cause error) {
	err := f.name(cause)
	if e := (*Error)(nil); errors.As(err, &e) {
		lasting := *e
		lasting.Remedy = remedyFailed
		err = &lasting
	}
	f.fail(err)
	f.phase.Load().err.Store(&err)
}

// guard runs what may write and returns early where the writer is parked.
// Then do goes on, or hangs, on its own: it must touch nothing that the caller
// goes on to use after an error. Whether it did what it was to do is then not
// known: the error Is ErrUnknownOutcome.
func (f *failure) guard(do func() error) error {
	f.writing.Add(1)
	p := f.phase.Load()
	if err := p.err.Load(); err != nil {
		f.writing.Add(-1)
		return *err
	}
	done := make(chan error, 1)
	go func() {
		defer f.writing.Add(-1)
		done <- do()
	}()
	select {
	case err := <-done:
		return f.name(err)
	case <-p.failed:
		return unknown(*p.err.Load())
	}
}

// unknown marks the error of a change that was under way when the writer failed.
func unknown(err error) error { return fmt.Errorf("%w: %w", ErrUnknownOutcome, err) }

// name turns what Pebble or the system said into an Error with its remedy.
func (f *failure) name(err error) error {
	var known *Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return &Error{Kind: ErrNoAccess, Path: f.dir, Cause: err, Remedy: remedyNoAccess}
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return &Error{Kind: ErrFailed, Path: f.dir, Cause: err, Remedy: remedyLimit}
	case vfs.IsNoSpaceError(err), errors.Is(err, syscall.EDQUOT):
		return &Error{Kind: ErrDiskFull, Path: f.dir, Cause: err, Remedy: remedyDiskFull}
	case isCorrupt(err):
		return f.corruption("", err, remedyBlock)
	}
	return &Error{Kind: ErrFailed, Path: f.dir, Cause: err, Remedy: remedyFailed}
}

func isCorrupt(err error) bool { return pebble.IsCorruptionError(err) || errors.Is(err, errRecord) }

// corruption notes a file that does not hold what was written to it. Without
// a name it falls back on the file that Pebble reported last.
func (f *failure) corruption(file string, cause error, remedy string) error {
	if last := f.last.Load(); file == "" && last != nil {
		return *last
	}
	var err error = &Error{Kind: ErrCorrupt, Path: file, Cause: cause, Remedy: remedy}
	if file == "" {
		err.(*Error).Path = f.dir
	}
	f.last.CompareAndSwap(nil, &err)
	if _, again := f.files.LoadOrStore(file, true); !again && f.events.Corrupt != nil {
		f.events.Corrupt(err.(*Error).Path, err)
	}
	return err
}

// Infof, Errorf and Fatalf are Pebble's Logger.
func (f *failure) Infof(string, ...any) {}

// Errorf is what Pebble could not do and will try again.
func (f *failure) Errorf(format string, args ...any) {
	if f.events.Log != nil {
		f.events.Log(format, args...)
	}
}

// Fatalf never returns: Pebble means to end the process.
func (f *failure) Fatalf(format string, args ...any) {
	cause := fmt.Errorf(format, args...)
	for _, a := range args {
		if err, ok := a.(error); ok {
			cause = err
		}
	}
	f.fail(cause)
	select {}
}

// listener is told what Pebble does by itself.
func (s *Store) listener() *pebble.EventListener {
	f := s.failure
	return &pebble.EventListener{
		BackgroundError: func(err error) { f.Errorf("background error: %v", err) },
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			s.corruptFile(info.Bounds.Start, info.Bounds.End.Key, f.corruption(info.Path, info.Details, remedyBlock))
		},
		FlushEnd:      func(pebble.FlushInfo) { s.tablesChanged() },
		CompactionEnd: func(pebble.CompactionInfo) { s.tablesChanged() },
	}
}

// Err returns nil, or why the store can't be written, holds less than was
// acknowledged, or was found corrupt.
func (s *Store) Err() error {
	if err := s.Refuses(); err != nil {
		return err
	}
	return s.Unreadable()
}

// Refuses returns nil, or why no change is taken at present.
func (s *Store) Refuses() error { return s.failure.err() }

// Unreadable returns nil, or why checks, or some of them, are answered by
// policy.store_failure.
func (s *Store) Unreadable() error {
	v := s.view.Load()
	if v == nil {
		return nil
	}
	if v.short != nil {
		return v.short
	}
	for _, src := range v.sources {
		if err := src.damage.err.Load(); err != nil {
			return *err
		}
	}
	if r := s.readFailure.Load(); r != nil {
		return r.err
	}
	if err := s.failure.lasting.Load(); err != nil {
		return *err
	}
	return nil
}

func (s *Store) closedError() error { return &Error{Kind: ErrClosed, Path: s.dir} }

// opening names an error of pebble.Open. There a table or a manifest that is
// missing or cut short is corruption, which Pebble does not mark as such; what
// the system itself refuses is not.
func (f *failure) opening(dir string, err error) error {
	if errno := syscall.Errno(0); errors.As(err, &errno) && errno != syscall.ENOENT {
		return f.name(err)
	}
	return f.corruption(dir, err, remedyCorrupt)
}
