package feed

import (
	"context"
	"errors"
	"io"
	"iter"

	"paperweight/eir"
	"paperweight/store"
)

// WhatIf is what a candidate would change of the answers to some checks.
type WhatIf struct {
	// Checks is how many were asked.
	Checks uint64 `json:"checks"`
	// Changed is how many of them would be answered otherwise.
	Changed uint64 `json:"changed"`
	// Turns divides Changed by the statuses before and after.
	Turns []Turn `json:"turns,omitempty"`
	// Samples are some of the changed ones, for an operator's eyes.
	Samples []Changed `json:"samples,omitempty"`
}

// Turn counts the checks whose answer would go from one status to another.
type Turn struct {
	From   eir.Status `json:"from"`
	To     eir.Status `json:"to"`
	Checks uint64     `json:"checks"`
}

// Changed is a check that would be answered otherwise.
type Changed struct {
	Query eir.Query
	Now   eir.Verdict
	Then  eir.Verdict
}

// DiffCandidate answers checks twice: as the store does now, and as it would
// with the candidate, a snapshot or a delta (store/feed/format), in force for
// the source. A delta is laid over the list as it is, wherever that stands.
// Nothing is changed. The checks are kept in RAM, some 100 octets each.
func DiffCandidate(ctx context.Context, st *store.Store, source string, policy eir.Policy,
	candidate io.Reader, checks iter.Seq2[eir.Query, error]) (WhatIf, error) {
	return WhatIf{}, errors.New("feed: not built yet")
}

// DiffHeld does so with the update that is held. ErrNotHeld where none is.
func (f *Follower) DiffHeld(ctx context.Context, policy eir.Policy, checks iter.Seq2[eir.Query, error]) (WhatIf, error) {
	return WhatIf{}, ErrNotHeld
}
