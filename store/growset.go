package store

import (
	"math/bits"
	"sync/atomic"
)

// growSet is a set of numbers that one writer adds to while any number of
// readers ask, without a lock and without a copy for each addition: open
// addressing over atomic slots, and a table of twice the size when it is half
// full. Nothing is ever taken out.
type growSet struct {
	table atomic.Pointer[[]atomic.Uint64]
	len   int // the writer's
}

// A slot holds the number plus one, so that 0 is an empty slot.

func (g *growSet) contains(n uint64) bool {
	t := g.table.Load()
	return t != nil && (*t)[slotOf(*t, n)].Load() != 0
}

// slotOf returns where n stands, or the empty slot where it would.
func slotOf(t []atomic.Uint64, n uint64) uint64 {
	mask := uint64(len(t) - 1)
	// The upper half of the product mixes all bits of n.
	h, _ := bits.Mul64(n*0x9e3779b97f4a7c15, 0xd1342543de82ef95)
	for i := h & mask; ; i = (i + 1) & mask {
		if v := t[i].Load(); v == 0 || v == n+1 {
			return i
		}
	}
}

func (g *growSet) add(n uint64) {
	t := g.table.Load()
	if t == nil || 2*g.len >= len(*t) {
		t = g.grown(t)
		// Readers of the old table miss nothing that a view they can
		// see lists: what is added now was not yet written.
		g.table.Store(t)
	}
	slot := &(*t)[slotOf(*t, n)]
	if slot.Load() == 0 {
		slot.Store(n + 1)
		g.len++
	}
}

func (g *growSet) grown(old *[]atomic.Uint64) *[]atomic.Uint64 {
	if old == nil {
		t := make([]atomic.Uint64, 16)
		return &t
	}
	t := make([]atomic.Uint64, 2*len(*old))
	for i := range *old {
		if v := (*old)[i].Load(); v != 0 {
			t[slotOf(t, v-1)].Store(v)
		}
	}
	return &t
}
