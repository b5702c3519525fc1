package store

import (
	"slices"
	"sort"

	"github.com/FastFilter/xorfilter"

	"paperweight/eir"
)

// filter answers from RAM whether a list may say anything of an IMEI, so that
// a check of equipment that is on no list, which is nearly every check, never
// asks Pebble. It errs with a probability of 0.4 % on the side of yes, never
// on the side of no. It costs 1.13 octets an IMEI.
//
// It is cut into shards by IMEI, in order. So it is built from a sorted stream
// in the memory of one shard, and one shard is rebuilt by reading one span of
// keys.
type filter []*shard

// shardKeys is the number of IMEIs in a new shard: a rebuild takes some 30 ms.
const shardKeys = 1 << 18

// shard covers the IMEIs from first up to the next shard's. The IMEIs that
// came after it was built stand in added. Views share shards: an IMEI is added
// before the change that lists it is written, and a yes too many costs a read.
type shard struct {
	first eir.IMEI
	keys  int
	fuse  *xorfilter.BinaryFuse[uint8] // nil where keys is 0
	added growSet
	// rebuilding says that a new shard is being made in its place; since are
	// the IMEIs that came after that began. Both are the writer's.
	rebuilding bool
	since      []eir.IMEI
}

// at returns the index of the shard that i falls to.
func (f filter) at(i eir.IMEI) int {
	return sort.Search(len(f), func(n int) bool { return f[n].first > i }) - 1
}

// contains reports false where the list says nothing of the IMEI.
func (f filter) contains(i eir.IMEI) bool {
	lo, hi := 0, len(f)
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) >> 1); f[mid].first <= i {
			lo = mid
		} else {
			hi = mid
		}
	}
	if hi == 0 {
		return false
	}
	s := f[lo]
	return s.fuse != nil && s.fuse.Contains(uint64(i)) || s.added.contains(uint64(i))
}

// add makes contains true for an IMEI that was not listed. Only the writer
// calls it.
func (f filter) add(i eir.IMEI) {
	s := f[f.at(i)]
	if s.rebuilding {
		// Also where contains is true: the one that is being made may not
		// know what was listed and taken away before.
		s.since = append(s.since, i)
	}
	if !f.contains(i) {
		s.added.add(uint64(i))
	}
}

// full reports whether so many IMEIs were added to a shard that it should be
// rebuilt: added ones cost 16 to 32 octets each, up to 512 KiB a shard. The
// bound is another for each shard, so that those of a list, which fill alike,
// are not all full at a time.
func (s *shard) full() bool {
	spread := int(uint64(s.first) * 0x9e3779b97f4a7c15 >> 56)
	return s.added.len > 4096+s.keys/16+s.keys/16*3/4*spread/256
}

// filterBuilder makes shards from a sorted stream of IMEIs. It makes each in a
// goroutine, while the IMEIs of the next one come: a third of the work of a
// list is here.
type filterBuilder struct {
	shards filter
	first  eir.IMEI
	keys   []uint64
	// under is the shard being made, nil for none: of it are spare, the memory
	// of its keys, and scratch.
	under   chan error
	spare   []uint64
	scratch xorfilter.BinaryFuseBuilder
}

// newFilterBuilder begins at first: no lower IMEI may be asked of its shards.
func newFilterBuilder(first eir.IMEI) *filterBuilder { return &filterBuilder{first: first} }

func (b *filterBuilder) add(i eir.IMEI) error {
	if len(b.keys) == shardKeys {
		if err := b.cut(); err != nil {
			return err
		}
		b.first = i
	}
	b.keys = append(b.keys, uint64(i))
	return nil
}

// cut begins to make a shard of the keys.
func (b *filterBuilder) cut() error {
	if err := b.wait(); err != nil {
		return err
	}
	s := &shard{first: b.first, keys: len(b.keys)}
	b.shards = append(b.shards, s)
	if s.keys == 0 {
		return nil
	}
	b.keys, b.spare = b.spare[:0], b.keys
	b.under = make(chan error, 1)
	go func(under chan error, keys []uint64) { under <- s.make(&b.scratch, keys) }(b.under, b.spare)
	return nil
}

// make builds the shard's filter from its keys.
func (s *shard) make(scratch *xorfilter.BinaryFuseBuilder, keys []uint64) error {
	fuse, err := xorfilter.BuildBinaryFuse[uint8](scratch, keys)
	if err != nil {
		return err
	}
	// The scratch memory is used again for the next shard.
	fuse.Fingerprints = slices.Clone(fuse.Fingerprints)
	s.fuse = &fuse
	return nil
}

// wait waits for the shard being made.
func (b *filterBuilder) wait() error {
	if b.under == nil {
		return nil
	}
	err := <-b.under
	b.under = nil
	return err
}

// finish returns one shard at least.
func (b *filterBuilder) finish() (filter, error) {
	if err := b.cut(); err != nil {
		return nil, err
	}
	return b.shards, b.wait()
}
