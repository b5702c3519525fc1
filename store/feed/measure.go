package feed

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"paperweight/eir"
	"paperweight/store/feed/format"
)

const (
	topParts      = 20
	sampled       = 32
	sampledGuards = 8
	// maxParts bounds the memory of a measure: what else comes is counted
	// in the totals alone.
	maxParts = 1 << 17
)

// measure takes a Difference, change by change.
type measure struct {
	Difference
	guard         *Guard
	now           int64
	ranges        iter.Seq2[eir.Entry, error]
	barred        *barred // of ranges, once it was needed
	tacs          map[eir.TAC]*Part
	reasons       map[string]*Part
	guarded, some []Sample
	changes       uint64
	stride        uint64
	// kept counts the entries of a whole list as they come, keptProtected those
	// that reach into what is protected.
	kept, keptProtected uint64
}

// newMeasure begins to measure an update of a list of so many entries; ranges
// are those in force before it.
func newMeasure(g *Guard, now time.Time, before uint64, first bool, ranges iter.Seq2[eir.Entry, error]) *measure {
	return &measure{
		Difference: Difference{First: first, Before: before, After: before},
		guard:      g, now: now.Unix(), ranges: ranges,
		tacs: map[eir.TAC]*Part{}, reasons: map[string]*Part{}, stride: 1,
	}
}

// add takes the next change; the error is that of reading the ranges.
func (m *measure) add(c *format.Change) error {
	key := c.Key()
	if m.guard.protects(&key.Target) {
		m.Protected++
		if len(m.guarded) < sampledGuards && !m.Unread {
			m.guarded = append(m.guarded, sampleOf(c))
		}
	}
	if c.Op == format.Added {
		m.After++
	} else if c.Op == format.Removed {
		m.After--
	}
	if m.First || m.Unread {
		return nil
	}
	switch c.Op {
	case format.Added:
		m.Added++
		if k := key.Kind; k == eir.ByTAC || k == eir.Range || k == eir.RangePair || k == eir.BySubscriber {
			m.Ranges++
		}
	case format.Changed:
		m.Changed++
	case format.Removed:
		m.Removed++
	}
	if m.changes%m.stride == 0 {
		m.sample(c)
	}
	m.changes++
	return m.weigh(c)
}

// keep counts an entry of a whole list, whether it is new or not.
func (m *measure) keep(e *format.Entry) {
	m.kept++
	if m.guard.protects(&e.Target) {
		m.keptProtected++
	}
}

// leave gives up the comparison with a list that can't be read. What is left of
// it is how many entries each has, and what of the new one is protected.
func (m *measure) leave() {
	m.Difference = Difference{First: m.First, Unread: true, Before: m.Before, After: m.kept, Protected: m.keptProtected}
	m.guarded, m.some = nil, nil
	clear(m.tacs)
	clear(m.reasons)
}

// sample keeps every stride-th change; a full sample is thinned out.
func (m *measure) sample(c *format.Change) {
	if len(m.some) == sampled {
		for i := range sampled / 2 {
			m.some[i] = m.some[2*i]
		}
		m.some, m.stride = m.some[:sampled/2], 2*m.stride
		if m.changes%m.stride != 0 {
			return
		}
	}
	m.some = append(m.some, sampleOf(c))
}

func sampleOf(c *format.Change) Sample {
	key := c.Key()
	s := Sample{Target: key.Malformed, Reason: key.Reason}
	if c.Op != format.Added {
		s.Old = spoken(&c.Old)
	}
	if c.Op != format.Removed {
		s.New = spoken(&c.New)
	}
	if s.Target == "" {
		s.Target = key.Target.String()
	}
	return s
}

func (m *measure) weigh(c *format.Change) error {
	key := c.Key()
	if key.Malformed != "" {
		return nil
	}
	var old, new word
	var err error
	if c.Op != format.Added {
		if old, err = m.wordOf(&c.Old); err != nil {
			return err
		}
	}
	if c.Op != format.Removed {
		if new, err = m.wordOf(&c.New); err != nil {
			return err
		}
	}
	turn := old.turn(new)
	if turn == 0 {
		return nil
	}
	t := Tally{1, key.Width() + 1}
	m.count(&m.Blocked, &m.Freed, turn > 0, t)
	if key.Kind != eir.BySubscriber {
		if p := partOf(m.tacs, key.From.TAC()); p != nil {
			m.count(&p.Blocked, &p.Freed, turn > 0, t)
		}
	}
	if p := partOf(m.reasons, key.Reason); p != nil {
		m.count(&p.Blocked, &p.Freed, turn > 0, t)
	}
	return nil
}

func (m *measure) count(blocked, freed *Tally, up bool, t Tally) {
	if !up {
		blocked = freed
	}
	*blocked = blocked.plus(t)
}

func partOf[K comparable](parts map[K]*Part, key K) *Part {
	p := parts[key]
	if p == nil && len(parts) < maxParts {
		p = &Part{}
		parts[key] = p
	}
	return p
}

// result ends the measuring.
func (m *measure) result() *Difference {
	if m.Unread && !m.First {
		m.Added, m.Removed = m.After-min(m.Before, m.After), m.Before-min(m.Before, m.After)
	}
	m.TACs = top(m.tacs, eir.TAC.String)
	m.Reasons = top(m.reasons, func(s string) string { return s })
	m.Sample = slices.Clone(m.guarded)
	for _, s := range m.some {
		if !slices.Contains(m.guarded, s) {
			m.Sample = append(m.Sample, s)
		}
	}
	return &m.Difference
}

func top[K comparable](parts map[K]*Part, name func(K) string) []Part {
	all := make([]Part, 0, len(parts))
	for key, p := range parts {
		p.Name = name(key)
		all = append(all, *p)
	}
	size := func(p *Part) uint64 { return sum(p.Blocked.IMEIs, p.Freed.IMEIs) }
	slices.SortFunc(all, func(a, b Part) int {
		return cmp.Or(cmp.Compare(size(&b), size(&a)), cmp.Compare(a.Name, b.Name))
	})
	return all[:min(len(all), topParts)]
}
