package feed

import (
	"context"
	"io"
	"iter"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
)

// WhatIf is what a candidate would change of the answers to some checks.
type WhatIf struct {
	// Checks is how many were asked.
	Checks uint64 `json:"checks"`
	// Changed is how many of them would be answered otherwise.
	Changed uint64 `json:"changed"`
	// Turns divides Changed by the statuses before and after.
	Turns []Turn `json:"turns,omitempty"`
	// Samples are the first of the changed ones, for an operator's eyes.
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

const maxChanged = 100

// DiffCandidate answers checks twice: as the store does now, and as it would
// with the candidate, a snapshot or a delta (store/feed/format), in force for
// the source. A delta is laid over the list as it is, wherever that stands.
// Nothing is changed. The checks are kept in RAM, some 200 octets each.
func DiffCandidate(ctx context.Context, st *store.Store, source string, policy eir.Policy,
	candidate io.Reader, checks iter.Seq2[eir.Query, error]) (WhatIf, error) {
	in, err := format.NewReader(candidate, format.Limits{})
	if err != nil {
		return WhatIf{}, err
	}
	w := &whatIf{store: st, source: source, policy: policy, delta: in.Header().Kind == format.Delta}
	return w.ask(ctx, in, checks)
}

func (w *whatIf) ask(ctx context.Context, in content, checks iter.Seq2[eir.Query, error]) (WhatIf, error) {
	for q, err := range checks {
		if err != nil {
			return WhatIf{}, err
		}
		w.cases = append(w.cases, whatCase{query: q})
	}
	if err := w.read(ctx, in); err != nil {
		return WhatIf{}, err
	}
	return w.answer(ctx)
}

// DiffHeld does so with the update that is held. ErrNotHeld where none is.
func (f *Follower) DiffHeld(ctx context.Context, policy eir.Policy, checks iter.Seq2[eir.Query, error]) (WhatIf, error) {
	h := f.Held()
	if h == nil {
		return WhatIf{}, ErrNotHeld
	}
	files, err := f.openHeld(h)
	if err != nil {
		return WhatIf{}, &TargetError{f.config.Source, h.Target, err}
	}
	defer closeAll(files)
	if len(files) == 1 {
		return DiffCandidate(ctx, f.store, f.config.Source, policy, files[0], checks)
	}
	way := h.way()
	in, err := f.readers(way, files, format.State{})
	if err != nil {
		return WhatIf{}, err
	}
	list, err := merge(ctx, way, in, f.config.Limits.DeltaRecords)
	if err != nil {
		return WhatIf{}, err
	}
	w := &whatIf{store: f.store, source: f.config.Source, policy: policy}
	return w.ask(ctx, list, checks)
}
