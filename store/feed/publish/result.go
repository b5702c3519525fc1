package publish

import (
	"errors"
	"fmt"
	"strings"

	"paperweight/store/feed"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// Result is what a publication came to.
type Result struct {
	// Read counts what the files held.
	Read Read `json:"read"`
	// From and To are the states of the list before and after; equal where
	// nothing changed.
	From format.State `json:"from"`
	To   format.State `json:"to"`
	// Difference is what changed, nil where nothing did.
	Difference *feed.Difference `json:"difference,omitempty"`
	// Findings are why it would have been held, where Job.Confirm was given.
	Findings []feed.Finding `json:"findings,omitempty"`
	// Added are the targets that are new, Removed the names of those that
	// were taken off.
	Added   []Target `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
	// Blacklist says what the DIRBS blacklist holds, where one was written.
	Blacklist *Blacklist `json:"blacklist,omitempty"`
	// Reasons is how many distinct ones the list has.
	Reasons Reasons `json:"reasons"`
	// SnapshotDue asks for a snapshot: so many deltas lead on from the last
	// one that nodes read long lists of them.
	SnapshotDue bool `json:"snapshot_due,omitempty"`
	// Pruned is how many files were removed to which no publication had led
	// for Config.Grace.
	Pruned int `json:"pruned,omitempty"`
	// Expiry is which metadata expires next.
	Expiry trust.Expiry `json:"expiry"`
}

// Read counts what was read from list files.
type Read struct {
	Lines   uint64 `json:"lines"`
	Records uint64 `json:"records"`
	// Duplicates were listed again: the later line counts.
	Duplicates uint64 `json:"duplicates"`
	// Malformed are identities that are no IMEI and were kept as they are.
	Malformed uint64 `json:"malformed"`
	// Bad lines were left out, Warnings had a field that was.
	Bad      uint64 `json:"bad"`
	Warnings uint64 `json:"warnings"`
	// Idle counts changes that had nothing to change: removed what was not
	// listed, or listed what was.
	Idle uint64 `json:"idle"`
	// Skipped names members of archives that were not read, and why.
	Skipped []string `json:"skipped,omitempty"`
}

// Target is a published file.
type Target struct {
	Name   string      `json:"name"`
	SHA256 format.Hash `json:"sha256"`
	Octets int64       `json:"octets"`
	// Records is how many entries or changes it holds.
	Records uint64 `json:"records"`
}

// HeldError says that the Guard found an update too large or out of place, or
// that its files do not surely follow those before. Nothing was published;
// Job.Confirm publishes it.
type HeldError struct {
	Findings []feed.Finding
	// Difference is what it would change, nil where it was not read so far.
	Difference *feed.Difference
}

func (e *HeldError) Error() string {
	why := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		why[i] = f.Message
	}
	if e.Difference == nil {
		return fmt.Sprintf("feed: nothing was published: %s; confirm if it is meant", strings.Join(why, "; "))
	}
	return fmt.Sprintf("feed: nothing was published, since nodes may hold it: %s; look at the difference, and confirm if it is meant", strings.Join(why, "; "))
}

// WaitingError says that what was prepared lacks signatures. It is kept, and
// published once they are there: Sign, then Publish without files. It Is
// trust.ErrSignature.
type WaitingError struct{ Pending []trust.Pending }

func (e *WaitingError) Error() string {
	var roles []string
	for _, p := range e.Pending {
		if p.Missing > 0 {
			roles = append(roles, fmt.Sprintf("%s (%d more)", p.Role, p.Missing))
		}
	}
	return "feed: prepared, not published: signatures are missing of " + strings.Join(roles, ", ") + "; sign, then publish"
}

// Unwrap gives errors.Is the kind.
func (e *WaitingError) Unwrap() error { return trust.ErrSignature }

// ErrEmpty says that a feed without a list has nothing to make a snapshot of.
var ErrEmpty = errors.New("feed: no list was published yet")
