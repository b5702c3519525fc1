package feed

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"testing"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
)

func checks(t *testing.T, imeis ...string) iter.Seq2[eir.Query, error] {
	t.Helper()
	return func(yield func(eir.Query, error) bool) {
		for _, i := range imeis {
			if !yield(eir.ParseQuery([]byte(i), nil, []byte("001010000000001"), today.Unix()), nil) {
				return
			}
		}
	}
}

// What would be answered with a candidate is what is answered with it in force.
func TestWhatIf(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	model := entry(t, eir.ByTAC, eir.TAC(102).First(), eir.TAC(102).Last(), eir.Prohibited, "clone")
	a.change(t, append(phones(t, 0, 10), model, malformed("*1")))
	n.poll(t, a.now)
	own := phone(t, 3)
	if _, err := n.store.Apply(store.Change{Source: store.Operator, Put: []eir.Entry{own.Entry}}); err != nil {
		t.Fatal(err)
	}
	subscriber := format.Entry{Entry: eir.Entry{Status: eir.Permitted}}
	subscriber.Kind = eir.BySubscriber
	subscriber.IMSI, _ = eir.ParseIMSI([]byte("001010000000002"))
	pair := phone(t, 5)
	pair.Kind, pair.Status = eir.Pair, eir.Permitted
	pair.IMSI, _ = eir.ParseIMSI([]byte("001010000000001"))
	next := map[key]format.Entry{}
	for _, e := range append(phones(t, 6, 10), subscriber, pair, phone(t, 5), malformed("*2")) {
		next[keyOf(e)] = e
	}
	snapshot, _ := file(t, format.Header{Kind: format.Snapshot, To: format.State{Epoch: 1, Sequence: 2}}, changes(nil, next))
	delta, _ := file(t, format.Header{Kind: format.Delta, From: a.state, To: format.State{Epoch: 1, Sequence: 2}}, changes(a.list, next))

	var imeis []string
	for i := range 20 {
		imeis = append(imeis, (tac.First() + eir.IMEI(i)).String())
	}
	imeis = append(imeis, eir.TAC(102).First().String(), "")
	ask := func() (all []eir.Status) {
		r, err := eir.New(n.store, eir.DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		for q := range checks(t, imeis...) {
			all = append(all, r.Check(q).Status)
		}
		return all
	}
	before := ask()
	var results []WhatIf
	for _, text := range [][]byte{snapshot, delta} {
		w, err := DiffCandidate(t.Context(), n.store, national, eir.DefaultPolicy(), bytes.NewReader(text), checks(t, imeis...))
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, w)
	}
	if !slices.Equal(ask(), before) {
		t.Error("the answers changed already")
	}
	a.put(t, "snapshot/2", snapshot, Label{Epoch: 1, To: 2})
	a.publish(t)
	n.poll(t, a.now)
	after := ask()
	turns := map[Turn]uint64{}
	changed := uint64(0)
	for i := range before {
		if before[i] != after[i] {
			changed++
			turns[Turn{From: before[i], To: after[i]}]++
		}
	}
	// Phones 0 to 2 and 4 and the model are freed, 5 by its pair, 10 to 15 blocked.
	if changed != 12 {
		t.Fatalf("%d answers changed: from %v to %v", changed, before, after)
	}
	for i, w := range results {
		if w.Checks != uint64(len(imeis)) || w.Changed != changed || len(w.Turns) != len(turns) || len(w.Samples) != int(changed) {
			t.Errorf("candidate %d: %+v, want %d changed, %v", i, w, changed, turns)
		}
		for _, turn := range w.Turns {
			if n := turns[Turn{From: turn.From, To: turn.To}]; n != turn.Checks {
				t.Errorf("candidate %d: %+v, want %d", i, turn, n)
			}
		}
	}
	if _, err := DiffCandidate(t.Context(), n.store, national, eir.DefaultPolicy(), bytes.NewReader(delta[:300]), checks(t, imeis...)); !errors.Is(err, format.ErrTruncated) {
		t.Errorf("half a candidate: %v", err)
	}
}

func TestDiffHeld(t *testing.T) {
	_, n, _ := badDay(t)
	w, err := n.DiffHeld(t.Context(), eir.DefaultPolicy(), checks(t, phone(t, 0).From.String(), phone(t, 70).From.String()))
	if err != nil || w.Checks != 2 || w.Changed != 1 || w.Samples[0].Then.Status != eir.Unknown {
		t.Errorf("%+v, %v", w, err)
	}
	if err := n.Reject(n.looked()); err != nil {
		t.Fatal(err)
	}
	if _, err := n.DiffHeld(t.Context(), eir.DefaultPolicy(), checks(t)); !errors.Is(err, ErrNotHeld) {
		t.Errorf("nothing is held: %v", err)
	}
}
