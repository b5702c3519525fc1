package store

import (
	"slices"

	"paperweight/eir"
)

// refresh rebuilds the shards of a filter to which much was added. The change
// is in force already, and a filter that was not rebuilt is right too.
func (s *Store) refresh(src *source) {
	if !slices.ContainsFunc(src.filter, (*shard).full) {
		return
	}
	next := *src
	err := s.failure.guard(func() (err error) {
		next.filter, err = s.rebuilt(src)
		return err
	})
	if err != nil {
		s.failure.Errorf("store: rebuilding the filter of %q: %v", src.Name, err)
		return
	}
	var v *view
	sources := s.view.Load().with(&next)
	if s.failure.guard(func() error { v = newView(sources, s.db.NewSnapshot()); return nil }) == nil {
		s.swap(v)
	}
}

// rebuilt returns the source's filter with new shards in the place of full
// ones. Each costs one scan of the keys in its part.
func (s *Store) rebuilt(src *source) (filter, error) {
	var out filter
	for i, sh := range src.filter {
		if !sh.full() {
			out = append(out, sh)
			continue
		}
		lower := appendIMEI(append(slices.Clone(src.prefix), classEquipment), sh.first)
		upper := append(slices.Clone(src.prefix), classEquipment+1)
		if i+1 < len(src.filter) {
			upper = appendIMEI(append(slices.Clone(src.prefix), classEquipment), src.filter[i+1].first)
		}
		b := newFilterBuilder(sh.first)
		err := s.scan(s.db, lower, upper, func(key, _ []byte) error {
			return b.add(eir.IMEI(imeiAt(key[prefixLen+1:])))
		})
		if err != nil {
			return nil, err
		}
		shards, err := b.finish()
		if err != nil {
			return nil, err
		}
		out = append(out, shards...)
	}
	return out, nil
}
