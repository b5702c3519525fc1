package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// dropLeftovers drops the generations that no source record names: a crash
// fell between a Stage and its Commit, or between a Commit and the end of it.
// What can't be dropped now is tried again at the next Open.
func (s *Store) dropLeftovers(v *view) {
	inForce := map[generation]bool{}
	for _, src := range v.sources {
		inForce[src.generation] = true
	}
	all, err := s.generations()
	for _, g := range all {
		if !inForce[g] {
			err = errors.Join(err, s.drop(g))
		}
	}
	if err != nil {
		s.failure.Errorf("store: dropping what crashes left: %v", s.failure.name(err))
	}
}

// unreadGenerations is more than there are between two restarts.
const unreadGenerations = 1 << 20

// generations returns those that the tables have keys of.
func (s *Store) generations() (all []generation, err error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{familyList}, UpperBound: []byte{familyList + 1}})
	if err != nil {
		return nil, err
	}
	for ok := it.First(); ok; {
		g, known := parseGeneration(it.Key())
		if !known {
			return all, errors.Join(fmt.Errorf("%w: key %x", errRecord, it.Key()), it.Close())
		}
		all = append(all, g)
		ok = it.SeekGE(g.end())
	}
	return all, it.Close()
}

// drop takes a generation away that no view in force reads. Excise cuts it out of
// tables that it shares with other lists, and takes a block that it can't read at
// the cut for the end of the table: everything behind would go as well. There the
// keys are deleted one and all, and their bytes stay until the table is rewritten.
func (s *Store) drop(g generation) error {
	if err := s.cutsClean(g); err != nil {
		if !isCorrupt(err) {
			return err
		}
		return s.db.DeleteRange(g.prefix(), g.end(), pebble.Sync)
	}
	return s.db.Excise(context.Background(), pebble.KeyRange{Start: g.prefix(), End: g.end()})
}

// cutsClean reads what lies on both sides of a generation.
func (s *Store) cutsClean(g generation) error {
	it, err := s.db.NewIter(nil)
	if err != nil {
		return err
	}
	it.SeekLT(g.prefix())
	err = it.Error()
	it.SeekGE(g.end())
	err = errors.Join(err, it.Error())
	return errors.Join(err, it.Close())
}
