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
	// Base are the files that come before Target, in order, where a list
	// that diverged is made anew of an older snapshot and the deltas behind
	// it, all at once.
	Base []HeldFile `json:"base,omitempty"`
	// Kind is "snapshot" or "delta": it replaces the list or changes it.
	// Records is how many Target holds.
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

// HeldFile is one file of several.
type HeldFile struct {
	Target string      `json:"target"`
	SHA256 format.Hash `json:"sha256"`
	Octets int64       `json:"octets"`
	// From and To are the sequences that it leads from and to.
	From uint64 `json:"from,omitempty"`
	To   uint64 `json:"to"`
}

// way returns the files, in order, as targets.
func (h *Held) way() (way []target) {
	last := HeldFile{Target: h.Target, SHA256: h.SHA256, Octets: h.Octets, To: h.To.Sequence}
	switch {
	case len(h.Base) > 0:
		last.From = h.Base[len(h.Base)-1].To
	case h.Kind == format.Delta.String():
		last.From = h.From.Sequence
	}
	for _, file := range append(slices.Clone(h.Base), last) {
		t := target{Target: trust.Target{Name: file.Target, Role: trust.Deltas, Length: file.Octets, SHA256: file.SHA256}, kind: format.Delta}
		t.Label = Label{Epoch: h.To.Epoch, From: file.From, To: file.To}
		if file.From == 0 {
			t.Role, t.kind = trust.Snapshots, format.Snapshot
		}
		way = append(way, t)
	}
	return way
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
		f.diverge(err)
	}
	if f.memory.Diverged != "" && h.Kind == format.Delta.String() {
		// It changes a list that is not there.
		return Step{}, errors.Join(f.diverged(), f.remember())
	}
	way := h.way()
	files, err := f.openHeld(h)
	defer func() { closeAll(files) }()
	if err != nil {
		// Lost, damaged, or never kept since the disk was full.
		if files, err = f.fetch(ctx, way); err != nil {
			return Step{}, err
		}
	}
	step, err := f.apply(ctx, now, way, files, true)
	if err != nil && ctx.Err() != nil {
		return Step{}, f.stopped(err) // it is held as before
	}
	if err != nil {
		return Step{}, errors.Join(f.blame(way, err), f.remember())
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
