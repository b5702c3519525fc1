package feed

import (
	"time"

	"paperweight/store/feed/format"
)

// Review measures an update and judges it as a Follower does, for whoever
// wants to know before it is published.
type Review struct {
	guard *Guard
	past  History
	m     *measure
}

// History is what was applied within the last day, to be kept as JSON.
type History = window

// Review begins to measure an update of a list of so many entries; first says
// that it is the first list.
func (g *Guard) Review(past History, before uint64, first bool) *Review {
	return &Review{g, past, newMeasure(g, before, first)}
}

// Add measures a change.
func (r *Review) Add(c *format.Change) { r.m.add(c) }

// Verdict ends the measuring. It returns why the update would be held, nothing
// where it may pass, and the history with it, for when it was applied.
func (r *Review) Verdict(now time.Time) (*Difference, []Finding, History) {
	d := r.m.result()
	return d, r.guard.judge(d, r.past, now), r.past.with(now, d)
}
