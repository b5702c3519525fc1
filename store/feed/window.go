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
	At      time.Time `json:"at"`
	Blocked Tally     `json:"blocked"`
	Freed   Tally     `json:"freed"`
}

const grain = 5 * time.Minute

// with returns the window with a change more. Its own parts stay as they are:
// the change may yet fail.
func (w window) with(now time.Time, d *Difference) window {
	if d.First || d.Blocked == (Tally{}) && d.Freed == (Tally{}) {
		return w
	}
	next := slices.Clone(w)
	next = slices.DeleteFunc(next, func(p part) bool { return p.At.Before(now.Add(-24*time.Hour - grain)) })
	if n := len(next); n > 0 && next[n-1].At.Truncate(grain).Equal(now.Truncate(grain)) {
		p := &next[n-1]
		p.At, p.Blocked, p.Freed = now, p.Blocked.plus(d.Blocked), p.Freed.plus(d.Freed)
		return next
	}
	return append(next, part{now, d.Blocked, d.Freed})
}

// since sums up what was applied after a time. A clock that was set back makes
// it more, never less.
func (w window) since(at time.Time) (blocked, freed Tally) {
	for _, p := range w {
		if p.At.After(at) {
			blocked, freed = blocked.plus(p.Blocked), freed.plus(p.Freed)
		}
	}
	return blocked, freed
}
