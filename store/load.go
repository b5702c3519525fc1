package store

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// load reads what is in force into the first view and drops what is not.
func (s *Store) load() error {
	records, err := s.sourceRecords()
	if err != nil {
		return err
	}
	inForce := map[generation]bool{}
	for _, r := range records {
		s.ids[r.State.Name] = r.ID
		s.lastGeneration = max(s.lastGeneration, r.Generation)
		inForce[generation{r.ID, r.Generation}] = true
	}
	if err := s.dropLeftovers(inForce); err != nil {
		return err
	}
	snapshot := s.db.NewSnapshot()
	sources := make([]*source, len(records))
	for i, r := range records {
		if sources[i], err = s.loadSource(snapshot, r); err != nil {
			snapshot.Close()
			return err
		}
	}
	s.view.Store(newView(sources, snapshot))
	return nil
}

// sourceRecords returns them in the order of their keys, so by name.
func (s *Store) sourceRecords() ([]sourceRecord, error) {
	var records []sourceRecord
	err := s.scan(s.db, []byte{familySource}, []byte{familySource + 1}, func(key, value []byte) error {
		var r sourceRecord
		if err := json.Unmarshal(value, &r); err != nil {
			return fmt.Errorf("%w: source %q: %w", errRecord, key[1:], err)
		}
		records = append(records, r)
		return nil
	})
	return records, err
}

// scan reads the keys from lower up to upper.
func (s *Store) scan(from pebble.Reader, lower, upper []byte, each func(key, value []byte) error) error {
	it, err := from.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return err
	}
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err == nil {
			err = each(it.Key(), value)
		}
		if err != nil {
			it.Close()
			return err
		}
	}
	return it.Close()
}

// dropLeftovers drops the generations that no source record names: a crash
// fell between a Stage and its Commit, or between a Commit and the end of it.
func (s *Store) dropLeftovers(inForce map[generation]bool) error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{familyList}, UpperBound: []byte{familyList + 1}})
	if err != nil {
		return err
	}
	var leftovers []generation
	for ok := it.First(); ok; {
		g, known := parseGeneration(it.Key())
		if !known {
			it.Close()
			return fmt.Errorf("%w: key %x", errRecord, it.Key())
		}
		if !inForce[g] {
			leftovers = append(leftovers, g)
		}
		ok = it.SeekGE(g.end())
	}
	if err := it.Close(); err != nil {
		return err
	}
	for _, g := range leftovers {
		if err := s.drop(g); err != nil {
			return err
		}
	}
	return nil
}

// drop takes a generation away that no view in force reads.
func (s *Store) drop(g generation) error {
	return s.db.Excise(context.Background(), pebble.KeyRange{Start: g.prefix(), End: g.end()})
}

// progressEvery is how many entries pass between two calls of Progress.
const progressEvery = 1 << 16

func (s *Store) progress(what, source string, done, total uint64) {
	if s.events.Progress != nil && done%progressEvery == 0 {
		s.events.Progress(what+" "+source, done, total)
	}
}

func (s *Store) loadSource(from pebble.Reader, r sourceRecord) (*source, error) {
	g := generation{r.ID, r.Generation}
	b := newIndexBuilder(r.State.Name)
	lower := g.prefix()
	var done atomic.Uint64
	count := func() { s.progress("opening", r.State.Name, done.Add(1), r.State.Entries) }
	var equipment filter
	if b.equipment == nil { // nothing but a filter comes of it
		var err error
		if equipment, err = s.loadFilter(from, g, count); err != nil {
			return nil, err
		}
		lower = append(lower, classEquipment+1)
	}
	reasons := new(reasonTable)
	err := s.scan(from, lower, g.end(), func(key, value []byte) error {
		count()
		place := key[prefixLen:]
		if place[0] == classReason {
			return reasons.load(place, value)
		}
		return b.add(place, value)
	})
	if err != nil {
		return nil, err
	}
	ix, err := b.finish()
	if err != nil {
		return nil, err
	}
	if equipment != nil {
		ix.filter = equipment
	}
	s.reasons[r.State.Name] = reasons
	return newSource(r.State, g, reasons.texts, ix), nil
}
