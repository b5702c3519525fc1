package store

import (
	"iter"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"paperweight/eir"
)

// Entries returns the entries of a source: equipment by IMEI, then ranges by
// their ends, then subscribers by IMSI. All are of one state of the source,
// however long the reading takes; an error ends it. A source that is not there
// has none.
func (s *Store) Entries(source string) iter.Seq2[eir.Entry, error] {
	return func(yield func(eir.Entry, error) bool) {
		it, src, err := s.openEntries(source)
		if it == nil {
			if err != nil {
				yield(eir.Entry{}, err)
			}
			return
		}
		on, err := src.yieldEntries(it, yield)
		if e := it.Close(); err == nil {
			err = e
		}
		if on && err != nil {
			yield(eir.Entry{}, s.failure.name(err))
		}
	}
}

// openEntries returns an iterator, which holds what it reads however the store
// goes on, so the view need not stay pinned. It is nil for no such source.
func (s *Store) openEntries(name string) (*pebble.Iterator, *source, error) {
	for {
		v := s.view.Load()
		if v == nil {
			return nil, nil, s.closedError()
		}
		src := v.source(name)
		if src == nil {
			return nil, nil, nil
		}
		if !v.pin() {
			continue
		}
		upper := append(slices.Clone(src.prefix), classWord)
		it, err := v.snapshot.NewIter(&pebble.IterOptions{LowerBound: src.prefix, UpperBound: upper})
		v.unpin()
		if err != nil {
			return nil, nil, s.failure.name(err)
		}
		return it, src, nil
	}
}

// yieldEntries returns false where the reader has left.
func (src *source) yieldEntries(it *pebble.Iterator, yield func(eir.Entry, error) bool) (on bool, err error) {
	for ok := it.First(); ok; ok = it.Next() {
		class, at, err := parsePlace(it.Key()[prefixLen:])
		if err != nil {
			return true, err
		}
		value, err := it.ValueAndErr()
		if err != nil {
			return true, err
		}
		for len(value) > 0 {
			var r record
			if value, err = r.decode(value); err != nil {
				return true, err
			}
			reason, err := src.reason(&r)
			if err != nil {
				return true, err
			}
			if !yield(r.entry(class, at, reason, true), nil) {
				return false, nil
			}
		}
	}
	return true, nil
}
