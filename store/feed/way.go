package feed

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// Label is what an authority attaches to a target, so that a node knows which
// to fetch: TUF's custom field, as JSON. It is a hint: what counts is the header
// of the file, and one that says something else is refused. Without it a delta
// is taken for one of the present epoch from the sequence before its own.
type Label struct {
	Epoch uint64 `json:"epoch"`
	// From is the sequence that a delta changes, 0 for a snapshot; To the
	// one that the file leads to.
	From uint64 `json:"from,omitempty"`
	To   uint64 `json:"to"`
}

// target is a file of the feed that a node can use.
type target struct {
	trust.Target
	kind format.Kind
	Label
}

// place is a state's position in the history of a feed.
type place struct{ epoch, sequence uint64 }

func placeOf(s format.State) place { return place{s.Epoch, s.Sequence} }

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.epoch, q.epoch), cmp.Compare(p.sequence, q.sequence))
}

func (t *target) place() place { return place{t.Epoch, t.To} }

// usable reads a target's name, "snapshot/SEQUENCE" or "delta/SEQUENCE", and
// its label; others are for other readers.
func usable(t trust.Target, epoch uint64) (u target, ok bool) {
	u.Target = t
	folder, number, _ := strings.Cut(t.Name, "/")
	switch {
	case folder == "snapshot" && t.Role == trust.Snapshots:
		u.kind = format.Snapshot
	case folder == "delta" && t.Role == trust.Deltas:
		u.kind = format.Delta
	default:
		return u, false
	}
	sequence, err := strconv.ParseUint(number, 10, 64)
	if err != nil || sequence == 0 {
		return u, false
	}
	if len(t.Custom) == 0 || json.Unmarshal(t.Custom, &u.Label) != nil {
		u.Label = Label{}
	}
	u.To = cmp.Or(u.To, sequence)
	u.Epoch = cmp.Or(u.Epoch, epoch, 1)
	if u.kind == format.Delta {
		u.From = cmp.Or(u.From, u.To-1)
	}
	return u, true
}

// newest returns where the feed is, and notes how far behind it the list is.
func (f *Follower) newest(targets map[string]trust.Target) (newest place) {
	at := placeOf(f.memory.State)
	for _, t := range targets {
		if u, ok := usable(t, at.epoch); ok && newest.compare(u.place()) < 0 {
			newest = u.place()
		}
	}
	switch f.last.Behind = 0; {
	case newest.epoch > at.epoch:
		f.last.Behind = newest.sequence
	case newest.epoch == at.epoch && newest.sequence > at.sequence:
		f.last.Behind = newest.sequence - at.sequence
	}
	return newest
}

// way returns the files to apply, in order; none where nothing is newer.
func (f *Follower) way(targets map[string]trust.Target) ([]target, error) {
	r := &f.memory.record
	at := placeOf(r.State)
	var snapshots, deltas []target
	var shut error // why some can't be used
	newest := f.newest(targets)
	for _, t := range targets {
		u, ok := usable(t, at.epoch)
		if !ok {
			continue
		}
		if err := f.refused[u.SHA256]; err != nil {
			shut = err
		} else if slices.Contains(r.Rejected, u.SHA256) {
			// Shown by Status; the operator knows.
		} else if u.kind == format.Snapshot {
			snapshots = append(snapshots, u)
		} else {
			deltas = append(deltas, u)
		}
	}
	if r.Diverged != "" {
		if way := back(at, snapshots, deltas); way != nil {
			return way, nil
		}
		if r.Held != nil && r.Held.Kind == format.Snapshot.String() {
			return nil, nil // it makes the list anew, once it is released
		}
	}
	way := shortest(r, at, snapshots, deltas)
	switch ahead := newest.compare(at); {
	case way != nil:
		return way, nil
	case r.Diverged != "":
		return nil, fmt.Errorf("feed %s: %w: %s: no snapshot is published that reaches sequence %d of epoch %d",
			f.config.Source, ErrDiverged, r.Diverged, at.sequence, at.epoch)
	case newest == place{} || ahead == 0 || ahead > 0 && len(r.Rejected) > 0:
		return nil, nil
	case ahead < 0:
		// An old copy of the directory, or a thief who led this node ahead.
		return nil, fmt.Errorf("feed %s: %w: sequence %d of epoch %d is the newest published, the list is at %d of %d, and no list goes back; where that is no mirror's fault, the authority begins a new epoch (`paperweight feed epoch`)",
			f.config.Source, format.ErrStepBack, newest.sequence, newest.epoch, at.sequence, at.epoch)
	case shut != nil:
		return nil, fmt.Errorf("%w: %w", ErrRefused, shut)
	}
	return nil, fmt.Errorf("feed %s: %w, sequence %d of epoch %d: %w",
		f.config.Source, ErrNoWay, at.sequence, at.epoch, format.ErrGap)
}

// shortest chooses between the deltas from the list's state, and the newest
// snapshot with those behind it: what reaches further, else what is shorter.
func shortest(r *record, at place, snapshots, deltas []target) []target {
	var on, anew []target
	if r.Diverged == "" && at.sequence > 0 {
		on = chain(deltas, at)
	}
	if len(snapshots) > 0 {
		base := slices.MaxFunc(snapshots, func(a, b target) int { return a.place().compare(b.place()) })
		// A list that diverged may begin with an older one, where it comes
		// to where it was or further: TUF vouches that it is still in force.
		if r.Diverged != "" || base.place().compare(at) > 0 {
			anew = append([]target{base}, chain(deltas, base.place())...)
		}
	}
	switch n := end(on, at).compare(end(anew, at)); {
	case len(anew) == 0 || len(on) > 0 && (n > 0 || n == 0 && octets(on) <= octets(anew)):
		return on
	case r.Diverged != "" && end(anew, at).compare(at) < 0:
		return nil
	}
	return anew
}

// chain returns the deltas that lead on from a place, the longest steps first.
func chain(deltas []target, at place) (way []target) {
	for {
		best := -1
		for i := range deltas {
			d := &deltas[i]
			if d.Epoch == at.epoch && d.From == at.sequence && d.To > at.sequence && (best < 0 || d.To > deltas[best].To) {
				best = i
			}
		}
		if best < 0 {
			return way
		}
		way = append(way, deltas[best])
		at = deltas[best].place()
	}
}

func end(way []target, at place) place {
	if len(way) == 0 {
		return at
	}
	return way[len(way)-1].place()
}

func octets(way []target) (n int64) {
	for i := range way {
		n += way[i].Length
	}
	return n
}
