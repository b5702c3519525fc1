package feed

import (
	"errors"
	"fmt"
	"strings"

	"paperweight/store/feed/format"
)

// What an error of this package is, for errors.Is; those of store/feed/trust
// and store/feed/format come through as they are.
var (
	// ErrDiverged: the list is not what the feed says it is.
	ErrDiverged = errors.New("the list has diverged from its feed")
	// ErrNoWay: what is published does not lead on from the list's state.
	ErrNoWay = errors.New("nothing published leads on from here")
	// ErrNotHeld: there is nothing to release or reject.
	ErrNotHeld = errors.New("no update is held")
	// ErrStopped: the caller ended it, at a shutdown for example, before it
	// was done. Nothing is wrong, and nothing of the file under way is in
	// force: it is fetched again.
	ErrStopped = errors.New("stopped before it was done")
	// ErrRefused: a file that was refused before stands in the way.
	ErrRefused = errors.New("a refused file stands in the way")
)

// DivergedError says that a list has diverged from its feed; it Is ErrDiverged.
type DivergedError struct {
	Source string
	// Why is what was found, without anybody's whole IMEI.
	Why error
	// Damaged says that the store can't read the list, or not all of it.
	Damaged bool
}

func (e *DivergedError) Error() string {
	then := "it goes on answering and waits for a snapshot"
	if e.Damaged {
		then = "it is fetched again"
	}
	return fmt.Sprintf("feed %s: %v: %v; %s", e.Source, ErrDiverged, e.Why, then)
}

// Unwrap gives errors.Is and errors.As the kind and the cause.
func (e *DivergedError) Unwrap() []error { return []error{ErrDiverged, e.Why} }

// TargetError is what is wrong with one file of a feed.
type TargetError struct {
	// Source is the feed's, Target the file's name in it.
	Source, Target string
	Err            error
}

func (e *TargetError) Error() string {
	return fmt.Sprintf("feed %s: %s: %v", e.Source, e.Target, e.Err)
}

// Unwrap gives the cause.
func (e *TargetError) Unwrap() error { return e.Err }

// HoldError says that an update is held, and that this can't be written down: it
// is forgotten with the process, and then found again. It Is store.ErrDiskFull
// where that is why.
type HoldError struct {
	// Source is the feed's, Target the update's name in it.
	Source, Target string
	// Why is what the Guard found.
	Why []Finding
	Err error
}

func (e *HoldError) Error() string {
	var why []string
	for _, f := range e.Why {
		why = append(why, f.Message)
	}
	return fmt.Sprintf("feed %s: %s is held (%s), and can't be kept: %v", e.Source, e.Target, strings.Join(why, "; "), e.Err)
}

// Unwrap gives the cause.
func (e *HoldError) Unwrap() error { return e.Err }

// OtherHeldError says that the update which is held is not the one that was to
// be released or rejected. Nothing was done.
type OtherHeldError struct {
	Source string
	// Asked is how the hash of the update was to begin, Held its hash.
	Asked string
	Held  format.Hash
}

func (e *OtherHeldError) Error() string {
	if len(e.Asked) < leastDigits {
		return fmt.Sprintf("feed %s: %q names no update: give %d digits of its sha256 or more; the one held is %s", e.Source, e.Asked, leastDigits, e.Held)
	}
	return fmt.Sprintf("feed %s: the update held is %s, not %s: look at it first", e.Source, e.Held, e.Asked)
}
