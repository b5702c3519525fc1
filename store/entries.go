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
		for e, err := range s.Listed(source) {
			if e.Malformed == "" && !yield(e.Entry, err) {
				return
			}
		}
	}
}

// Listed returns all that a source lists, as Entries does, and the malformed
// identities by their octets between equipment and ranges: this is the order
// in which ReplaceSorted takes a list.
func (s *Store) Listed(source string) iter.Seq2[Listed, error] {
	return s.listed(source, classEquipment, classWord)
}

// EntriesMalformed returns what a source says of malformed identities.
func (s *Store) EntriesMalformed(source string) iter.Seq2[Listed, error] {
	return s.listed(source, classMalformed, classMalformed+1)
}

// listed returns what stands in the classes from first up to end.
func (s *Store) listed(source string, first, end byte) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		it, src, err := s.openEntries(source, first, end)
		if it == nil {
			if err != nil {
				yield(Listed{}, err)
			}
			return
		}
		on, err := src.yieldEntries(it, yield)
		if e := it.Close(); err == nil {
			err = e
		}
		if on && err != nil {
			yield(Listed{}, s.failure.name(err))
		}
	}
}

// openEntries returns an iterator, which holds what it reads however the store
// goes on, so the view need not stay pinned. It is nil for no such source.
func (s *Store) openEntries(name string, first, end byte) (*pebble.Iterator, *source, error) {
	v := s.pinned()
	if v == nil {
		return nil, nil, s.closedError()
	}
	defer v.unpin()
	src := v.source(name)
	if src == nil {
		return nil, nil, nil
	}
	it, err := v.snapshot.NewIter(&pebble.IterOptions{
		LowerBound: append(slices.Clone(src.prefix), first),
		UpperBound: append(slices.Clone(src.prefix), end),
	})
	if err != nil {
		return nil, nil, s.failure.name(err)
	}
	return it, src, nil
}

// yieldEntries returns false where the reader has left.
func (src *source) yieldEntries(it *pebble.Iterator, yield func(Listed, error) bool) (on bool, err error) {
	for ok := it.First(); ok; ok = it.Next() {
		place := it.Key()[prefixLen:]
		class, at, err := parsePlace(place)
		if err != nil {
			return true, err
		}
		var malformed string
		if class == classMalformed {
			malformed = string(place[1:])
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
			if !yield(Listed{r.entry(class, at, reason, true), malformed}, nil) {
				return false, nil
			}
		}
	}
	return true, nil
}
