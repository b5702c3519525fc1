package format

import (
	"errors"
	"fmt"
)

// What is wrong with a file, for errors.Is. A file that has any of these
// faults must not be applied, not even the part of it that was read.
var (
	// ErrMagic: no file of a feed, or one whose writer never finished.
	ErrMagic = errors.New("not a file of a feed")
	// ErrVersion: a format that this release does not know.
	ErrVersion = errors.New("unknown format version")
	// ErrHeader: the header contradicts itself or its checksum.
	ErrHeader = errors.New("broken header")
	// ErrTruncated: the file ends before its end mark.
	ErrTruncated = errors.New("truncated")
	// ErrTrailing: something follows the end mark.
	ErrTrailing = errors.New("trailing octets")
	// ErrOversized: more than the limits of the format or of the reader.
	ErrOversized = errors.New("oversized")
	// ErrBomb: a column decompresses to more than its block states, or its
	// frame does not state how much that is.
	ErrBomb = errors.New("decompression bomb")
	// ErrCorrupt: a block does not decompress, or its columns do not add up.
	ErrCorrupt = errors.New("corrupt block")
	// ErrEntry: an entry that no list can have, or a change of nothing.
	ErrEntry = errors.New("invalid entry")
	// ErrUnsorted: an entry stands behind a greater one.
	ErrUnsorted = errors.New("unsorted")
	// ErrDuplicate: an entry comes twice.
	ErrDuplicate = errors.New("duplicate entry")
	// ErrCount: not as many records or entries as the header says.
	ErrCount = errors.New("wrong count")
	// ErrDigest: the content is not the one that the header names.
	ErrDigest = errors.New("wrong digest")
)

// Why a file does not follow a state, for errors.Is.
var (
	// ErrEpoch: a delta of another epoch, or a snapshot of an older one.
	ErrEpoch = errors.New("wrong epoch")
	// ErrGap: a delta begins ahead of the state; what is between is missing.
	ErrGap = errors.New("gap")
	// ErrStepBack: the file is no newer than the state.
	ErrStepBack = errors.New("step back")
	// ErrPrevious: the state was reached by another file than this one
	// follows: two histories of one sequence.
	ErrPrevious = errors.New("wrong previous file")
	// ErrDiverged: the state's content is not the one this delta changes.
	ErrDiverged = errors.New("diverged")
)

// Error is a fault of a file.
type Error struct {
	// Kind is one of the errors above.
	Kind error
	// Offset is how many octets of the file were read, the faulty block or
	// header with them.
	Offset int64
	// Record is how many records were found in order before the fault.
	Record uint64
	// Detail says more.
	Detail string
	// Cause is what a library said; it may be nil.
	Cause error
}

func (e *Error) Error() string {
	s := fmt.Sprintf("feed file: %v after %d records, within the first %d octets", e.Kind, e.Record, e.Offset)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
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

// fault makes an Error whose place the reader or the writer fills in.
func fault(kind error, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}
