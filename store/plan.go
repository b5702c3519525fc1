package store

import (
	"fmt"
	"slices"
	"sync"

	"paperweight/eir"
)

// plan is what a Change comes to: what will stand at the places it touches,
// and the counts. Making one writes nothing.
//
// The steps are brought into the order of their places and worked out place by
// place, so that each block of a table is read once; of 50,000 changes to 10
// million entries that is nearly all the work.
type plan struct {
	store   *Store
	change  *Change
	base    *source // the state before
	reasons *reasonChange
	steps   []step
	room    []byte // of the steps' places
	parts   []*planPart
	applied Applied
}

// parallelSteps is how many steps one goroutine works out before a second one
// pays.
const parallelSteps = 4096

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
	if base.lost != nil {
		return nil, base.lost.err
	}
	reasons := s.reasons[c.Source]
	if reasons == nil {
		reasons = newReasonTable()
	}
	p := &plan{store: s, change: c, base: base, reasons: reasons.change(s.maxReasons)}
	var err error
	if p.applied.State, err = c.after(base.state, false); err != nil {
		return nil, err
	}
	// What is wrong with the change itself is told before the list is read.
	if err := p.take(); err != nil {
		return nil, err
	}
	if err := p.work(); err != nil {
		return nil, err
	}
	return p, nil
}

// emptySource is a source as it is before its first change.
func (s *Store) emptySource(name string) (*source, error) {
	g, err := s.newGeneration(name)
	if err != nil {
		return nil, err
	}
	return s.noEntries(SourceState{Name: name}, g)
}

// take checks the steps of the change, numbers their reasons and puts them in
// order.
func (p *plan) take() error {
	c := p.change
	n := len(c.Remove) + len(c.Put) + len(c.Edits)
	p.steps, p.room = make([]step, 0, n), make([]byte, 0, n*(1+6))
	for i := range c.Remove {
		t := &c.Remove[i]
		if err := t.Validate(); err != nil {
			return fmt.Errorf("remove %d of %d: %w", i+1, len(c.Remove), err)
		}
		p.add(t, "", 0)
	}
	for i := range c.Put {
		e := &c.Put[i]
		if err := e.Validate(); err != nil {
			return fmt.Errorf("put %d of %d: %w", i+1, len(c.Put), err)
		}
		p.add(&e.Target, "", p.reasons.number(e.Reason))
	}
	for i := range c.Edits {
		e := &c.Edits[i]
		if err := e.validate(); err != nil {
			return fmt.Errorf("edit %d of %d: %w", i+1, len(c.Edits), err)
		}
		var reason uint32
		if e.New != nil {
			reason = p.reasons.number(e.New.Reason)
		}
		p.add(e.target(), e.Malformed, reason)
	}
	// Those of a feed come in order.
	if !slices.IsSortedFunc(p.steps, step.compare) {
		slices.SortFunc(p.steps, step.compare)
	}
	return nil
}

// add takes the next step.
func (p *plan) add(t *eir.Target, malformed string, reason uint32) {
	off := len(p.room)
	if malformed != "" {
		p.room = appendMalformed(p.room, malformed)
	} else {
		p.room = appendPlace(p.room, t)
	}
	place := p.room[off:len(p.room):len(p.room)]
	p.steps = append(p.steps, step{place, prefixOf(place), len(p.steps), reason})
}

// work works the steps out, on two cores where they are many.
func (p *plan) work() error {
	n := len(p.steps)
	if n >= parallelSteps {
		n /= 2
		// What happens at one place is not divided.
		for n < len(p.steps) && p.steps[n].at(p.steps[n-1].place) {
			n++
		}
	}
	first := &planPart{plan: p, steps: p.steps[:n], reasons: tally{}}
	second := &planPart{plan: p, steps: p.steps[n:], reasons: tally{}}
	p.parts = []*planPart{first, second}
	if len(second.steps) == 0 {
		first.work()
	} else {
		var wg sync.WaitGroup
		wg.Go(first.work)
		second.work()
		wg.Wait()
	}
	// Of two that fail the change as it came says which was the first.
	if first.err != nil && (second.err == nil || first.failed < second.failed) {
		return first.err
	}
	for _, part := range p.parts {
		p.applied.plus(&part.applied)
		for id, n := range part.reasons {
			p.reasons.uses[id] += n
		}
	}
	return second.err
}
