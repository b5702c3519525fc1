package feed

import (
	"cmp"
	"slices"

	"paperweight/store/feed/format"
)

// back returns the files that lead exactly to a place, a snapshot and deltas
// behind it, the shortest of all; none where nothing published does. What the
// node had accepted needs nobody's judgement a second time, so a list that is
// not what it should be goes there first, and on from there step by step.
func back(to place, snapshots, deltas []target) (way []target) {
	type leg struct {
		*target
		before *leg
		bytes  int64 // of it and all before it
	}
	reached := map[uint64]*leg{}
	reach := func(t *target, before *leg) {
		if t.Epoch != to.epoch || t.To > to.sequence {
			return
		}
		l := &leg{t, before, t.Length}
		if before != nil {
			l.bytes += before.bytes
		}
		if old := reached[t.To]; old == nil || l.bytes < old.bytes {
			reached[t.To] = l
		}
	}
	for i := range snapshots {
		reach(&snapshots[i], nil)
	}
	// Each leads on, so where one begins is reached before its turn.
	deltas = slices.SortedFunc(slices.Values(deltas), func(a, b target) int { return cmp.Compare(a.From, b.From) })
	for i := range deltas {
		if d := &deltas[i]; d.From < d.To && reached[d.From] != nil {
			reach(d, reached[d.From])
		}
	}
	for l := reached[to.sequence]; l != nil; l = l.before {
		way = append(way, *l.target)
	}
	slices.Reverse(way)
	return way
}

// accepted reports whether a state is that which the node had accepted, of a list
// that is something else now.
func (r *record) accepted(s format.State) bool {
	return r.Diverged != "" && placeOf(s) == placeOf(r.State) && s.Digest == r.State.Digest && s.Entries == r.State.Entries
}

// waiting returns what is held, where it leads on from a place.
func (r *record) waiting(at place) *Held {
	if r.Held == nil || placeOf(r.Held.To).compare(at) <= 0 {
		return nil
	}
	return r.Held
}
