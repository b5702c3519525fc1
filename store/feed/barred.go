package feed

import (
	"cmp"
	"iter"
	"slices"
	"sort"

	"paperweight/eir"
)

// barred are the ranges and TACs that are prohibited, as blocks that do not
// touch each other.
type barred struct{ blocks []block }

type block struct {
	from, to eir.IMEI
	// widest is the width (eir.Target.Width) of its widest range.
	widest uint64
}

// newBarred takes what of the ranges prohibits at a time, in Unix seconds; nil
// is none.
func newBarred(ranges iter.Seq2[eir.Entry, error], now int64) (*barred, error) {
	b := &barred{}
	if ranges == nil {
		return b, nil
	}
	for e, err := range ranges {
		if err != nil {
			return nil, err
		}
		if e.Status == eir.Prohibited && (e.Kind == eir.ByTAC || e.Kind == eir.Range) && (e.Until == 0 || e.Until > now) {
			b.blocks = append(b.blocks, block{e.From, e.To, e.Width()})
		}
	}
	slices.SortFunc(b.blocks, func(x, y block) int { return cmp.Compare(x.from, y.from) })
	merged := b.blocks[:0]
	for _, next := range b.blocks {
		if n := len(merged); n > 0 && next.from <= merged[n-1].to {
			last := &merged[n-1]
			last.to, last.widest = max(last.to, next.to), max(last.widest, next.widest)
		} else {
			merged = append(merged, next)
		}
	}
	b.blocks = merged
	return b, nil
}

// over reports whether a target lies over a block with a range wider than it,
// which it outranks. It may say so of a range that does not reach it, in a
// block that does: too much is held rather than too little.
func (b *barred) over(t *eir.Target) bool {
	first := sort.Search(len(b.blocks), func(i int) bool { return b.blocks[i].to >= t.From })
	last := sort.Search(len(b.blocks), func(i int) bool { return b.blocks[i].from > t.To }) - 1
	// Those between lie inside the target, so they are narrower.
	return first <= last && (b.blocks[first].widest > t.Width() || b.blocks[last].widest > t.Width())
}
