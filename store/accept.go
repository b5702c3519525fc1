package store

import (
	"fmt"
	"time"

	"paperweight/eir"
)

// Accept takes what can still be read of a list that is short, or damaged, for
// all of it: an operator's word that there is no better. Its sequence stays; now
// is the time of the change. It returns what was accepted. Where nothing can be
// read the error Is ErrNothingLeft, unless empty says that the list is to be empty.
func (s *Store) Accept(name string, empty bool, now time.Time) (SourceState, error) {
	v := s.view.Load()
	if v == nil {
		return SourceState{}, s.closedError()
	}
	src := v.source(name)
	switch {
	case src == nil:
		return SourceState{}, fmt.Errorf("store: there is no list %q", name)
	case src.status().Damage == "":
		return SourceState{}, fmt.Errorf("store: the list of %q is whole: there is nothing to accept", name)
	}
	return s.replaceWith(src, now, func(r *Replacement) error {
		if err := s.addReadable(r, src); err != nil {
			return err
		}
		if r.added == 0 && src.state.Entries+src.state.Malformed > 0 && !empty {
			return fmt.Errorf("store: %s: %w", listName(&src.state), ErrNothingLeft)
		}
		return nil
	})
}

// addReadable adds what can be read of a list: the tables', and over it what RAM or
// the file of acknowledgements has of the operator's own.
func (s *Store) addReadable(r *Replacement, src *source) error {
	v := s.pinned()
	if v == nil {
		return s.closedError()
	}
	defer v.unpin() // before the Commit, which waits for the readers of a view
	g, err := s.generationOf(src)
	if err != nil {
		return err
	}
	// In RAM the operator's own are whole, in the file they may be.
	own := map[eir.Target]eir.Entry{}
	_, _, changes := src.own()
	for i := range changes {
		e, _ := changes[i].entry()
		own[e.Target] = e
	}
	// Why it is not all is known already.
	_, err = readable(v.snapshot, g, formatVersion, func(l Listed) error {
		if _, newer := own[l.Target]; newer && l.Malformed == "" {
			return nil
		}
		if l.Malformed != "" {
			return r.AddMalformed(l.Malformed, &l.Entry)
		}
		return r.Add(&l.Entry)
	})
	for _, e := range own {
		if err == nil {
			err = r.Add(&e)
		}
	}
	return err
}

// generationOf is the list of a source in the tables, which may be an older one
// than was acknowledged.
func (s *Store) generationOf(src *source) (generation, error) {
	records, err := s.sourceRecords()
	for _, r := range records {
		if r.State.Name == src.Name {
			return generation{r.ID, r.Generation}, nil
		}
	}
	return src.generation, err
}
