package store

import "paperweight/eir"

// index is what of a list is in RAM: a filter over the equipment, and the
// ranges and subscribers whole. It is immutable, but for IMEIs added to the
// filter.
type index struct {
	filter      filter
	ranges      *intervals
	subscribers *intervals
	// equipment is the operator's own, whole; nil for other sources.
	equipment *intervals
}

// indexBuilder makes an index from the places of a list, in key order.
type indexBuilder struct {
	index
	filters *filterBuilder
}

func newIndexBuilder(source string) *indexBuilder {
	b := &indexBuilder{filters: newFilterBuilder(0)}
	b.ranges, b.subscribers = new(intervals), new(intervals)
	if source == Operator {
		b.equipment = new(intervals)
	}
	return b
}

// add takes a place and its value, which it copies.
func (b *indexBuilder) add(place, value []byte) error {
	class, s, err := parsePlace(place)
	if err != nil {
		return err
	}
	switch {
	case class == classMalformed:
		// No query names one.
	case class == classRange:
		b.ranges.append(s, value)
	case class == classSubscriber:
		b.subscribers.append(s, value)
	case b.equipment != nil:
		b.equipment.append(s, value)
	default:
		return b.filters.add(eir.IMEI(s.from))
	}
	return nil
}

func (b *indexBuilder) finish() (index, error) {
	b.ranges.seal()
	b.subscribers.seal()
	if b.equipment != nil {
		b.equipment.seal()
	}
	var err error
	b.filter, err = b.filters.finish()
	return b.index, err
}
