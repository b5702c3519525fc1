package feed

import (
	"errors"
	"testing"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// A block that rots in a list which is to be replaced keeps nobody from it,
// whether it was found before or is found by the comparison.
func TestRottenListIsReplaced(t *testing.T) {
	for name, found := range map[string]bool{"found": true, "not found": false} {
		t.Run(name, func(t *testing.T) {
			a, n := followed(t, Guard{Protected: []Range{{tac.First() + 2999, tac.First() + 2999}, {tac.First() + 10, tac.First() + 10}}})
			n.fresh(t, a)
			n.rot(t, 1)
			if found {
				n.ask(t, a)
			}
			a.change(t, phones(t, 8000, 3))
			a.begin(t, a.state.Epoch+1)
			h := n.poll(t, a.now).Held
			if h == nil || !h.Difference.Unread || h.Difference.Protected != 2 || h.Difference.Added != 3 {
				t.Fatalf("held %+v", h)
			}
			if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
				t.Fatal(err)
			}
			n.whole(t, a)
		})
	}
}

// A delta that meets a rotten block is what finds it.
func TestDeltaMeetsRot(t *testing.T) {
	a, n := followed(t, Guard{})
	n.fresh(t, a)
	n.rot(t, 1)
	a.change(t, nil, phones(t, 3, 2997)...)
	out, err := n.Once(t.Context(), a.now)
	wantErr(t, err, store.ErrCorrupt)
	n.poll(t, a.now)
	n.whole(t, a)
	if len(out.Applied) != 2 || len(n.diverged) != 1 || !n.diverged[0].Damaged {
		t.Errorf("applied %+v, told %v", out.Applied, n.diverged)
	}
}

// A list that can't be read is not what the feed says.
func TestVerifyMeetsRot(t *testing.T) {
	a, n := followed(t, tightest)
	n.fresh(t, a)
	n.rot(t, 1)
	for range 2 {
		err := n.Verify(t.Context(), a.now)
		var d *DivergedError
		if !errors.As(err, &d) || !d.Damaged {
			t.Fatalf("verified: %v", err)
		}
	}
	<-n.wake // for a poll at once
	n.poll(t, a.now)
	n.whole(t, a)
	if err := n.Verify(t.Context(), a.now); err != nil {
		t.Error(err)
	}
}

// An import that is damaged is nobody's to fetch. The feed's list counts as damaged
// with it where it may lie in the same file: once, and not for each check.
func TestHealsBesideAnImport(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	apply := func(source string, all []format.Entry) {
		c := store.Change{Source: source}
		for _, e := range all {
			c.Put = append(c.Put, e.Entry)
		}
		if _, err := n.store.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	// One is before the feed's in the order of keys, and one behind.
	imported := several(t, 20_000, 3000)
	apply("first", imported)
	a.change(t, phones(t, 0, 100))
	n.poll(t, a.now)
	apply("last", phones(t, 90_000, 1))
	n.close(t)
	n.cache = 1
	n.open(t)
	n.rot(t, 1)
	failed := 0
	for i := 0; i < len(imported); i += 10 { // each look into the block costs 30 ms
		e := &imported[i]
		if v := n.asked(t, e.From); v.Rule == eir.RuleStoreFailure {
			failed++
		} else if v.Status != eir.Prohibited {
			t.Fatalf("%s is %s", e.From, v.Status)
		}
		if n.Status(a.now).Damaged != "" {
			n.poll(t, a.now)
		}
	}
	if d := n.store.Damaged(); failed == 0 || len(d) != 1 || d[0].Name != "first" {
		t.Errorf("%d checks fail, damaged: %+v", failed, d)
	}
	n.at(t, a, a.state)
	if len(n.diverged) != 1 || n.ask(t, a) != 0 {
		t.Errorf("told %v", n.diverged)
	}
}

// The list of another that can't be read keeps no update away: it counts as one
// that bars all.
func TestRangesThatCantBeRead(t *testing.T) {
	m := newMeasure(&Guard{}, today, 1, false, func(yield func(eir.Entry, error) bool) {
		yield(eir.Entry{}, &store.Error{Kind: store.ErrCorrupt})
	})
	i := tac.First()
	c := format.Change{Op: format.Added, New: entry(t, eir.Exact, i, i, eir.Tracked, "x")}
	if err := m.add(&c); err != nil || m.result().Freed.IMEIs != 1 {
		t.Errorf("%v, %+v", err, m.result())
	}
}

// Where the trust in the feed can't be read the node starts all the same, with what
// keeps a mirror from leading it back.
func TestStartsWithoutItsTrust(t *testing.T) {
	a := startAuthority(t)
	a.change(t, phones(t, 0, 100))
	old := "file://" + a.copyPublic(t)
	n := startNode(t, a)
	a.change(t, phones(t, 200, 1))
	n.poll(t, a.now)
	// As the metadata of a feed with many deltas: what is behind the first is in
	// another block than the record.
	large := map[string][]byte{}
	for role := range 5 {
		var blob []byte
		for i := range 600 {
			sum := hashOf([]byte{byte(role), byte(i), byte(i >> 8)})
			blob = append(blob, sum[:]...)
		}
		large["trust/"+string(rune('a'+role))] = blob
	}
	if err := n.store.Attach(national, large); err != nil {
		t.Fatal(err)
	}
	n.config.Mirrors = []string{old}
	n.lose(t, func(string) { n.rot(t, 2) })
	if _, err := n.store.Attached(national); !errors.Is(err, store.ErrCorrupt) {
		t.Fatalf("the trust is read: %v", err)
	}
	n.at(t, a, a.state)
	if _, err := Left(n.store, func(string) bool { return false }); err != nil {
		t.Error(err)
	}
	_, err := n.Once(t.Context(), a.now)
	wantErr(t, err, trust.ErrRollback)
	n.config.Mirrors = []string{a.web.URL}
	n.reopen(t)
	a.change(t, phones(t, 300, 1))
	n.poll(t, a.now)
	n.at(t, a, a.state)
}
