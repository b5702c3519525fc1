package feed

import (
	"iter"
	"time"

	"paperweight/eir"
	"paperweight/store/feed/format"
)

// Review measures an update and judges it as a Follower does, for whoever
// wants to know before it is published.
type Review struct {
	guard *Guard
	past  History
	now   time.Time
	m     *measure
}

// History is what was applied within the last day, to be kept as JSON.
type History = window

// Review begins to measure an update of a list of so many entries, to be
// applied now; first says that it is the first list. ranges yields the ranges
// and TACs of the list before the update, in any order and among other entries
// or not; it is read once, where it is needed. Nil is none.
func (g *Guard) Review(past History, now time.Time, before uint64, first bool, ranges iter.Seq2[eir.Entry, error]) *Review {
	return &Review{g, past, now, newMeasure(g, now, before, first, ranges)}
}

// Add measures a change. The error is that of reading the ranges.
func (r *Review) Add(c *format.Change) error { return r.m.add(c) }

// Verdict ends the measuring. It returns why the update would be held, nothing
// where it may pass, and the history with it, for when it was applied.
func (r *Review) Verdict() (*Difference, []Finding, History) {
	d := r.m.result()
	return d, r.guard.judge(d, r.past, r.now), r.past.with(r.now, d)
}
