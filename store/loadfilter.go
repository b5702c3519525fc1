package store

import (
	"cmp"
	"runtime"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"paperweight/eir"
)

// maxParts bounds the parts in which a filter is read: more of them even out
// the work no better, and each may end in a small shard.
const maxParts = 16

// loadFilter makes the filter of a list's equipment from its keys: in parts,
// on all cores, since a start waits for it.
func (s *Store) loadFilter(from pebble.Reader, g generation, count func()) (filter, digest, error) {
	firsts, err := s.parts(g)
	if err != nil {
		return nil, 0, err
	}
	filters := make([]filter, len(firsts))
	sums := make([]digest, len(firsts))
	errs := make([]error, len(firsts))
	todo := make(chan int, len(firsts))
	for i := range firsts {
		todo <- i
	}
	close(todo)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(firsts)) {
		wg.Go(func() {
			for i := range todo {
				upper := append(g.prefix(), classEquipment+1)
				if i+1 < len(firsts) {
					upper = equipmentKey(g, firsts[i+1])
				}
				filters[i], sums[i], errs[i] = s.scanFilter(from, firsts[i], equipmentKey(g, firsts[i]), upper, count)
			}
		})
	}
	wg.Wait()
	var sum digest
	for i, err := range errs {
		if err != nil {
			return nil, 0, err
		}
		sum += sums[i]
	}
	return slices.Concat(filters...), sum, nil
}

// scanFilter makes shards from first on of the equipment in a span of keys.
func (s *Store) scanFilter(from pebble.Reader, first eir.IMEI, lower, upper []byte, count func()) (filter, digest, error) {
	b := newFilterBuilder(first)
	var sum digest
	err := s.scan(from, lower, upper, func(key, value []byte) error {
		count()
		sum += sumOf(key[prefixLen:], value)
		_, at, err := parsePlace(key[prefixLen:])
		if err != nil {
			return err
		}
		return b.add(eir.IMEI(at.from))
	})
	if err != nil {
		return nil, 0, err
	}
	f, err := b.finish()
	return f, sum, err
}

func equipmentKey(g generation, i eir.IMEI) []byte {
	return appendIMEI(append(g.prefix(), classEquipment), i)
}

// parts returns where to cut a list's equipment into parts of like size, the
// first at 0: where its tables begin.
func (s *Store) parts(g generation) ([]eir.IMEI, error) {
	lower := append(g.prefix(), classEquipment)
	upper := append(g.prefix(), classEquipment+1)
	levels, err := s.db.SSTables(pebble.WithKeyRangeFilter(lower, upper))
	if err != nil {
		return nil, err
	}
	firsts := []eir.IMEI{0}
	for _, tables := range levels {
		for _, t := range tables {
			key := t.Smallest.UserKey
			if of, ok := parseGeneration(key); !ok || of != g {
				continue
			}
			if class, at, err := parsePlace(key[prefixLen:]); err == nil && class == classEquipment {
				firsts = append(firsts, eir.IMEI(at.from))
			}
		}
	}
	slices.SortFunc(firsts, cmp.Compare)
	firsts = slices.Compact(firsts)
	if n := len(firsts); n > maxParts {
		for i := range maxParts {
			firsts[i] = firsts[i*n/maxParts]
		}
		firsts = firsts[:maxParts]
	}
	return firsts, nil
}
