package store

import (
	"errors"
	"fmt"
	"time"
)

// Accept takes what can still be read of a list that is short, or damaged, for
// all of it: an operator's word that there is no better. Its sequence stays. It
// returns what was accepted.
func (s *Store) Accept(name string, now time.Time) (SourceState, error) {
	v := s.pinned()
	if v == nil {
		return SourceState{}, s.closedError()
	}
	defer v.unpin()
	src := v.source(name)
	switch {
	case src == nil:
		return SourceState{}, fmt.Errorf("store: there is no list %q", name)
	case src.status().Damage == "":
		return SourceState{}, fmt.Errorf("store: the list of %q is whole: there is nothing to accept", name)
	}
	r, err := s.Replace(name)
	if err != nil {
		return SourceState{}, err
	}
	defer r.Abort()
	if src.lost != nil {
		for _, e := range src.lost.own {
			if err := r.Add(&e); err != nil {
				return SourceState{}, err
			}
		}
	}
	g, err := s.generationOf(name, src)
	if err != nil {
		return SourceState{}, err
	}
	// Why it is not all is known already.
	_, err = readable(v.snapshot, g, func(l Listed) error {
		if l.Malformed != "" {
			return r.AddMalformed(l.Malformed, &l.Entry)
		}
		if src.lost != nil {
			if _, newer := src.lost.own[l.Target]; newer {
				return nil
			}
		}
		return r.Add(&l.Entry)
	})
	if err != nil {
		return SourceState{}, err
	}
	if _, err := r.Stage(); err != nil {
		return SourceState{}, err
	}
	return r.Commit(Version{Sequence: src.state.Sequence, Rebase: true, Mark: src.state.Mark, At: now})
}

// generationOf is the list of a source in the tables, which may be an older one
// than was acknowledged.
func (s *Store) generationOf(name string, src *source) (generation, error) {
	records, err := s.sourceRecords()
	if err != nil && !errors.Is(err, errRecord) {
		return generation{}, err
	}
	for _, r := range records {
		if r.State.Name == name {
			return generation{r.ID, r.Generation}, nil
		}
	}
	return src.generation, nil
}
