package store

import (
	"errors"
	"fmt"
	"slices"

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

// edit takes the i'th Edit into the plan, or says what keeps it out.
func (p *plan) edit(i int) error {
	e := &p.change.Edits[i]
	wrong := func(err error) error { return fmt.Errorf("edit %d of %d: %w", i+1, len(p.change.Edits), err) }
	subject, err := e.validate()
	if err != nil {
		return wrong(err)
	}
	if e.Malformed != "" {
		p.place = appendMalformed(p.place[:0], e.Malformed)
	} else {
		p.place = appendPlace(p.place[:0], &subject.Target)
	}
	value, at, end, old, err := p.locateAt(&subject.Target)
	if err != nil {
		return wrong(err)
	}
	if why, err := p.unlike(e.Old, at < end, &old); err != nil {
		return wrong(err)
	} else if why != "" {
		return &DivergedError{Source: p.change.Source, Target: subject.String(), Edit: i + 1, Of: len(p.change.Edits), Why: why}
	}
	p.entry = p.entry[:0]
	if e.New != nil {
		reason, err := p.reason(e.New.Reason)
		if err != nil {
			return wrong(err)
		}
		p.entry = appendPayload(append(p.entry, p.id...), e.New, reason)
		p.applied.State.count(e.New.Status, e.New.Kind, e.New.Width(), 1)
	}
	if e.Old != nil {
		p.applied.State.count(old.status, old.kind, subject.Width(), ^uint64(0))
	}
	switch {
	case e.Old == nil:
		p.applied.Added++
	case e.New == nil:
		p.applied.Removed++
	default:
		p.applied.Changed++
	}
	p.values[string(p.place)] = slices.Concat(value[:at], p.entry, value[end:])
	return nil
}

// validate returns what the edit is about.
func (e *Edit) validate() (Listed, error) {
	var subject Listed
	for _, side := range []*eir.Entry{e.Old, e.New} {
		if side == nil {
			continue
		}
		subject = Listed{*side, e.Malformed}
		if err := subject.validate(); err != nil {
			return subject, err
		}
	}
	switch {
	case e.Old == nil && e.New == nil:
		return subject, errors.New("it has neither an old nor a new entry")
	case e.Old != nil && e.New != nil && e.Old.Target != e.New.Target:
		return subject, errors.New("its old and its new entry are of two targets")
	}
	return subject, nil
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
	reason, err := p.reasonOf(r)
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

// reasonOf returns the text that a record names, one of the change included.
func (p *plan) reasonOf(r *record) (string, error) {
	if i := int(r.reason) - len(p.base.reasons); i >= 0 && i < len(p.fresh) {
		return p.fresh[i], nil
	}
	return p.base.reason(r)
}
