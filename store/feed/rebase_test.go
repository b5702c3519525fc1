package feed

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"paperweight/eir"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// doubting is a node at sequence 6 whose list is as it should be, and the feed
// of who stole its online keys: a delta behind another history has the node
// doubt its list, and of the authority's files only the snapshot of sequence 1
// is left. What else he lists comes with lies, and is published. It returns
// the honest deltas as well.
func doubting(t *testing.T, guard Guard, lies func(a *authority)) (*authority, *node, map[string][]byte) {
	t.Helper()
	a := startAuthority(t)
	n := newNode(t, a, t.TempDir())
	n.config.Guard = guard
	n.open(t)
	t.Cleanup(func() { n.close(t) })
	a.change(t, phones(t, 0, 100))
	for i := range 5 {
		a.change(t, phones(t, 200+20*i, 20), phone(t, i))
	}
	n.poll(t, a.now)
	n.at(t, a, a.state)
	honest := map[string][]byte{}
	for s := uint64(2); s <= a.state.Sequence; s++ {
		name := fmt.Sprintf("delta/%d", s)
		text, err := os.ReadFile(a.public() + "/delta/" + a.links[s].Link.String() + fmt.Sprintf(".%d", s))
		if err != nil {
			t.Fatal(err)
		}
		honest[name] = text
	}
	other := a.state
	other.Link[0] ^= 1
	text, _ := file(t, format.Header{Kind: format.Delta, From: other, To: format.State{Epoch: 1, Sequence: 7}}, nil)
	a.put(t, "delta/7", text, Label{1, 6, 7})
	a.remove(t, trust.Deltas, slices.Collect(maps.Keys(honest))...)
	lies(a)
	a.publish(t)
	return a, n, honest
}

// A list that diverged, or is told so, begins with an older snapshot only where
// that leads to where it was or further, as one step: whatever is wrong with a
// file behind it, nobody who was barred is free for a moment.
func TestNoListGoesBack(t *testing.T) {
	base := func(a *authority) format.State { return a.links[1] }
	delta := func(a *authority, to uint64, all ...format.Change) {
		text, _ := file(t, format.Header{Kind: format.Delta, From: base(a), To: format.State{Epoch: 1, Sequence: to}}, all)
		a.put(t, fmt.Sprintf("delta/%d", to), text, Label{1, 1, to})
	}
	for name, c := range map[string]struct {
		lies func(a *authority)
		want error
	}{
		"no delta is left":         {func(*authority) {}, ErrDiverged},
		"a delta to an older list": {func(a *authority) { delta(a, 5) }, ErrDiverged},
		"rubbish": {func(a *authority) {
			a.put(t, "delta/6", []byte("rubbish"), Label{1, 1, 6})
		}, format.ErrTruncated},
		"a delta that is cut": {func(a *authority) {
			text, _ := file(t, format.Header{Kind: format.Delta, From: base(a), To: format.State{Epoch: 1, Sequence: 6}}, nil)
			a.put(t, "delta/6", text[:len(text)-1], Label{1, 1, 6})
		}, format.ErrTruncated},
		"behind another snapshot": {func(a *authority) {
			from := base(a)
			from.Link[0] ^= 1
			text, _ := file(t, format.Header{Kind: format.Delta, From: from, To: format.State{Epoch: 1, Sequence: 6}}, nil)
			a.put(t, "delta/6", text, Label{1, 1, 6})
		}, format.ErrPrevious},
		"takes away what the snapshot does not list": {func(a *authority) {
			delta(a, 6, format.Change{Op: format.Removed, Old: phone(t, 200)})
		}, format.ErrDiverged},
		"takes away what the snapshot lists otherwise": {func(a *authority) {
			other := phone(t, 50)
			other.Reason = "lost"
			delta(a, 6, format.Change{Op: format.Removed, Old: other})
		}, format.ErrDiverged},
		"adds what the snapshot lists": {func(a *authority) {
			delta(a, 6, format.Change{Op: format.Added, New: phone(t, 50)})
		}, format.ErrDiverged},
	} {
		t.Run(name, func(t *testing.T) {
			a, n, honest := doubting(t, Guard{}, c.lies)
			at := a.state
			found := false // a file in a poll, where several are no good
			for range 3 {
				out, err := n.Once(t.Context(), a.now)
				if len(out.Applied) != 0 {
					t.Errorf("applied %+v", out.Applied)
				}
				n.at(t, a, at)
				if n.check(t, 200) != eir.Prohibited {
					t.Fatal("who was barred is free")
				}
				if err == nil {
					t.Error("the poll finds nothing wrong")
				}
				found = found || errors.Is(err, c.want)
			}
			if !found {
				t.Errorf("no poll failed by %v", c.want)
			}
			if n.Status(a.now).Diverged == "" {
				t.Error("it does not doubt its list")
			}
			a.restore(t, honest)
			n.poll(t, a.now)
			n.at(t, a, at)
			if s := n.Status(a.now); s.Diverged != "" || len(n.applied) != 6+1 || n.applied[6].Target != "delta/6" || n.applied[6].Kind != format.Snapshot {
				t.Errorf("status %+v, applied %+v", s, n.applied[6:])
			}
		})
	}
}

