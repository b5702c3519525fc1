package feed

import (
	"slices"
	"time"
)

// window is what was applied within the last day, oldest first, in parts of
// some minutes: at most about 300, so that it can be kept with each change.
type window []part

type part struct {
	// At is the time of the last change in it.
	At time.Time `json:"at"`
	totals
}

// totals are what is bounded over an hour and a day.
type totals struct {
	Blocked Tally `json:"blocked"`
	Freed   Tally `json:"freed"`
	// Changes are the entries that were added, changed or removed, Ranges
	// those added that every check looks through.
	Changes uint64 `json:"changes,omitempty"`
	Ranges  uint64 `json:"ranges,omitempty"`
}

func (t totals) plus(u totals) totals {
	return totals{t.Blocked.plus(u.Blocked), t.Freed.plus(u.Freed), sum(t.Changes, u.Changes), sum(t.Ranges, u.Ranges)}
}

func (d *Difference) totals() totals {
	return totals{d.Blocked, d.Freed, d.Added + d.Changed + d.Removed, d.Ranges}
}

const grain = 5 * time.Minute

// with returns the window with a change more. Its own parts stay as they are:
// the change may yet fail.
func (w window) with(now time.Time, d *Difference) window {
	t := d.totals()
	if d.First || t == (totals{}) {
		return w
	}
	next := slices.Clone(w)
	next = slices.DeleteFunc(next, func(p part) bool { return p.At.Before(now.Add(-24*time.Hour - grain)) })
	if n := len(next); n > 0 && next[n-1].At.Truncate(grain).Equal(now.Truncate(grain)) {
		p := &next[n-1]
		p.At, p.totals = now, p.plus(t)
		return next
	}
	return append(next, part{now, t})
}

// since sums up what was applied after a time. A clock that was set back makes
// it more, never less.
func (w window) since(at time.Time) (t totals) {
	for _, p := range w {
		if p.At.After(at) {
			t = t.plus(p.totals)
		}
	}
	return t
}
