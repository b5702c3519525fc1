package store

import (
	"errors"
	"fmt"
)

// What an error of this package is, for errors.Is.
var (
	// ErrSequenceGap: a change is not the next one of its source.
	ErrSequenceGap = errors.New("sequence gap")
	// ErrStepBack: a change is the last one of its source, or an older one.
	ErrStepBack = errors.New("sequence step back")
	// ErrLocked: another process has the directory open.
	ErrLocked = errors.New("locked by another process")
	// ErrNoAccess: the directory is none, or may not be written.
	ErrNoAccess = errors.New("no access")
	// ErrNewerFormat: a newer release wrote the directory.
	ErrNewerFormat = errors.New("newer format")
	// ErrDiskFull: no space is left. Nothing is written until there is some
	// again; what is readable is answered.
	ErrDiskFull = errors.New("disk full")
	// ErrCorrupt: a file does not hold what was written to it.
	ErrCorrupt = errors.New("corrupt")
	// ErrShort: a list holds less than was acknowledged of it.
	ErrShort = errors.New("less is left of it than was acknowledged")
	// ErrNothingLeft: no entry can be read of a list that had some.
	ErrNothingLeft = errors.New("nothing of it can be read")
	// ErrUnknownOutcome: the writer failed while a change was under way. It may
	// be in force after the next Open, or once the disk writes again.
	ErrUnknownOutcome = errors.New("whether it is in force is not known")
	// ErrFailed: a write failed for another reason than a full disk.
	ErrFailed = errors.New("write failed")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("closed")
	// ErrBusy: a list of this source is being replaced already.
	ErrBusy = errors.New("being replaced already")
)

// Error is what went wrong with a file or a directory.
type Error struct {
	// Kind is one of the errors above.
	Kind error
	// Path is the file or the directory.
	Path string
	// Cause is what the system or Pebble said; it may be nil.
	Cause error
	// Remedy is what to do, a sentence for an operator.
	Remedy string
}

func (e *Error) Error() string {
	s := fmt.Sprintf("store %s: %v", e.Path, e.Kind)
	if e.Cause != nil {
		s += fmt.Sprintf(": %v", e.Cause)
	}
	if e.Remedy != "" {
		s += ". " + e.Remedy
	}
	return s
}

// Unwrap gives errors.Is and errors.As the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// SequenceError refuses a change: it Is ErrSequenceGap or ErrStepBack.
type SequenceError struct {
	Source string
	// Last is the source's sequence in the store, Got that of the change.
	Last, Got uint64
}

func (e *SequenceError) Error() string {
	if e.Got > e.Last {
		return fmt.Sprintf("store: source %q is at sequence %d, so %d leaves a gap: apply %d first",
			e.Source, e.Last, e.Got, e.Last+1)
	}
	return fmt.Sprintf("store: source %q is at sequence %d already, so %d would step back: nothing is to be done",
		e.Source, e.Last, e.Got)
}

// Is tells a gap from a step back.
func (e *SequenceError) Is(target error) bool {
	return target == ErrSequenceGap && e.Got > e.Last || target == ErrStepBack && e.Got <= e.Last
}
