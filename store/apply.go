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
// the whole change. Errors: a *SequenceError, an *Error, or what is wrong with
// an entry.
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

func (s *Store) applyPlan(p *plan) error {
	base := p.base
	batch := s.db.NewBatch()
	ranges, subscribers, equipment, err := p.write(batch)
	if err != nil {
		return s.failure.name(err)
	}
	ix := index{
		filter:      base.filter,
		ranges:      base.ranges.with(ranges),
		subscribers: base.subscribers.with(subscribers),
	}
	if base.equipment != nil {
		ix.equipment = base.equipment.with(equipment)
	} else {
		for _, e := range equipment {
			// Before the batch: a filter may say yes too early, never too late.
			ix.filter.add(eir.IMEI(e.from))
		}
	}
	next := newSource(p.applied.State, base.generation, append(base.reasons, p.fresh...), ix)
	if err := s.commit(batch, next, &p.change.Version); err != nil {
		return err
	}
	for i, text := range p.fresh {
		p.words.ids[text] = uint32(len(base.reasons) + i)
	}
	s.words[next.Name] = words{ids: p.words.ids, texts: next.reasons}
	s.refresh(next)
	return nil
}

// write puts the plan into a batch and returns its edits by class, each sorted.
func (p *plan) write(batch *pebble.Batch) (ranges, subscribers, equipment []edit, err error) {
	prefix := p.base.prefix
	for i, text := range p.fresh {
		key := appendWord(slices.Clone(prefix), uint32(len(p.base.reasons)+i))
		if err := batch.Set(key, []byte(text), nil); err != nil {
			return nil, nil, nil, err
		}
	}
	for _, place := range p.order() {
		value := p.values[place]
		key := append(slices.Clone(prefix), place...)
		if len(value) == 0 {
			err = batch.Delete(key, nil)
		} else {
			err = batch.Set(key, value, nil)
		}
		if err != nil {
			return nil, nil, nil, err
		}
		class, at, err := parsePlace([]byte(place))
		if err != nil {
			return nil, nil, nil, err
		}
		switch e := (edit{at, value}); class {
		case classMalformed:
			// None of it is in RAM.
		case classRange:
			ranges = append(ranges, e)
		case classSubscriber:
			subscribers = append(subscribers, e)
		default:
			equipment = append(equipment, e)
		}
	}
	return ranges, subscribers, equipment, nil
}
