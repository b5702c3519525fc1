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

// ErrDiverged says that a list does not hold what an Edit expects of it.
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

// target is what the edit is about, zero for a malformed identity.
func (e *Edit) target() *eir.Target {
	if e.Old != nil {
		return &e.Old.Target
	}
	return &e.New.Target
}

// validate reports what is wrong with the edit itself.
func (e *Edit) validate() error {
	for _, side := range []*eir.Entry{e.Old, e.New} {
		if side == nil {
			continue
		}
		if e.Malformed == "" {
			if err := side.Validate(); err != nil {
				return err
			}
		} else if err := (&Listed{*side, e.Malformed}).validate(); err != nil {
			return err
		}
	}
	switch {
	case e.Old == nil && e.New == nil:
		return errors.New("it has neither an old nor a new entry")
	case e.Old != nil && e.New != nil && e.Old.Target != e.New.Target:
		return errors.New("its old and its new entry are of two targets")
	}
	return nil
}

// edit does the i'th Edit to the value of its place, or says what keeps it out.
func (w *planPart) edit(i int, reason uint32, value []byte) (done, error) {
	e := &w.plan.change.Edits[i]
	t := e.target()
	at, end, old, err := w.locate(t, value)
	if err != nil {
		return done{}, err
	}
	if why, err := w.plan.unlike(e.Old, at < end, &old); err != nil {
		return done{}, err
	} else if why != "" {
		subject := Listed{eir.Entry{Target: *t}, e.Malformed}
		return done{}, &DivergedError{
			Source: w.plan.change.Source, Target: subject.String(), Edit: i + 1, Of: len(w.plan.change.Edits), Why: why,
		}
	}
	w.entry = w.entry[:0]
	if e.New != nil {
		w.entry = appendPayload(append(w.entry, w.id...), e.New, reason)
		w.applied.State.count(e.New.Status, e.New.Kind, t.Width(), 1)
		w.reasons.add(reason, 1)
	}
	if e.Old != nil {
		w.applied.State.count(old.status, old.kind, t.Width(), ^uint64(0))
		w.reasons.add(old.reason, -1)
	}
	switch {
	case e.Old == nil:
		w.applied.Added++
	case e.New == nil:
		w.applied.Removed++
	default:
		w.applied.Changed++
	}
	return w.splice(value, at, end, w.entry), nil
}

// unlike says in what a record that was found, or was not, is not what an edit
// expects; nothing where it is.
func (p *plan) unlike(want *eir.Entry, found bool, r *record) (why string, err error) {
	switch {
	case want == nil && found:
		return "it is listed, and should not be", nil
	case want == nil:
		return "", nil
	case !found:
		return "it is not listed, and should be", nil
	}
	// A step before may have put a reason that is new.
	reason, err := r.reasonOf(p.reasons.texts)
	if err != nil {
		return "", err
	}
	switch {
	case r.status != want.Status:
		return fmt.Sprintf("it is listed as %s, not as %s", r.status, want.Status), nil
	case reason != want.Reason:
		return "it is listed for another reason", nil
	case r.date != want.Date:
		return "it is listed with another date", nil
	case r.until != want.Until:
		return "it is listed with another end", nil
	case string(r.reference) != want.Reference:
		return "it is listed with another reference", nil
	}
	return "", nil
}
