package store

import (
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"paperweight/eir"
)

// refresh has the shards of filters to which much was added rebuilt, in a
// goroutine and one after the other: the change is in force already, a filter
// that was not rebuilt is right too, and the next change need not wait.
func (s *Store) refresh() {
	if s.refreshing || s.closing || s.fullShard() == nil {
		return
	}
	s.refreshing = true
	s.background.Go(func() {
		for s.rebuildOne() {
		}
	})
}

// rebuild is a shard for which new ones are being made.
type rebuild struct {
	source string
	shard  *shard
	// lower and upper are the keys of its part.
	lower, upper []byte
	it           *pebble.Iterator
}

// fullShard returns a shard that should be rebuilt, or nil.
func (s *Store) fullShard() *rebuild {
	for _, src := range s.view.Load().sources {
		i := slices.IndexFunc(src.filter, (*shard).full)
		if i < 0 {
			continue
		}
		r := &rebuild{source: src.Name, shard: src.filter[i]}
		r.lower = equipmentKey(src.generation, r.shard.first)
		r.upper = append(src.generation.prefix(), classEquipment+1)
		if i+1 < len(src.filter) {
			r.upper = equipmentKey(src.generation, src.filter[i+1].first)
		}
		return r
	}
	return nil
}

// rebuildOne rebuilds a shard, and returns false where there is no more to do.
func (s *Store) rebuildOne() bool {
	r := s.beginRebuild()
	if r == nil {
		return false
	}
	made := new(filter) // left alone where guard returns before scan does
	err := s.failure.guard(func() (err error) {
		*made, err = r.scan()
		return err
	})
	if err != nil {
		return s.endRebuild(r, nil, err)
	}
	return s.endRebuild(r, *made, nil)
}

// beginRebuild takes the state of the list from which the shard is made; what
// is listed later is noted in the shard.
func (s *Store) beginRebuild() *rebuild {
	s.mu.Lock()
	defer s.mu.Unlock()
	var r *rebuild
	if !s.closing && s.writable() == nil {
		r = s.fullShard()
	}
	var err error
	if r != nil {
		r.it, err = s.db.NewIter(&pebble.IterOptions{LowerBound: r.lower, UpperBound: r.upper})
	}
	if r == nil || err != nil {
		s.refreshing = false
		return nil
	}
	r.shard.rebuilding = true
	return r
}

// scan makes the new shards.
func (r *rebuild) scan() (filter, error) {
	b := newFilterBuilder(r.shard.first)
	for ok := r.it.First(); ok; ok = r.it.Next() {
		if err := b.add(imeiAt(r.it.Key()[prefixLen+1:])); err != nil {
			r.it.Close()
			return nil, err
		}
	}
	if err := r.it.Close(); err != nil {
		return nil, err
	}
	return b.finish()
}

// endRebuild puts the new shards in force, unless the list was replaced
// meanwhile.
func (s *Store) endRebuild(r *rebuild, shards filter, err error) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := r.shard.since
	r.shard.rebuilding, r.shard.since = false, nil
	if err == nil {
		err = s.putShards(r, shards, since)
	}
	if err != nil {
		s.failure.Errorf("store: rebuilding the filter of %q: %v", r.source, err)
		s.refreshing = false
	}
	return err == nil
}

func (s *Store) putShards(r *rebuild, shards filter, since []eir.IMEI) error {
	last := s.view.Load()
	src := last.source(r.source)
	i := slices.Index(src.filter, r.shard)
	if i < 0 {
		return nil
	}
	next := *src
	next.filter = slices.Concat(src.filter[:i], shards, src.filter[i+1:])
	for _, imei := range since {
		next.filter.add(imei)
	}
	if err := s.writable(); err != nil {
		return err
	}
	s.swap(newView(last.with(&next), s.db.NewSnapshot()))
	return nil
}
