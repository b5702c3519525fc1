package trust

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"time"
)

// State is what a node remembers of a feed's trust: verified metadata, as it
// was published, under its role's name. The empty State trusts the anchor
// alone. Who keeps it stores each value under its name, unchanged, in one
// atomic, synced step; it holds no secret.
//
// Refresh takes a State and returns the next one. It may be committed together
// with what was applied, or at once: which sequence a node has applied is not
// part of it, so an early commit loses nothing, and it closes the way back for
// an attacker the sooner.
type State map[string][]byte

// anchorName is the one entry that is not a role: the hash of the trust anchor
// that the chain of roots began with.
const anchorName = "anchor"

// begin returns the state to work on, a copy. Another anchor than last time is
// the operator's word: the chain of roots begins anew with it, and what else
// is remembered counts as far as that root's keys signed it.
func (s State) begin(anchor []byte) State {
	s = maps.Clone(s)
	if s == nil {
		s = State{}
	}
	sum := sha256.Sum256(anchor)
	if string(s[anchorName]) != string(sum[:]) || s[Root] == nil {
		s[anchorName], s[Root] = sum[:], anchor
	}
	return s
}

// Least returns what of a state suffices for nothing older to be believed: the
// root, the timestamp, and which anchor they began with. It is some kilobytes;
// the rest comes again from any mirror.
func (s State) Least() State {
	least := State{}
	for _, name := range []string{anchorName, Root, Timestamp} {
		if text := s[name]; text != nil {
			least[name] = text
		}
	}
	return least
}

// Issued returns when the newest publication that was verified was signed; it is
// zero where none was.
func (s State) Issued() time.Time {
	var m struct {
		Signed struct {
			Issued time.Time `json:"issued"`
		} `json:"signed"`
	}
	if json.Unmarshal(s[Timestamp], &m) != nil {
		return time.Time{}
	}
	return m.Signed.Issued
}

// Expiry is when metadata ceases to be valid.
type Expiry struct {
	Role string
	At   time.Time
}

// NextExpiry returns which metadata of the state expires first; it is zero
// where nothing was verified yet. It needs no mirror, so that a node which
// starts cut off from all of them knows how stale its lists are.
func (s State) NextExpiry() Expiry {
	var next Expiry
	for role, text := range s {
		if role == anchorName {
			continue
		}
		var m struct {
			Signed struct {
				Expires time.Time `json:"expires"`
			} `json:"signed"`
		}
		if err := json.Unmarshal(text, &m); err != nil || m.Signed.Expires.IsZero() {
			continue
		}
		at := m.Signed.Expires
		if next.At.IsZero() || at.Before(next.At) || at.Equal(next.At) && role < next.Role {
			next = Expiry{role, at}
		}
	}
	return next
}
