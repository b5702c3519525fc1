package publish

import (
	"time"

	"paperweight/store/feed/trust"
)

// rolling says when deltas are rolled up.
type rolling struct {
	// most is the number at which they are: a node reads the metadata of all
	// with each publication, some 170 octets a delta. It is also the number
	// behind the newest snapshot at which another one is due.
	most int
	// newest stay, so that a node that was away for so many publications
	// follows delta by delta.
	newest int
}

func defaultRolling() rolling { return rolling{most: 1000, newest: 500} }

// rollUp takes deltas off that the newest snapshot makes needless: who stands
// where one of them begins comes on by the snapshot.
//
// Of those that lead on from the snapshot none ever goes, and none are made
// one: a node may sleep at any sequence, and a delta follows one state alone,
// so each is the only way on for who stands where it begins. What makes them
// fewer is another snapshot.
func (p *Publisher) rollUp(at time.Time, r *Result) error {
	snapshots, deltas := p.targets()
	return p.remove(trust.Deltas, at, r, needless(snapshots, deltas, p.rolling.newest)...)
}

// needless names the deltas that lead no further than the newest snapshot, but
// for the newest ones, as long as they are together no longer than it is.
func needless(snapshots, deltas []target, newest int) (gone []string) {
	if len(snapshots) == 0 {
		return nil
	}
	base := &snapshots[len(snapshots)-1]
	octets, kept := int64(0), 0
	for i := len(deltas) - 1; i >= 0; i-- {
		d := &deltas[i]
		if d.To <= base.To {
			octets += d.Length
			if kept >= newest || octets > base.Length {
				gone = append(gone, d.Name)
				continue
			}
		}
		kept++
	}
	return gone
}

// snapshotDue says that so many deltas lead on from the newest snapshot that
// another one should be published.
func (p *Publisher) snapshotDue() bool {
	snapshots, deltas := p.targets()
	on := 0
	for _, d := range deltas {
		if n := len(snapshots); n == 0 || d.To > snapshots[n-1].To {
			on++
		}
	}
	return on >= p.rolling.most
}
