package store

import (
	"fmt"

	"paperweight/eir"
)

// lost is what is known of a list that holds less than was acknowledged. While
// there is one no check is answered from any list, since what is lost of it
// could have decided. A whole list in its place, or Accept, ends it.
type lost struct {
	err error
	// why is the same without the list's name and what to do.
	why string
	// own are the operator's own entries that the file of acknowledgements has,
	// whole where it has all of them.
	own   map[eir.Target]eir.Entry
	whole bool
}

// lostSource is the source of a list that is lost: what was acknowledged of it,
// and nothing listed.
func (s *Store) lostSource(st SourceState, g generation, acked *ackSource, why error) (*source, error) {
	src, err := s.noEntries(st, g)
	if err != nil {
		return nil, err
	}
	src.lost = &lost{why: why.Error(), err: &Error{Kind: ErrShort, Path: s.dir, Cause: fmt.Errorf("%s: %w", listName(&st), why), Remedy: remedyShort(st.Name)}}
	src.lost.own, src.lost.whole = acked.own, acked.whole
	if acked.list != nil {
		src.digest = acked.list.Digest // for the next file of acknowledgements
	}
	s.tellDamage(st, src.lost.err)
	return src, nil
}

func remedyShort(name string) string {
	const accept = "; `paperweight list accept %s` goes on with what is left of it"
	if name == Operator {
		return fmt.Sprintf("Checks are answered by policy.store_failure until it is whole. `paperweight list import FILE --replace` brings it back from an export"+accept+".", name)
	}
	return fmt.Sprintf("Checks are answered by policy.store_failure until it is whole. A feed fetches it again by itself; of an import, import the whole list again"+accept+".", name)
}

// Damaged returns the states of the sources whose list is short or can't be read
// in part: their Damage says why.
func (s *Store) Damaged() (states []SourceState) {
	for _, st := range s.Sources() {
		if st.Damage != "" {
			states = append(states, st)
		}
	}
	return states
}

// Short returns why no check can be answered: an *Error that Is ErrShort, nil
// where every list is whole.
func (s *Store) Short() error {
	if v := s.view.Load(); v != nil {
		return v.short
	}
	return nil
}
