package store

import (
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"paperweight/eir"
)

// Change puts and removes single entries of a source: the removals first, then
// the puts in their order, then the edits. A put of a Target that is listed
// replaces its entry.
type Change struct {
	Source string
	Version
	Put    []eir.Entry
	Remove []eir.Target
	// Edits say what they expect to be listed. Where it is not, the error is
	// a *DivergedError and nothing of the Change is done.
	Edits []Edit
}

// Applied is what a Change did.
type Applied struct {
	// Added counts the puts of new Targets, Changed those of listed ones.
	Added   int `json:"added"`
	Changed int `json:"changed"`
	// Removed counts the removals that took an entry away, Missing those
	// that found none.
	Removed int `json:"removed"`
	Missing int `json:"missing"`
	// State is the source's state after it.
	State SourceState `json:"state"`
}

// Apply makes a change in one synced batch together with its sequence, and
// puts it in force for every check that begins later. An invalid entry refuses
// the whole change. Errors: a *SequenceError, an *OverlapError, an *Error, or
// what is wrong with an entry.
func (s *Store) Apply(c Change) (Applied, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.plan(&c)
	if err != nil {
		return Applied{}, err
	}
	if err := s.applyPlan(p); err != nil {
		return Applied{}, err
	}
	return p.applied, nil
}

// Preview returns what Apply would do, and does not do it.
func (s *Store) Preview(c Change) (Applied, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.plan(&c)
	if err != nil {
		return Applied{}, err
	}
	return p.applied, nil
}

// plus adds what a part of a Change did: its counts, and those of its State.
func (a *Applied) plus(part *Applied) {
	a.Added += part.Added
	a.Changed += part.Changed
	a.Removed += part.Removed
	a.Missing += part.Missing
	a.State.plus(&part.State)
}

func (s *Store) applyPlan(p *plan) error {
	base := p.base
	batch := s.db.NewBatchWithSize(p.octets())
	edits, err := p.write(batch)
	if err != nil {
		return s.failure.name(err)
	}
	ix := index{
		filter:      base.filter,
		ranges:      base.ranges.with(edits.ranges),
		subscribers: base.subscribers.with(edits.subscribers),
	}
	if base.equipment != nil {
		ix.equipment = base.equipment.with(edits.equipment)
	}
	if h, some := hull(edits.ranges); some {
		if err := ix.ranges.overlap(base.Name, h); err != nil {
			return err
		}
	}
	next := newSource(p.applied.State, base.generation, p.reasons.texts, base.digest+edits.digest, ix)
	next.damage = base.damage
	if err := s.commit(batch, next, &p.change.Version, false, p.change.ownChanges()); err != nil {
		return err
	}
	s.reasons[next.Name] = p.reasons.keep()
	s.refresh()
	return nil
}

// indexEdits are the changes to what is in RAM, by class and sorted, and what
// they add to the digest.
type indexEdits struct {
	ranges, subscribers, equipment []edit
	digest                         digest
}

// octets is about how long the batch will be.
func (p *plan) octets() int {
	n := 4 << 10
	for _, part := range p.parts {
		n += len(part.values) + len(part.results)*(prefixLen+1+12+4)
	}
	return n
}

// write puts the plan into a batch, lets the filter know what is new, and
// returns the edits of the rest that is in RAM.
func (p *plan) write(batch *pebble.Batch) (e indexEdits, err error) {
	key := slices.Clone(p.base.prefix)
	set := func(key, value []byte) error {
		if len(value) == 0 {
			return batch.Delete(key, nil)
		}
		return batch.Set(key, value, nil)
	}
	if e.digest, err = p.reasons.write(p.base.prefix, set); err != nil {
		return e, err
	}
	for _, part := range p.parts {
		e.digest += part.digest
		start := 0
		for i := range part.results {
			r := &part.results[i]
			value := part.values[start:r.end]
			start = r.end
			key = append(key[:prefixLen], r.place...)
			if err = set(key, value); err == nil {
				err = p.index(&e, r, value)
			}
			if err != nil {
				return e, err
			}
		}
	}
	return e, nil
}

// index takes note of what a result changes in RAM.
func (p *plan) index(e *indexEdits, r *result, value []byte) error {
	class, at, err := parsePlace(r.place)
	switch {
	case err != nil:
		return err
	case class == classMalformed:
		// None of it is in RAM.
	case class == classRange:
		e.ranges = append(e.ranges, edit{at, value})
	case class == classSubscriber:
		e.subscribers = append(e.subscribers, edit{at, value})
	case p.base.equipment != nil:
		e.equipment = append(e.equipment, edit{at, value})
	case r.fresh:
		// Before the batch: a filter may say yes too early, never too late.
		p.base.filter.add(eir.IMEI(at.from))
	}
	return nil
}
