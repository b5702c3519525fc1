package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// LimitReasons bounds the distinct reasons of a source that get a number.
func (s *Store) LimitReasons(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxReasons = n
}

// RecountReasons holds what is known of each source's reasons, in RAM and on
// disk, against its records.
func (s *Store) RecountReasons() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, src := range s.view.Load().sources {
		if err := s.recountReasons(src); err != nil {
			return fmt.Errorf("%s: %w", src.Name, err)
		}
	}
	return nil
}

func (s *Store) recountReasons(src *source) error {
	t := s.reasons[src.Name]
	tallied := tally{}
	onDisk := newReasonTable()
	err := s.scan(s.db, src.prefix, src.generation.end(), func(key, value []byte) error {
		if place := key[prefixLen:]; place[0] == classReason {
			return onDisk.load(place, value)
		}
		_, err := tallied.addAll(value)
		return err
	})
	if err != nil {
		return err
	}
	uses := make([]int64, len(t.uses))
	for id, n := range tallied {
		uses[id] = n
	}
	ids := map[string]uint32{}
	var free []uint32
	for id, n := range uses {
		if n > 0 {
			ids[t.texts[id]] = uint32(id)
		} else {
			free = append(free, uint32(id))
		}
	}
	if !slices.Equal(t.uses, uses) || !maps.Equal(t.ids, ids) || !slices.Equal(slices.Sorted(slices.Values(t.free)), free) {
		return fmt.Errorf("the records use the reasons %v, the table is %+v", uses, t)
	}
	if !maps.Equal(onDisk.ids, ids) || !slices.Equal(onDisk.uses, uses[:len(onDisk.uses)]) {
		return fmt.Errorf("the records use the reasons %v, on disk are %+v", uses, onDisk)
	}
	if !slices.Equal(src.reasons, t.texts) {
		return fmt.Errorf("checks read the reasons %q of %q", src.reasons, t.texts)
	}
	return nil
}

// Flush and Compact have Pebble do what it does by itself now and then.
func (s *Store) Flush() error { return s.failure.guard(s.db.Flush) }

func (s *Store) Compact() error {
	return s.failure.guard(func() error {
		return s.db.Compact(context.Background(), []byte{0}, []byte{0xff}, false)
	})
}

// Failed says that nothing is written before the next start.
func (s *Store) Failed() bool { return s.gate.Final() }

// RawFlush is Flush for who means to wait for a disk that refuses it.
func (s *Store) RawFlush() { _ = s.db.Flush() }
