package store

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// examine reads a source and holds it against what was acknowledged of it; nil
// where it has no list. r is its record in the tables, or nil. There are four
// cases:
//
//   - the tables are where the file is, or before it (a crash came between the
//     change and its acknowledgement), and hold what their record says: whole;
//   - they are behind the file: changes are lost;
//   - they hold another list than their record says, or can't be read: lost;
//   - there is no file to hold them against: whatever is there may be less than
//     there was.
//
// A list that was short stays so until a whole one takes its place, or the very
// one that was acknowledged is there again.
func (s *Store) examine(from pebble.Reader, name string, r *sourceRecord, acked *acknowledged) (*source, error) {
	a := acked.sources[name]
	if a == nil {
		a = &ackSource{}
	}
	if r == nil && a.list == nil {
		return nil, nil // it has attachments alone
	}
	st, g := stateOf(r, a)
	why := behind(r, a)
	if why == nil && acked.missing {
		why = fmt.Errorf("%s is missing, so it can't be held against what was acknowledged", s.fs.PathJoin(s.dir, acknowledgedFile))
	}
	if why == nil {
		src, err := s.loadSource(from, *r)
		switch {
		case err == nil && src.digest == r.Digest:
			return src, nil
		case err == nil:
			why = fmt.Errorf("what is there is not what was written (digest %x, not %x)", src.digest, r.Digest)
		case isCorrupt(err):
			why = s.whyCorrupt(err)
		default:
			return nil, fmt.Errorf("%s: %w", listName(&st), err)
		}
	}
	if a.list != nil && st.Sequence == a.list.State.Sequence && st.Entries+st.Malformed == 0 {
		// Nothing of an empty list can be lost.
		return s.noEntries(st, g)
	}
	return s.lostSource(st, g, a, why)
}

// whyCorrupt names the file, and leaves out what to do: that a list is short says
// so itself.
func (s *Store) whyCorrupt(err error) error {
	if e := (*Error)(nil); errors.As(s.failure.name(err), &e) {
		return fmt.Errorf("%s: %w: %w", e.Path, e.Kind, e.Cause)
	}
	return err
}

// noEntries is a list without entries.
func (s *Store) noEntries(st SourceState, g generation) (*source, error) {
	ix, err := newIndexBuilder(st.Name).finish()
	return newSource(st, g, nil, 0, ix), err
}

// stateOf is the newest state that is known of a list.
func stateOf(r *sourceRecord, a *ackSource) (SourceState, generation) {
	if a.list != nil && (r == nil || a.list.State.Sequence >= r.State.Sequence) {
		return a.list.State, generation{a.list.ID, a.list.Generation}
	}
	return r.State, generation{r.ID, r.Generation}
}

// behind says how a list is behind what was acknowledged, nil where it is not.
// The number of changes alone may be behind: then only what was attached is.
func behind(r *sourceRecord, a *ackSource) error {
	l := a.list
	switch {
	case l == nil:
		return nil
	case r != nil && r.Generation == l.Generation && r.State.Sequence == l.State.Sequence && r.Digest == l.Digest:
		return nil // also where it was lost: somebody brought it back
	case l.Lost != "" && (r == nil || r.Generation <= l.Generation):
		return errors.New(l.Lost)
	case r == nil:
		return errors.New("nothing of it is left")
	case r.changes >= a.changes:
		return nil
	}
	return fmt.Errorf("it is at sequence %d, and %d was acknowledged", r.State.Sequence, l.State.Sequence)
}
