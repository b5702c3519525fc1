package format

// Follows reports why the file may not be applied to a list in the state s:
// an *Error that Is one of ErrEpoch, ErrGap, ErrStepBack, ErrPrevious and
// ErrDiverged, or nil.
//
// A snapshot needs no state and may repeat the sequence of the list: that is
// how a list whose content diverged is brought back. A delta needs the very
// state that it was made from.
func (h *Header) Follows(s State) error {
	if err := h.follows(&s); err != nil {
		err.Offset = headerLen
		return err
	}
	return nil
}

func (h *Header) follows(s *State) *Error {
	if h.Kind == Snapshot {
		switch {
		case h.To.Epoch > s.Epoch:
			return nil
		case h.To.Epoch < s.Epoch:
			return fault(ErrEpoch, "a snapshot of epoch %d, the list is in %d", h.To.Epoch, s.Epoch)
		case h.To.Sequence < s.Sequence:
			return fault(ErrStepBack, "a snapshot of sequence %d, the list is at %d", h.To.Sequence, s.Sequence)
		case h.To.Sequence == s.Sequence && h.To.Link != (Hash{}) && h.To.Link != s.Link:
			return fault(ErrPrevious, "the snapshot of sequence %d goes back to %s, the list to %s", s.Sequence, h.To.Link, s.Link)
		}
		return nil
	}
	switch {
	case s.Sequence == 0:
		return fault(ErrGap, "no snapshot was applied yet: apply one first")
	case h.To.Epoch != s.Epoch:
		return fault(ErrEpoch, "a delta of epoch %d, the list is in %d", h.To.Epoch, s.Epoch)
	case h.To.Sequence <= s.Sequence:
		return fault(ErrStepBack, "a delta to sequence %d, the list is at %d", h.To.Sequence, s.Sequence)
	case h.From.Sequence > s.Sequence:
		return fault(ErrGap, "a delta from sequence %d, the list is at %d: apply what is between, or a snapshot", h.From.Sequence, s.Sequence)
	case h.From.Sequence < s.Sequence:
		return fault(ErrStepBack, "a delta from sequence %d, the list is at %d", h.From.Sequence, s.Sequence)
	case h.From.Link != s.Link:
		return fault(ErrPrevious, "the delta follows %s, the list was reached by %s", h.From.Link, s.Link)
	case h.From.Digest != s.Digest || h.From.Entries != s.Entries:
		return fault(ErrDiverged, "the delta changes %d entries with digest %s, the list has %d with %s: apply a snapshot",
			h.From.Entries, h.From.Digest, s.Entries, s.Digest)
	}
	return nil
}
