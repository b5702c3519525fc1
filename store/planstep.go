package store

import (
	"paperweight/eir"
)

// done is what a step made of the value of its place; not done where it found
// nothing to do.
type done struct {
	value []byte
	done  bool
}

// do does a step to the value of its place.
func (w *planPart) do(s *step, value []byte) (done, error) {
	c, i := w.plan.change, s.number
	if i < len(c.Remove) {
		return w.remove(&c.Remove[i], value)
	}
	if i -= len(c.Remove); i < len(c.Put) {
		return w.put(&c.Put[i], s.reason, value)
	}
	return w.edit(i-len(c.Put), s.reason, value)
}

func (w *planPart) remove(t *eir.Target, value []byte) (done, error) {
	at, end, old, err := w.locate(t, value)
	if err != nil {
		return done{}, err
	}
	if at == end {
		w.applied.Missing++
		return done{}, nil
	}
	w.applied.Removed++
	w.applied.State.count(old.status, old.kind, t.Width(), ^uint64(0))
	w.reasons.add(old.reason, -1)
	return w.splice(value, at, end, nil), nil
}

func (w *planPart) put(e *eir.Entry, reason uint32, value []byte) (done, error) {
	at, end, old, err := w.locate(&e.Target, value)
	if err != nil {
		return done{}, err
	}
	if at == end {
		w.applied.Added++
	} else {
		w.applied.Changed++
		w.applied.State.count(old.status, old.kind, e.Width(), ^uint64(0))
		w.reasons.add(old.reason, -1)
	}
	w.applied.State.count(e.Status, e.Kind, e.Width(), 1)
	w.reasons.add(reason, 1)
	w.entry = appendPayload(append(w.entry[:0], w.id...), e, reason)
	return w.splice(value, at, end, w.entry), nil
}

// locate finds a target's record in the value of its place; the identity stays
// in w.
func (w *planPart) locate(t *eir.Target, value []byte) (at, end int, old record, err error) {
	w.id = appendIdentity(w.id[:0], t)
	at, end, old, err = locate(value, w.id)
	return at, end, old, w.plan.store.failure.name(err)
}

// splice puts an entry in the place of value[at:end]. The result lasts for one
// more splice.
func (w *planPart) splice(value []byte, at, end int, entry []byte) done {
	next := append(append(append(w.spare[:0], value[:at]...), entry...), value[end:]...)
	w.value, w.spare = next, w.value
	return done{next, true}
}
