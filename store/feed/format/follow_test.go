package format

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func TestFollows(t *testing.T) {
	at := State{Epoch: 2, Sequence: 5, Entries: 10, Digest: Digest{1}, Link: Hash{5}}
	delta := func(do func(h *Header)) Header {
		h := deltaHeader(at)
		do(&h)
		return h
	}
	snapshot := func(epoch, sequence uint64, link Hash) Header {
		return Header{Kind: Snapshot, To: State{Epoch: epoch, Sequence: sequence, Link: link}}
	}
	for _, c := range []struct {
		name string
		at   State
		file Header
		want error
	}{
		{"the next delta", at, delta(func(h *Header) {}), nil},
		{"a delta of several steps", at, delta(func(h *Header) { h.To.Sequence = 9 }), nil},
		{"a delta for a node with nothing", State{}, delta(func(h *Header) {}), ErrGap},
		{"a delta too far ahead", at, delta(func(h *Header) { h.From.Sequence, h.To.Sequence = 6, 7 }), ErrGap},
		{"the same delta again", at, delta(func(h *Header) { h.From.Sequence, h.To.Sequence = 4, 5 }), ErrStepBack},
		{"an older delta", at, delta(func(h *Header) { h.From.Sequence, h.To.Sequence = 1, 2 }), ErrStepBack},
		{"a delta that begins behind", at, delta(func(h *Header) { h.From.Sequence, h.To.Sequence = 4, 7 }), ErrStepBack},
		{"a delta of the last epoch", at, delta(func(h *Header) { h.From.Epoch, h.To.Epoch = 1, 1 }), ErrEpoch},
		{"a delta of the next epoch", at, delta(func(h *Header) { h.From.Epoch, h.To.Epoch = 3, 3 }), ErrEpoch},
		{"a delta after another file", at, delta(func(h *Header) { h.From.Link[31]++ }), ErrPrevious},
		{"a delta of another content", at, delta(func(h *Header) { h.From.Digest[3]++ }), ErrDiverged},
		{"a delta of another number", at, delta(func(h *Header) { h.From.Entries++ }), ErrDiverged},

		{"a first snapshot", State{}, snapshot(1, 1, Hash{}), nil},
		{"a later snapshot", at, snapshot(2, 9, Hash{9}), nil},
		{"a snapshot of the same state", at, snapshot(2, 5, Hash{5}), nil},
		{"a snapshot of another history", at, snapshot(2, 5, Hash{6}), ErrPrevious},
		{"a snapshot of the past", at, snapshot(2, 4, Hash{4}), ErrStepBack},
		{"a snapshot of the last epoch", at, snapshot(1, 90, Hash{9}), ErrEpoch},
		{"a new epoch", at, snapshot(3, 1, Hash{}), nil},
	} {
		err := c.file.Follows(c.at)
		var fault *Error
		if !errors.Is(err, c.want) || err != nil && !errors.As(err, &fault) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

// The authority publishes two lists under one sequence: the node that has one
// finds the other out, though only the hash of the whole file tells them apart.
func TestSecondBeginningIsFoundAtItsEnd(t *testing.T) {
	one := write(t, snapshotHeader(1), added(three()))
	other := write(t, snapshotHeader(1), added(three()[:2]))
	s := stateOf(t, one)
	if _, _, err := read(bytes.NewReader(other), Limits{}, &s); !errors.Is(err, ErrPrevious) {
		t.Errorf("got %v, want %v", err, ErrPrevious)
	}
	// A node whose content diverged takes the same file again.
	s.Digest[0]++
	if _, _, err := read(bytes.NewReader(one), Limits{}, &s); err != nil {
		t.Errorf("the list can't be brought back: %v", err)
	}
}

// A chain of files, each read on the state that the last one led to.
func TestChain(t *testing.T) {
	list := three()
	base := write(t, snapshotHeader(1), added(list))
	_, s1, err := read(bytes.NewReader(base), Limits{}, &State{})
	if err != nil {
		t.Fatal(err)
	}
	second := write(t, deltaHeader(s1), []Change{{Op: Added, New: exact(9)}})
	_, s2, err := read(bytes.NewReader(second), Limits{}, &s1)
	if err != nil {
		t.Fatal(err)
	}
	third := write(t, deltaHeader(s2), []Change{{Op: Removed, Old: exact(9)}})
	_, s3, err := read(bytes.NewReader(third), Limits{}, &s2)
	if err != nil {
		t.Fatal(err)
	}
	if s3.Digest != s1.Digest || s3.Sequence != 3 || s3.Entries != 3 || s3.Link != sha(third) {
		t.Errorf("three files lead to %+v", s3)
	}
	if _, _, err := read(bytes.NewReader(third), Limits{}, &s1); !errors.Is(err, ErrGap) {
		t.Errorf("without the second: got %v, want %v", err, ErrGap)
	}
	if _, _, err := read(bytes.NewReader(second), Limits{}, &s2); !errors.Is(err, ErrStepBack) {
		t.Errorf("the second twice: got %v, want %v", err, ErrStepBack)
	}
	// A delta over both steps leads to the same state, since it says which
	// file the sequence was first reached by.
	over := deltaHeader(s1)
	over.To = State{Epoch: 1, Sequence: 3, Link: s3.Link}
	if _, s, err := read(bytes.NewReader(write(t, over, nil)), Limits{}, &s1); err != nil || s != s3 {
		t.Errorf("both steps in one lead to %+v, %v", s, err)
	}
}

// State is nothing to rely on before the end.
func TestStateOnlyAtTheEnd(t *testing.T) {
	r, err := NewReader(bytes.NewReader(write(t, snapshotHeader(1), added(three()))), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var c Change
	for {
		if _, known := r.State(); known {
			t.Fatal("known before the end")
		}
		if err := r.Next(&c); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if _, known := r.State(); !known || r.Next(&c) != io.EOF {
		t.Error("unknown at the end")
	}
}
