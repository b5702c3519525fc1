package store

import (
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// readable hands over what of a generation can be read: from its beginning up to
// a block that can't, and from its end down to one. Between two such blocks
// nothing is looked for. It returns why it is not all.
func readable(from pebble.Reader, g generation, format uint64, each func(Listed) error) (missing, err error) {
	reasons, missing := readableReasons(from, g, format)
	reasonOf := func(r *record) (string, error) {
		text, err := r.reasonOf(reasons)
		if err != nil && missing != nil {
			return lostReason, nil
		}
		return text, err
	}
	take := func(key, value []byte) error { return eachListed(key[prefixLen:], value, reasonOf, each) }
	forward, why, err := walk(from, g.prefix(), reasonsFrom(g), (*pebble.Iterator).First, (*pebble.Iterator).Next, take)
	if err != nil || why == nil {
		return missing, err
	}
	lower := g.prefix()
	if forward != nil {
		lower = append(forward, 0)
	}
	_, _, err = walk(from, lower, reasonsFrom(g), (*pebble.Iterator).Last, (*pebble.Iterator).Prev, take)
	return why, err
}

// reasonsFrom is where the places of a generation end and its reasons begin.
func reasonsFrom(g generation) []byte { return append(g.prefix(), classReason) }

// walk reads keys in a direction until the end, or until one can't be read, which
// is why; last is the last that could. An error is that of each.
func walk(from pebble.Reader, lower, upper []byte, first, next func(*pebble.Iterator) bool, each func(key, value []byte) error) (last []byte, why, err error) {
	it, err := from.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, err, nil
	}
	defer it.Close() // its errors were met on the way
	for ok := first(it); ok; ok = next(it) {
		value, err := it.ValueAndErr()
		if err != nil {
			return last, err, nil
		}
		if err := each(it.Key(), value); isCorrupt(err) {
			return last, err, nil
		} else if err != nil {
			return last, nil, err
		}
		last = append(last[:0], it.Key()...)
	}
	return last, it.Error(), nil
}

// lostReason stands where the text of a reason can't be read.
const lostReason = "the reason was lost"

// readableReasons reads the reasons of a generation; those that can't be read say
// so themselves.
func readableReasons(from pebble.Reader, g generation, format uint64) (reasons []string, missing error) {
	take := func(key, value []byte) error {
		if format == 1 {
			value = appendReason(nil, 1, string(value)) // it was the text alone
		}
		id, _, text, err := parseReason(key[prefixLen:], value)
		if err != nil {
			return err
		}
		for len(reasons) <= int(id) {
			reasons = append(reasons, lostReason)
		}
		reasons[id] = text
		return nil
	}
	lower := reasonsFrom(g)
	last, missing, _ := walk(from, lower, g.end(), (*pebble.Iterator).First, (*pebble.Iterator).Next, take)
	if missing != nil {
		if last != nil {
			lower = append(slices.Clone(last), 0)
		}
		_, _, _ = walk(from, lower, g.end(), (*pebble.Iterator).Last, (*pebble.Iterator).Prev, take)
	}
	return reasons, missing
}
