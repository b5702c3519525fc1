package store

import (
	"fmt"
	"slices"

	"paperweight/eir"
)

// plan is what a Change comes to: the new values of the places it touches, and
// the counts. Making one writes nothing.
type plan struct {
	store  *Store
	change *Change
	base   *source // the state before
	words  words
	fresh  []string // reasons that are new, numbered from len(base.reasons) on
	ids    map[string]uint32
	// values are the places touched, each with its value so far.
	values map[string][]byte
	// onDisk is what stood there before, of the classes that are not in RAM.
	onDisk  map[string][]byte
	applied Applied

	place, id, entry []byte // scratch
}

func (s *Store) plan(c *Change) (*plan, error) {
	if err := validSource(c.Source); err != nil {
		return nil, err
	}
	if err := s.writable(); err != nil {
		return nil, err
	}
	base := s.view.Load().source(c.Source)
	if base == nil {
		var err error
		if base, err = s.emptySource(c.Source); err != nil {
			return nil, err
		}
	}
	p := &plan{
		store: s, change: c, base: base, words: s.words[c.Source],
		ids: map[string]uint32{}, values: map[string][]byte{},
	}
	if p.words.ids == nil {
		p.words = wordsOf(nil)
	}
	var err error
	if p.applied.State, err = c.after(base.state, false); err != nil {
		return nil, err
	}
	if err = p.readAll(); err != nil {
		return nil, s.failure.name(err)
	}
	for i := range c.Remove {
		if err := p.remove(&c.Remove[i]); err != nil {
			return nil, fmt.Errorf("remove %d of %d: %w", i+1, len(c.Remove), err)
		}
	}
	for i := range c.Put {
		if err := p.put(&c.Put[i]); err != nil {
			return nil, fmt.Errorf("put %d of %d: %w", i+1, len(c.Put), err)
		}
	}
	for i := range c.Edits {
		if err := p.edit(i); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// emptySource is a source as it is before its first change.
func (s *Store) emptySource(name string) (*source, error) {
	g, err := s.newGeneration(name)
	if err != nil {
		return nil, err
	}
	ix, err := newIndexBuilder(name).finish()
	return newSource(SourceState{Name: name}, g, nil, ix), err
}

func (p *plan) remove(t *eir.Target) error {
	if err := t.Validate(); err != nil {
		return err
	}
	value, at, end, old, err := p.locate(t)
	if err != nil {
		return err
	}
	if at == end {
		p.applied.Missing++
		return nil
	}
	p.applied.Removed++
	p.applied.State.count(old.status, old.kind, t.Width(), ^uint64(0))
	p.values[string(p.place)] = slices.Concat(value[:at], value[end:])
	return nil
}

func (p *plan) put(e *eir.Entry) error {
	if err := e.Validate(); err != nil {
		return err
	}
	reason, err := p.reason(e.Reason)
	if err != nil {
		return err
	}
	value, at, end, old, err := p.locate(&e.Target)
	if err != nil {
		return err
	}
	if at == end {
		p.applied.Added++
	} else {
		p.applied.Changed++
		p.applied.State.count(old.status, old.kind, e.Width(), ^uint64(0))
	}
	p.applied.State.count(e.Status, e.Kind, e.Width(), 1)
	p.entry = appendPayload(append(p.entry[:0], p.id...), e, reason)
	p.values[string(p.place)] = slices.Concat(value[:at], p.entry, value[end:])
	return nil
}

// locate finds a target's record in the value of its place, as it is after the
// steps before. The place and the identity stay in p.
func (p *plan) locate(t *eir.Target) (value []byte, at, end int, old record, err error) {
	p.place = appendPlace(p.place[:0], t)
	return p.locateAt(t)
}

// locateAt is locate where p.place is set.
func (p *plan) locateAt(t *eir.Target) (value []byte, at, end int, old record, err error) {
	p.id = appendIdentity(p.id[:0], t)
	value, ok := p.values[string(p.place)]
	if !ok {
		value = p.read()
	}
	at, end, old, err = locate(value, p.id)
	return value, at, end, old, p.store.failure.name(err)
}

// reason numbers a reason without a trace in the store.
func (p *plan) reason(text string) (uint32, error) {
	if id, ok := p.words.ids[text]; ok {
		return id, nil
	}
	if id, ok := p.ids[text]; ok {
		return id, nil
	}
	id := len(p.base.reasons) + len(p.fresh)
	if id >= maxReasons {
		return 0, errTooManyReasons()
	}
	p.ids[text] = uint32(id)
	p.fresh = append(p.fresh, text)
	return uint32(id), nil
}

// order returns the places in key order, so that they go into the batch and
// the index as they will stand.
func (p *plan) order() []string {
	places := make([]string, 0, len(p.values))
	for place := range p.values {
		places = append(places, place)
	}
	slices.Sort(places)
	return places
}
