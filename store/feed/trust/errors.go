package trust

import (
	"errors"
	"fmt"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// What an error of this package is, for errors.Is. After any of them a node
// keeps what it has and goes on answering.
var (
	// ErrExpired: metadata is past its date. Either nobody published in time
	// or somebody withholds what was published (a freeze attack).
	ErrExpired = errors.New("metadata expired")
	// ErrRollback: metadata is older than what was verified before.
	ErrRollback = errors.New("older than what was verified before")
	// ErrSignature: fewer valid signatures of the role's keys than its threshold.
	ErrSignature = errors.New("not enough valid signatures")
	// ErrThreshold: a role whose threshold its keys can't guarantee: it is
	// below 1, or there are fewer different keys.
	ErrThreshold = errors.New("unsound threshold")
	// ErrMismatch: a file's length or hash is not the signed one.
	ErrMismatch = errors.New("length or hash is not the signed one")
	// ErrMalformed: a file can't be read as what it claims to be.
	ErrMalformed = errors.New("malformed metadata")
	// ErrNotDelegated: a role lists a target that it may not sign.
	ErrNotDelegated = errors.New("target outside the role's paths")
	// ErrTooLong: a file goes on past its length or past the limit.
	ErrTooLong = errors.New("too long")
	// ErrTooSlow: a mirror took longer than the limits allow.
	ErrTooSlow = errors.New("too slow")
	// ErrClock: metadata was issued in this node's future: its clock is behind.
	ErrClock = errors.New("clock is behind")
	// ErrState: the node's own trust state can't be read.
	ErrState = errors.New("trust state is damaged")
	// ErrNotFound: a mirror does not have the file (404, 410), or does not
	// say whether it has (403).
	ErrNotFound = errors.New("not found")
	// ErrRedirect: a mirror points elsewhere; nobody follows.
	ErrRedirect = errors.New("redirected")
	// ErrUnreachable: a mirror did not answer, or not with success.
	ErrUnreachable = errors.New("unreachable")
)

// Error is what went wrong with one file of a feed.
type Error struct {
	// Kind is one of the errors above.
	Kind error
	// File is the published file's path, or a role's name.
	File string
	// Mirror is the address it came from, "" if it came from none.
	Mirror string
	// Cause says more; it may be nil.
	Cause error
}

func (e *Error) Error() string {
	s := "feed: " + e.File
	if e.Mirror != "" {
		s += " from " + e.Mirror
	}
	s += ": " + e.Kind.Error()
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

func faultf(kind error, file, format string, args ...any) error {
	return &Error{Kind: kind, File: file, Cause: fmt.Errorf(format, args...)}
}

// verified runs a step of go-tuf on a file and types what it says. Metadata
// such as {"targets":{"x":null}} makes go-tuf dereference nil; who stole an
// online key could end every node with it, so a panic is a malformed file.
func verified(file string, step func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = faultf(ErrMalformed, file, "%v", r)
		}
	}()
	err = step()
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &Error{Kind: kindOf(err), File: file, Cause: err}
}

// kindOf turns go-tuf's errors into ours. Its errors' Is goes by type, so the
// special ones come before the general.
func kindOf(err error) error {
	switch {
	case errors.Is(err, &metadata.ErrExpiredMetadata{}):
		return ErrExpired
	case errors.Is(err, &metadata.ErrUnsignedMetadata{}):
		return ErrSignature
	case errors.Is(err, &metadata.ErrBadVersionNumber{}):
		return ErrRollback
	case errors.Is(err, &metadata.ErrLengthOrHashMismatch{}):
		return ErrMismatch
	case errors.Is(err, &metadata.ErrRepository{}):
		// What is left of these: a role vanished from the snapshot.
		return ErrRollback
	}
	return ErrMalformed
}
