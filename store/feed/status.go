package feed

import (
	"time"

	"paperweight/store/feed/format"
)

// Status is what an operator wants to know of a feed.
type Status struct {
	Source string `json:"source"`
	// State is that of the list: epoch, sequence, entries, digest.
	format.State
	// Version is the number of the newest publication that was verified, 0
	// before the first, Issued when it was signed, and Age how long ago.
	Version    int64     `json:"version"`
	Issued     time.Time `json:"issued"`
	AgeSeconds int64     `json:"age_seconds"`
	// Behind is how many sequences the newest that is published is ahead: all
	// of a new epoch's.
	Behind uint64 `json:"behind"`
	// NextExpiry is when the first role's metadata expires, Expires whose.
	NextExpiry time.Time `json:"next_expiry"`
	Expires    string    `json:"expires,omitempty"`
	// Stale says that it has expired: nobody vouches for the list any more.
	Stale bool `json:"stale"`
	// Diverged is why the list waits for a snapshot, "" where it does not.
	Diverged string `json:"diverged,omitempty"`
	// Damaged is what the store lost of the list or can't read, "" where it has
	// the whole. It is fetched again.
	Damaged string `json:"damaged,omitempty"`
	// Held is the target that waits for an operator; Follower.Held tells all.
	Held string `json:"held,omitempty"`
	// Rejected are the hashes of the targets that an operator rejected.
	Rejected []format.Hash `json:"rejected,omitempty"`
	// Mirror answered last, at Polled; Changed is when a file was applied.
	Mirror  string    `json:"mirror,omitempty"`
	Polled  time.Time `json:"polled"`
	Changed time.Time `json:"changed"`
	// Verified is when the whole list was last found to be what the feed
	// says: it came as a snapshot, or was read through.
	Verified time.Time `json:"verified"`
	// Error is what the last poll failed by, "" where it did not.
	Error string `json:"error,omitempty"`
	// Err is the same, for errors.Is.
	Err error `json:"-"`
}

// Status tells where the feed is; now is for Age and Stale. It waits for
// nobody.
func (f *Follower) Status(now time.Time) Status {
	s := f.seen.Load().Status
	if !s.Issued.IsZero() {
		s.AgeSeconds = int64(now.Sub(s.Issued) / time.Second)
	}
	s.Damaged = f.damage()
	s.Stale = !s.NextExpiry.IsZero() && now.After(s.NextExpiry)
	return s
}

// seen is what Status and Held answer from while a poll goes on.
type seen struct {
	Status
	held *Held
}

// show makes the follower's state visible.
func (f *Follower) show() {
	m := &f.memory
	s := seen{Status: f.last, held: m.Held}
	s.State, s.Version, s.Issued, s.Changed = m.State, m.Version, m.Issued, m.Changed
	s.Verified = m.Verified
	s.Diverged, s.Rejected = m.Diverged, m.Rejected
	expiry := m.trust.NextExpiry()
	s.NextExpiry, s.Expires = expiry.At, expiry.Role
	if m.Held != nil {
		s.Status.Held = m.Held.Target
	}
	if s.Err != nil {
		s.Error = s.Err.Error()
	}
	f.seen.Store(&s)
}
