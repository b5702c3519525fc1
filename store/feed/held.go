package feed

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
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

// leastDigits is how many hexadecimal digits of a hash name an update.
const leastDigits = 8

// picked returns the update that is held, if it is the one that was looked at:
// sha256 is its hash or how that begins, in hexadecimal. Between a look and a
// decision a poll may have put another in its place.
func (f *Follower) picked(sha256 string) (*Held, error) {
	h := f.memory.Held
	if h == nil {
		return nil, ErrNotHeld
	}
	asked := strings.ToLower(sha256)
	if hash := h.SHA256.String(); len(asked) < leastDigits || !strings.HasPrefix(hash, asked) {
		return nil, &OtherHeldError{Source: f.config.Source, Asked: sha256, Held: h.SHA256}
	}
	return h, nil
}

// Release applies the update that is held, whatever the Guard says of it; now
// is the time of the change. sha256 is the hash of the update that was looked
// at, or the 8 hexadecimal digits or more that it begins with. What is released
// does not count for the hour and the day. What waits behind it comes with the
// next poll. ErrNotHeld where nothing is held, *OtherHeldError where something
// else is, ErrStopped where ctx ended first.
func (f *Follower) Release(ctx context.Context, now time.Time, sha256 string) (Step, error) {
	f.work.Lock()
	defer f.work.Unlock()
	defer f.show()
	h, err := f.picked(sha256)
	if err != nil {
		return Step{}, err
	}
	if err := f.unchanged(); err != nil {
		return Step{}, errors.Join(f.diverge(err), f.remember())
	}
	t, _ := usable(trust.Target{Name: h.Target, Role: h.role(), Length: h.Octets, SHA256: h.SHA256}, h.To.Epoch)
	t.Label = Label{Epoch: h.To.Epoch, From: h.From.Sequence, To: h.To.Sequence}
	if t.kind == format.Snapshot {
		t.From = 0
	}
	file, err := f.openHeld(h)
	if err != nil {
		// The next poll fetches it again, and holds it again.
		f.memory.Held = nil
		return Step{}, errors.Join(&TargetError{f.config.Source, h.Target, err}, f.remember())
	}
	defer file.Close()
	step, err := f.apply(ctx, now, &t, file, true)
	if err != nil && ctx.Err() != nil {
		return Step{}, f.stopped(err) // it is held as before
	}
	if err != nil {
		return Step{}, errors.Join(f.blame(&t, err), f.remember())
	}
	f.Notify()
	return *step, f.tidy()
}

// Reject gives up the update that is held, for good: its target is not asked
// for again. Since what follows it builds on it, the list stays where it is
// until the authority publishes a snapshot, which is held to the Guard too.
// sha256 and errors are those of Release.
func (f *Follower) Reject(sha256 string) error {
	f.work.Lock()
	defer f.work.Unlock()
	defer f.show()
	h, err := f.picked(sha256)
	if err != nil {
		return err
	}
	f.memory.Held = nil
	f.memory.Rejected = append(slices.Clone(f.memory.Rejected), h.SHA256)
	if err := f.remember(); err != nil {
		f.memory.Held = h
		f.memory.Rejected = f.memory.Rejected[:len(f.memory.Rejected)-1]
		return err
	}
	f.Notify()
	return f.tidy()
}

func (h *Held) role() string {
	if h.Kind == format.Snapshot.String() {
		return trust.Snapshots
	}
	return trust.Deltas
}
