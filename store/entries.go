package store

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"paperweight/eir"
)

// Entries returns the entries of a source: equipment by IMEI, then ranges by
// their ends, then subscribers by IMSI. All are of one state of the source,
// however long the reading takes; an error ends it, ErrClosed where the store
// is closed meanwhile. A source that is not there has none.
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
	return s.listed(source, classEquipment, classReason)
}

// EntriesMalformed returns what a source says of malformed identities.
func (s *Store) EntriesMalformed(source string) iter.Seq2[Listed, error] {
	return s.listed(source, classMalformed, classMalformed+1)
}

// Ranges returns the ranges and TACs, and the exceptions by range, of all
// sources: those of one source after those of another. A list that is short has
// none.
func (s *Store) Ranges() iter.Seq2[eir.Entry, error] {
	return func(yield func(eir.Entry, error) bool) {
		for _, src := range s.Sources() {
			for e, err := range s.listed(src.Name, classRange, classRange+1) {
				if errors.Is(err, ErrShort) {
					break // nobody knows what it lists
				}
				if !yield(e.Entry, err) {
					return
				}
			}
		}
	}
}

// listed returns what stands in the classes from first up to end.
func (s *Store) listed(source string, first, end byte) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		r, src, err := s.openEntries(source, first, end)
		if r == nil {
			if err != nil {
				yield(Listed{}, err)
			}
			return
		}
		var n uint64
		on, err := src.yieldEntries(r, func(l Listed, err error) bool {
			n++
			return yield(l, err)
		})
		// Keys can be gone without a trace.
		if whole := src.state.Entries + src.state.Malformed; on && err == nil && first == classEquipment && end == classReason && n != whole {
			err = &Error{Kind: ErrShort, Path: s.dir, Cause: fmt.Errorf("%s: %d of its entries are there", listName(&src.state), n), Remedy: remedyShort(src.Name)}
		}
		if e := s.closeEntries(r); err == nil {
			err = e
		}
		if errors.Is(err, ErrClosed) {
			err = s.closedError()
		}
		if on && err != nil {
			yield(Listed{}, s.failure.name(err))
		}
	}
}

// entriesReader is one reading of Entries. Its iterator holds what it reads
// however the store goes on, so the view need not stay pinned and no writer
// waits for a slow reader. Pebble panics where it is closed under an open
// iterator, so Close takes the iterator away, between two places.
type entriesReader struct {
	mu    sync.Mutex       // guards both
	it    *pebble.Iterator // nil once closed
	begun bool
}

// openEntries reads the classes from first up to end; nil for no such source.
func (s *Store) openEntries(name string, first, end byte) (*entriesReader, *source, error) {
	v := s.pinned()
	if v == nil {
		return nil, nil, s.closedError()
	}
	// Close waits for the pin, so it finds the reader.
	defer v.unpin()
	src := v.source(name)
	switch {
	case src == nil:
		return nil, nil, nil
	case src.lost != nil:
		return nil, nil, src.lost.err
	}
	it, err := v.snapshot.NewIter(&pebble.IterOptions{
		LowerBound: append(slices.Clone(src.prefix), first),
		UpperBound: append(slices.Clone(src.prefix), end),
	})
	if err != nil {
		return nil, nil, s.failure.name(err)
	}
	r := &entriesReader{it: it}
	s.entriesReaders.Store(r, nil)
	return r, src, nil
}

func (s *Store) closeEntries(r *entriesReader) error {
	s.entriesReaders.Delete(r)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.it == nil {
		return nil
	}
	it := r.it
	r.it = nil
	return it.Close()
}

// next copies the next place and its value into the memory of its arguments; a
// nil place is the end.
func (r *entriesReader) next(place, value []byte) (_, _ []byte, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.it == nil {
		return nil, nil, ErrClosed
	}
	step := r.it.Next
	if !r.begun {
		step, r.begun = r.it.First, true
	}
	if !step() {
		return nil, nil, r.it.Error()
	}
	v, err := r.it.ValueAndErr()
	return append(place[:0], r.it.Key()[prefixLen:]...), append(value[:0], v...), err
}

// yieldEntries returns false where the reader has left.
func (s *source) yieldEntries(r *entriesReader, yield func(Listed, error) bool) (on bool, err error) {
	var place, value []byte
	for {
		if place, value, err = r.next(place, value); err != nil || place == nil {
			return true, err
		}
		err := eachListed(place, value, s.reasonOf, func(l Listed) error {
			if !yield(l, nil) {
				return errLeft
			}
			return nil
		})
		switch {
		case err == errLeft:
			return false, nil
		case err != nil:
			return true, err
		}
	}
}

func (s *source) reasonOf(r *record) (string, error) { return r.reasonOf(s.reasons) }

// errLeft says that a reader has left.
var errLeft = errors.New("the reader has left")

// eachListed hands over what stands at a place, until an error.
func eachListed(place, value []byte, reasonOf func(*record) (string, error), each func(Listed) error) error {
	class, at, err := parsePlace(place)
	if err != nil {
		return err
	}
	var malformed string
	if class == classMalformed {
		malformed = string(place[1:])
	}
	for rest := value; len(rest) > 0; {
		var rec record
		if rest, err = rec.decode(rest); err != nil {
			return err
		}
		reason, err := reasonOf(&rec)
		if err != nil {
			return err
		}
		if err := each(Listed{rec.entry(class, at, reason, true), malformed}); err != nil {
			return err
		}
	}
	return nil
}
