package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// load reads what is in force into a view, and holds each list against what was
// acknowledged.
func (s *Store) load(acked *acknowledged) (*view, error) {
	records, err := s.sourceRecords()
	if err != nil {
		return nil, err
	}
	if err := s.loadCounts(); err != nil {
		return nil, err
	}
	found := map[string]*sourceRecord{}
	for i := range records {
		r := &records[i]
		r.changes = s.changes[r.State.Name]
		s.ids[r.State.Name] = r.ID
		s.lastGeneration = max(s.lastGeneration, r.Generation)
		found[r.State.Name] = r
	}
	if err := s.restoreKept(acked); err != nil {
		return nil, err
	}
	for name, a := range acked.sources {
		if a.list != nil {
			s.ids[name] = a.list.ID
			s.lastGeneration = max(s.lastGeneration, a.list.Generation)
		}
	}
	// What a crash left may stand there for as long as a list is short.
	all, err := s.generations()
	for _, g := range all {
		s.lastGeneration = max(s.lastGeneration, g.number)
	}
	if err != nil {
		// Left-overs behind a block that can't be read are not far off.
		s.lastGeneration += unreadGenerations
	}
	snapshot := s.db.NewSnapshot()
	var sources []*source
	for _, name := range slices.Sorted(maps.Keys(s.changes)) {
		src, err := s.examine(snapshot, name, found[name], acked)
		if err != nil {
			return nil, errors.Join(err, snapshot.Close())
		}
		if src != nil {
			sources = append(sources, src)
		}
	}
	return newView(sources, snapshot), nil
}

// loadCounts reads how many changes each source had, and what was kept of each.
func (s *Store) loadCounts() error {
	clear(s.changes)
	clear(s.kept)
	err := s.scan(s.db, []byte{familyCount}, []byte{familyCount + 1}, func(key, value []byte) error {
		n, size := binary.Uvarint(value)
		if size <= 0 {
			return fmt.Errorf("%w: the changes of source %q", errRecord, key[1:])
		}
		s.changes[string(key[1:])] = n
		return nil
	})
	if err != nil {
		return err
	}
	// Directories of format 1 counted nothing.
	err = s.scan(s.db, []byte{familySource}, []byte{familySource + 1}, func(key, _ []byte) error {
		s.changes[string(key[1:])] = max(s.changes[string(key[1:])], 1)
		return nil
	})
	if err != nil {
		return err
	}
	for name := range s.changes {
		blob, closer, err := s.db.Get(attachKey(name, StateBlob))
		if errors.Is(err, pebble.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if len(blob) <= maxKept {
			s.kept[name] = slices.Clone(blob)
		}
		if err := closer.Close(); err != nil {
			return err
		}
	}
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
	var sum digest
	if b.equipment == nil { // nothing but a filter comes of it
		var err error
		if equipment, sum, err = s.loadFilter(from, g, count); err != nil {
			return nil, err
		}
		lower = append(lower, classEquipment+1)
	}
	reasons := newReasonTable()
	err := s.scan(from, lower, g.end(), func(key, value []byte) error {
		count()
		place := key[prefixLen:]
		sum += sumOf(place, value)
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
	return newSource(r.State, g, reasons.texts, sum, ix), nil
}
