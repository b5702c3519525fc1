package store

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"paperweight/eir"
)

// step is one removal, put or edit of a Change.
type step struct {
	place  []byte
	prefix uint64 // of place; it settles most comparisons at once
	// number is the step's in its change: removals, then puts, then edits.
	number int
	reason uint32 // of what it puts
}

func (s step) compare(o step) int {
	if n := cmp.Compare(s.prefix, o.prefix); n != 0 {
		return n
	}
	return cmp.Or(bytes.Compare(s.place, o.place), cmp.Compare(s.number, o.number))
}

func (s *step) at(place []byte) bool { return bytes.Equal(s.place, place) }

// planPart works out some steps of a plan, in the order of their places.
type planPart struct {
	plan  *plan
	steps []step
	// results are the places that change, in order, and values what will
	// stand at them, one behind the other.
	results []result
	values  []byte
	applied Applied // of its State the counts alone, from nothing
	reasons tally
	digest  digest // what the results add to the list's

	// err is that of the step which comes first in the change; failed is its
	// number, -1 where the list could not be read.
	err    error
	failed int

	it             *pebble.Iterator // from the first read on
	key, id, entry []byte           // scratch
	value, spare   []byte           // scratch of a place
}

// result is what becomes of a place.
type result struct {
	place []byte
	// end is where its value ends in values; an empty one says that nothing
	// is left there.
	end int
	// fresh says that nothing stood there before.
	fresh bool
}

func (w *planPart) work() {
	w.failed = math.MaxInt
	w.results = make([]result, 0, len(w.steps))
	for i := 0; i < len(w.steps) && w.failed >= 0; {
		end := i + 1
		for end < len(w.steps) && w.steps[end].at(w.steps[i].place) {
			end++
		}
		w.workPlace(w.steps[i:end])
		i = end
	}
	if w.it != nil {
		if err := w.it.Close(); err != nil {
			w.fail(-1, w.plan.store.failure.name(err))
		}
	}
}

func (w *planPart) fail(number int, err error) {
	if number < w.failed {
		w.failed, w.err = number, err
	}
}

// workPlace does the steps of one place, in the order of the change.
func (w *planPart) workPlace(steps []step) {
	place := steps[0].place
	before, err := w.read(&steps[0])
	if err != nil {
		w.fail(-1, w.plan.store.failure.name(err))
		return
	}
	value, touched, was := before, false, sumOf(place, before)
	for i := range steps {
		next, err := w.do(&steps[i], value)
		if err != nil {
			w.fail(steps[i].number, err)
			return
		}
		if next.done {
			value, touched = next.value, true
		}
	}
	fresh := len(before) == 0
	if !touched || fresh && len(value) == 0 {
		return
	}
	w.digest += sumOf(place, value) - was
	w.values = append(w.values, value...)
	w.results = append(w.results, result{place, len(w.values), fresh})
}

// read returns what stands at the place of a step before the change, valid
// until the next read.
func (w *planPart) read(s *step) ([]byte, error) {
	p := w.plan
	class, at, err := parsePlace(s.place)
	switch {
	case err != nil:
		return nil, err
	case class == classRange:
		return p.base.ranges.at(at), nil
	case class == classSubscriber:
		return p.base.subscribers.at(at), nil
	case class == classEquipment && p.base.equipment != nil:
		return p.base.equipment.at(at), nil
	case class == classEquipment && !p.expects(s) && !p.base.filter.contains(eir.IMEI(at.from)):
		return nil, nil
	}
	if w.it == nil {
		w.key = slices.Clone(p.base.prefix)
		w.it, err = p.store.db.NewIter(&pebble.IterOptions{LowerBound: p.base.prefix, UpperBound: p.base.generation.end()})
		if err != nil {
			return nil, err
		}
	}
	w.key = append(w.key[:prefixLen], s.place...)
	if !w.it.SeekGE(w.key) || !bytes.Equal(w.it.Key(), w.key) {
		return nil, w.it.Error()
	}
	return w.it.ValueAndErr()
}

// expects reports whether the step is an edit of what is listed, so that the
// filter need not be asked.
func (p *plan) expects(s *step) bool {
	i := s.number - len(p.change.Remove) - len(p.change.Put)
	return i >= 0 && p.change.Edits[i].Old != nil
}