// restore lists the honest deltas again, and nothing else.
func (a *authority) restore(t *testing.T, honest map[string][]byte) {
	t.Helper()
	for name, target := range a.repo.Targets() {
		if target.Role == trust.Deltas {
			a.remove(t, trust.Deltas, name)
		}
	}
	for name, text := range honest {
		var s uint64
		if _, err := fmt.Sscanf(name, "delta/%d", &s); err != nil {
			t.Fatal(err)
		}
		a.put(t, name, text, Label{1, s - 1, s})
	}
	a.publish(t)
}

// A mirror that fails between two files does no harm either.
func TestMirrorFailsOnTheWayBack(t *testing.T) {
	a, n, honest := doubting(t, Guard{}, func(*authority) {})
	if _, err := n.Once(t.Context(), a.now); err == nil {
		t.Fatal("nothing is wrong")
	}
	a.restore(t, honest)
	lost := a.public() + "/delta/" + a.links[4].Link.String() + ".4"
	if err := os.Remove(lost); err != nil {
		t.Fatal(err)
	}
	_, err := n.Once(t.Context(), a.now)
	wantErr(t, err, trust.ErrNotFound)
	n.at(t, a, a.state)
	if err := os.WriteFile(lost, honest["delta/4"], 0o600); err != nil {
		t.Fatal(err)
	}
	n.poll(t, a.now)
	n.at(t, a, a.state)
}

// More changes than fit in RAM wait for a newer snapshot.
func TestTooLongAWayBack(t *testing.T) {
	a, n, honest := doubting(t, Guard{}, func(*authority) {})
	n.config.Limits.DeltaRecords = 100 // five deltas of 21 each
	n.reopen(t)
	a.restore(t, honest)
	tamper(t, n, 9)
	_, err := n.Once(t.Context(), a.now)
	wantErr(t, err, ErrDiverged)
	if s := n.Status(a.now); s.Sequence != 6 || len(n.refused) != 0 || n.check(t, 200) != eir.Prohibited {
		t.Errorf("status %+v, refused %v", s, n.refused)
	}
	a.snapshot(t)
	n.poll(t, a.now)
	n.at(t, a, a.state)
}

// What brings a list further than it was is held to the guard as one, with all of
// its files, over a restart, and may be tried, released and rejected.
func TestHeldWayBack(t *testing.T) {
	held := func(t *testing.T) (*authority, *node) {
		a, n, honest := doubting(t, Guard{Update: Bounds{Blocked: 30}}, func(*authority) {})
		a.restore(t, honest)
		a.change(t, phones(t, 400, 10))
		a.rollup(t, 1)
		tamper(t, n, 9)
		h := n.poll(t, a.now).Held
		if h == nil || h.Kind != "snapshot" || h.Target != "delta/7" || len(h.Base) != 1 || h.Base[0].Target != "snapshot/1" || h.To != a.state ||
			h.Difference.Added != 175 || h.Difference.After != 205 {
			t.Fatalf("held %+v", h)
		}
		n.reopen(t)
		n.poll(t, a.now)
		if n.Held() == nil || n.check(t, 200) != eir.Prohibited || n.check(t, 50) != eir.Unknown {
			t.Fatal("not held any more")
		}
		return a, n
	}
	t.Run("release", func(t *testing.T) {
		a, n := held(t)
		w, err := n.DiffHeld(t.Context(), eir.DefaultPolicy(), checks(t, (tac.First()+200).String(), (tac.First()+3).String(), (tac.First()+50).String()))
		if err != nil || w.Checks != 3 || w.Changed != 1 {
			t.Errorf("%+v, %v", w, err)
		}
		a.down.Store(true) // its files are here
		if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
			t.Fatal(err)
		}
		n.at(t, a, a.state)
		if left, _ := os.ReadDir(n.config.Dir); len(left) != 0 {
			t.Errorf("files are left: %v", left)
		}
	})
	t.Run("reject", func(t *testing.T) {
		a, n := held(t)
		if err := n.Reject(n.looked()); err != nil {
			t.Fatal(err)
		}
		_, err := n.Once(t.Context(), a.now)
		wantErr(t, err, ErrDiverged)
		if n.check(t, 200) != eir.Prohibited || n.check(t, 50) != eir.Unknown || n.Status(a.now).Sequence != 6 {
			t.Errorf("status %+v", n.Status(a.now))
		}
	})
	t.Run("taken back", func(t *testing.T) {
		a, n := held(t)
		a.remove(t, trust.Deltas, "delta/7")
		a.publish(t)
		_, err := n.Once(t.Context(), a.now)
		wantErr(t, err, ErrDiverged)
		if n.Held() != nil {
			t.Error("a way of which a file is gone is held")
		}
	})
}
