package store

import (
	"errors"
	"fmt"

	"paperweight/eir"
)

// Edit is a step from one known state of an entry to the next. Old is what is
// listed, in every field; nil says that the Target is not listed. New is what
// will be; nil takes the entry away. Where both are there, they are of one
// Target.
type Edit struct {
	Old, New *eir.Entry
	// Malformed is the identity, where it is no IMEI; the Targets are zero.
	Malformed string
}

// ErrDiverged: a list does not hold what an Edit expects of it.
var ErrDiverged = errors.New("the list has diverged")

// DivergedError names the first Edit that does not meet what it expects; it Is
// ErrDiverged.
type DivergedError struct {
	Source string
	// Target is what the Edit is about, with serial numbers masked.
	Target string
	// Edit is its number, from 1; Of is how many there are.
	Edit, Of int
	// Why is what was found, in words.
	Why string
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("store: %v: source %q, edit %d of %d, %s: %s; nothing was applied",
		ErrDiverged, e.Source, e.Edit, e.Of, e.Target, e.Why)
}

// Is gives errors.Is the kind.
func (e *DivergedError) Is(target error) bool { return target == ErrDiverged }
