package feed

import (
	"errors"
	"strings"
	"testing"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
)

// guarded is an authority with 3000 phones, and a node with the guard of real
// ones that follows it.
func guarded(t *testing.T) (*authority, *node) {
	t.Helper()
	a := startAuthority(t)
	n := newNode(t, a, t.TempDir())
	n.config.Guard = DefaultGuard()
	n.open(t)
	t.Cleanup(func() { n.close(t) })
	a.change(t, phones(t, 0, 3000))
	n.poll(t, a.now)
	return a, n
}

// holds polls, and wants the newest update held for a limit.
func (n *node) holds(t *testing.T, a *authority, limit string) {
	t.Helper()
	out := n.poll(t, a.now)
	if out.Held == nil {
		t.Fatalf("nothing is held; %d applied", len(out.Applied))
	}
	for _, f := range out.Held.Why {
		if f.Limit == limit {
			return
		}
	}
	t.Fatalf("held for %v, not for %s", out.Held.Why, limit)
}

// Who stole the online keys ends every entry, which changes no status.
func TestThiefEndsEverything(t *testing.T) {
	a, n := guarded(t)
	all := phones(t, 0, 3000)
	for i := range all {
		all[i].Until = 1
	}
	a.change(t, all)
	n.holds(t, a, "update.freed_share")
	if s := n.check(t, 5); s != eir.Prohibited {
		t.Errorf("a phone is %s", s)
	}
}

// Who stole them tracks everybody's phone by one exception.
func TestThiefTracksEverything(t *testing.T) {
	a, n := guarded(t)
	e := entry(t, eir.Range, 0, eir.MaxIMEI, eir.Tracked, "x")
	e.Kind, e.IMSI = eir.RangePair, imsi(t, "001010")
	a.change(t, []format.Entry{e})
	n.holds(t, a, "update.freed")
}

// Who stole them tracks the parts of models that another list prohibits.
func TestThiefTracksInsideModels(t *testing.T) {
	a, n := guarded(t)
	var models, parts []format.Entry
	for i := range eir.TAC(20) {
		x := 1000 + i
		if i < 5 {
			models = append(models, entry(t, eir.ByTAC, x.First(), x.Last(), eir.Prohibited, "clone"))
		}
		parts = append(parts, entry(t, eir.Range, x.First()+1, x.Last(), eir.Tracked, "x"))
	}
	a.change(t, models)
	n.poll(t, a.now)
	a.change(t, parts[:5])
	if out := n.poll(t, a.now); out.Held != nil {
		t.Fatalf("4,999,995 IMEIs are held: %v", out.Held.Why)
	}
	a.change(t, nil, parts[:5]...)
	n.poll(t, a.now)
	a.change(t, append(parts, phone(t, 9000)))
	if out := n.poll(t, a.now); out.Held != nil || out.Applied[0].Difference.Freed.IMEIs != 4_999_995 {
		t.Fatalf("what is tracked outside of them counts: %+v", out.Applied)
	}
	a.change(t, nil, parts...)
	n.holds(t, a, "hour.blocked")
}

// Who stole them slows every check by ranges over everything.
func TestThiefAddsRanges(t *testing.T) {
	a, n := guarded(t)
	var all []format.Entry
	for i := range eir.TAC(10_001) {
		all = append(all, entry(t, eir.ByTAC, (1000+i).First(), (1000+i).Last(), eir.Tracked, "x"))
	}
	a.change(t, all)
	n.holds(t, a, "update.ranges")
	n.holds(t, a, "update.changed_share")
}

// Who stole them does it step by step.
func TestThiefTakesSmallSteps(t *testing.T) {
	a, n := guarded(t)
	for k := range 40 {
		var models []format.Entry
		for j := range 5 {
			x := eir.TAC(1000 + 5*k + j)
			models = append(models, entry(t, eir.ByTAC, x.First(), x.Last(), eir.Prohibited, "x"))
		}
		a.change(t, models)
	}
	n.holds(t, a, "hour.blocked")
	if st, _ := n.store.Source(national); st.ProhibitedIMEIs != 10_003_000 {
		t.Errorf("%d IMEIs are prohibited", st.ProhibitedIMEIs)
	}
	if m := n.Held().Why[0].Message; !strings.Contains(m, "within an hour") {
		t.Errorf("the message does not say over what time: %s", m)
	}
}

// A short list can't be wiped either.
func TestThiefWipesAShortList(t *testing.T) {
	for _, left := range []int{0, 100} {
		a := startAuthority(t)
		n := newNode(t, a, t.TempDir())
		n.config.Guard = DefaultGuard()
		n.open(t)
		t.Cleanup(func() { n.close(t) })
		a.change(t, phones(t, 0, 900))
		n.poll(t, a.now)
		a.change(t, nil, phones(t, left, 900-left)...)
		n.holds(t, a, "min_share")
	}
}

// Where the guard lets them pass, the store does not take ranges that slow
// every check, and the node goes on.
func TestThiefAddsRangesOverEachOther(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	a.change(t, phones(t, 0, 10))
	n.poll(t, a.now)
	var all []format.Entry
	for i := range eir.IMEI(store.MaxOverlap + 1) {
		all = append(all, entry(t, eir.Range, i, eir.MaxIMEI-i, eir.Tracked, "x"))
	}
	at := a.state
	a.change(t, all)
	_, err := n.Once(t.Context(), a.now)
	wantErr(t, err, store.ErrOverlap)
	n.at(t, a, at)
	if _, err = n.Once(t.Context(), a.now); !errors.Is(err, store.ErrOverlap) {
		t.Errorf("the next poll: %v", err)
	}
	deltas := 0
	for path, times := range a.requests() {
		if strings.HasPrefix(path, "/delta/") {
			deltas += times
		}
	}
	if deltas != 1 {
		t.Errorf("it was fetched %d times", deltas)
	}
	a.change(t, nil, all...)
	a.snapshot(t)
	n.poll(t, a.now)
	n.at(t, a, a.state)
}
