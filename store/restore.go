package store

import (
	"bytes"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// restoreKept writes again what the tables lost of what was kept, and takes the
// numbers of changes up to what was acknowledged.
func (s *Store) restoreKept(acked *acknowledged) error {
	for name, a := range acked.sources {
		if s.changes[name] >= a.changes {
			continue
		}
		s.changes[name] = a.changes
		if a.kept == nil || bytes.Equal(s.kept[name], a.kept) {
			continue
		}
		if err := s.db.Set(attachKey(name, StateBlob), a.kept, pebble.Sync); err != nil {
			return err
		}
		s.kept[name] = a.kept
	}
	return nil
}

// restoreOwn brings the operator's own entries back from their second copy, where
// they are lost and the copy is whole. Where that fails they stay lost.
func (s *Store) restoreOwn() {
	src := s.view.Load().source(Operator)
	if src == nil || src.lost == nil || !src.lost.whole {
		return
	}
	from := s.fs.PathJoin(s.dir, acknowledgedFile)
	st, err := s.replaceWith(src, src.state.Changed, func(r *Replacement) error {
		for _, e := range src.lost.own {
			if err := r.Add(&e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.failure.Errorf("store: the operator's own entries can't be restored from %s: %v", from, err)
		return
	}
	s.failure.Errorf("store: the operator's own entries were lost and are restored from %s: %d entries, sequence %d", from, st.Entries, st.Sequence)
}

// replaceWith puts a list in the place of a damaged one, under its sequence.
func (s *Store) replaceWith(src *source, at time.Time, add func(*Replacement) error) (SourceState, error) {
	r, err := s.Replace(src.Name)
	if err != nil {
		return SourceState{}, err
	}
	defer r.Abort()
	if err := add(r); err != nil {
		return SourceState{}, err
	}
	if _, err := r.Stage(); err != nil {
		return SourceState{}, err
	}
	return r.Commit(Version{Sequence: src.state.Sequence, Rebase: true, Mark: src.state.Mark, At: at})
}
