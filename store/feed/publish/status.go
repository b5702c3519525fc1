package publish

import (
	"encoding/json"
	"time"

	"paperweight/store/feed"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// Status is what an authority wants to know of its feed.
type Status struct {
	Dir string `json:"dir"`
	// State is that of the list: epoch, sequence, entries, digest.
	format.State
	// Reasons is how many distinct ones the list has.
	Reasons Reasons `json:"reasons"`
	// Snapshot is the sequence of the newest snapshot, 0 where none is.
	Snapshot uint64 `json:"snapshot"`
	// Blacklist is the sequence that the DIRBS blacklist is of, 0 where none
	// is: it comes with snapshots alone, so it may be older than the list.
	Blacklist uint64 `json:"blacklist"`
	// Deltas is how many are published, DeltaOctets how long they are.
	Deltas      int   `json:"deltas"`
	DeltaOctets int64 `json:"delta_octets"`
	// SnapshotDue is Result's.
	SnapshotDue bool `json:"snapshot_due,omitempty"`
	// Expiries are those of what is published, in the order of trust.Roles.
	Expiries []trust.Expiry `json:"expiries,omitempty"`
	// Expired names the roles whose metadata has expired: nodes go on
	// answering, and take nothing new.
	Expired []string `json:"expired,omitempty"`
	// Pending waits for signatures or to be published.
	Pending []trust.Pending `json:"pending,omitempty"`
}

// Status tells where the feed is.
func (p *Publisher) Status(now time.Time) Status {
	s := Status{Dir: p.config.Dir, State: p.list.State, Reasons: p.list.reasons(), SnapshotDue: p.snapshotDue(),
		Expiries: p.repo.Expiries(), Pending: p.repo.Pending()}
	snapshots, deltas := p.targets()
	if n := len(snapshots); n > 0 {
		s.Snapshot = snapshots[n-1].To
	}
	var label feed.Label
	if t, ok := p.repo.Targets()[blacklistName]; ok && json.Unmarshal(t.Custom, &label) == nil {
		s.Blacklist = label.To
	}
	s.Deltas = len(deltas)
	for _, d := range deltas {
		s.DeltaOctets += d.Length
	}
	for _, e := range s.Expiries {
		if !now.Before(e.At) {
			s.Expired = append(s.Expired, e.Role)
		}
	}
	return s
}
