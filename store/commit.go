package store

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// maxSource bounds a source's name, which is part of a key.
const maxSource = 128

func validSource(name string) error {
	if len(name) == 0 || len(name) > maxSource {
		return fmt.Errorf("store: the name of a source has 1 to %d octets, not %d", maxSource, len(name))
	}
	return nil
}

// writable reports why nothing can be written.
func (s *Store) writable() error {
	if s.view.Load() == nil {
		return s.closedError()
	}
	return s.failure.err()
}

// newGeneration numbers a list that is not there yet. Where something can't be
// read its source gets another number, so that the list comes behind all others: to
// ingest it between them Pebble would have to read what lies there.
func (s *Store) newGeneration(source string) (generation, error) {
	id, ok := s.ids[source]
	if !ok || s.Unreadable() != nil {
		next := 0
		for _, other := range s.ids {
			next = max(next, int(other)+1)
		}
		if next == 1<<16 {
			return generation{}, fmt.Errorf("store: %d sources are all there can be", 1<<16)
		}
		id = uint16(next)
		s.ids[source] = id
	}
	s.lastGeneration++
	return generation{id, s.lastGeneration}, nil
}

// commit writes the batch together with what v attaches and the state of its
// source, and puts that in force. It is the one step of any change. own are the
// changes to the operator's own entries; all says that these are all.
func (s *Store) commit(batch *pebble.Batch, src *source, v *Version, all bool, own []ownChange) error {
	if err := attach(batch, src.Name, v.Attach); err != nil {
		return err
	}
	value, err := src.record()
	if err != nil {
		return err
	}
	if err := batch.Set(sourceKey(src.Name), value, nil); err != nil {
		return err
	}
	l := s.line(src.Name, src, v.Attach)
	l.All, l.Own = all, own
	next, err := s.write(batch, s.view.Load().with(src), l)
	if err != nil {
		return err
	}
	s.swap(next)
	s.wholeAgain()
	if s.events.Applied != nil {
		s.events.Applied(src.state)
	}
	return nil
}

// write syncs the batch, acknowledges it, and returns the view of the sources
// after it. A crash between the two leaves a change that nobody was promised.
func (s *Store) write(batch *pebble.Batch, sources []*source, l *ackLine) (*view, error) {
	if err := s.count(batch, l.Source); err != nil {
		return nil, err
	}
	err := s.failure.guard(func() error {
		if err := batch.Commit(pebble.Sync); err != nil {
			return err
		}
		if err := s.acknowledge(l); err != nil {
			s.failure.fail(err)
			return unknown(err) // the batch is written
		}
		return batch.Close()
	})
	if err != nil {
		return nil, err
	}
	s.changes[l.Source], s.kept[l.Source] = l.Changes, l.Kept
	if s.journal.Long() {
		err = s.failure.guard(func() error { return s.acknowledgeAnew(sources) })
		if err != nil {
			s.failure.fail(err)
			return nil, err
		}
	}
	return newView(sources, s.db.NewSnapshot()), nil
}
