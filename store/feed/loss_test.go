package feed

import (
	"path/filepath"
	"strings"
	"testing"

	"paperweight/eir"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// A mirror that plays an old publication leads nobody back who has lost all but
// what was acknowledged.
func TestNoMirrorLeadsBack(t *testing.T) {
	a := startAuthority(t)
	a.change(t, phones(t, 0, 100))
	old := "file://" + a.copyPublic(t)
	n := startNode(t, a)
	a.change(t, phones(t, 200, 100))
	n.poll(t, a.now)
	n.lose(t, gone(t))
	if len(n.memory.trust) != 3 {
		t.Errorf("%d parts of the trust are left", len(n.memory.trust))
	}
	n.config.Mirrors = []string{old}
	n.reopen(t)
	_, err := n.Once(t.Context(), a.now)
	wantErr(t, err, trust.ErrRollback)
	if s := n.Status(a.now); s.State != a.state || s.Version == 0 || n.ask(t, a) != len(a.list) {
		t.Errorf("status %+v", s)
	}
	n.config.Mirrors = []string{old, a.web.URL}
	n.reopen(t)
	n.poll(t, a.now)
	n.whole(t, a)

	// Nor does who may sign what is newer and leads nowhere.
	n.lose(t, gone(t))
	a.remove(t, trust.Deltas, "delta/2")
	a.publish(t)
	_, err = n.Once(t.Context(), a.now)
	wantErr(t, err, ErrDiverged)
	if s := n.Status(a.now); s.Sequence != 2 || n.ask(t, a) != len(a.list) {
		t.Errorf("status %+v", s)
	}
	a.snapshot(t)
	n.poll(t, a.now)
	n.whole(t, a)
}

// What was held or rejected is so still, after the loss of all but the record.
func TestLossWhileHeld(t *testing.T) {
	for _, kind := range []string{"delta", "snapshot"} {
		t.Run(kind, func(t *testing.T) {
			a, n, before := badDay(t)
			if kind == "snapshot" {
				// The delta is rejected, and what it did held in another shape.
				if err := n.Reject(n.looked()); err != nil {
					t.Fatal(err)
				}
				a.snapshot(t)
				n.poll(t, a.now)
			}
			held, told := n.Held(), len(n.held)
			n.lose(t, gone(t))
			n.poll(t, a.now)
			n.at(t, a, before)
			h := n.Held()
			if h == nil || h.SHA256 != held.SHA256 || len(n.held) != told || len(n.diverged) != 1 {
				t.Fatalf("held %+v, alarms: %d, %d", h, len(n.held), len(n.diverged))
			}
			if s := n.Status(a.now); (len(s.Rejected) == 1) != (kind == "snapshot") {
				t.Errorf("rejected: %v", s.Rejected)
			}
			if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
				t.Fatal(err)
			}
			n.poll(t, a.now)
			n.at(t, a, a.state)
		})
	}
	// Where only a whole list is left that may have it as well, that waits too.
	for _, decided := range []string{"held", "rejected"} {
		t.Run(decided+", and no way back", func(t *testing.T) {
			a, n, _ := badDay(t)
			if decided == "rejected" {
				if err := n.Reject(n.looked()); err != nil {
					t.Fatal(err)
				}
			}
			a.change(t, phones(t, 300, 59))
			a.snapshot(t)
			a.remove(t, trust.Snapshots, "snapshot/1")
			a.publish(t)
			n.lose(t, gone(t))
			for range 2 {
				n.poll(t, a.now)
				h := n.Held()
				if h == nil || h.Kind != "snapshot" || len(h.Why) != 1 || !strings.Contains(h.Why[0].Message, "held or rejected before") {
					t.Fatalf("held %+v", h)
				}
				n.reopen(t)
			}
			if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
				t.Fatal(err)
			}
			n.whole(t, a)
		})
	}
}

// A snapshot that is held and leads away from all that was before it is what an
// operator needs, who has lost the list.
func TestLossWhileAnEpochIsHeld(t *testing.T) {
	a, n := followed(t, Guard{Update: Bounds{Freed: 10}})
	a.change(t, nil, phones(t, 100, 60)...)
	a.begin(t, 2)
	n.poll(t, a.now)
	held, told := n.Held().SHA256, len(n.held)
	n.lose(t, gone(t))
	for range 2 {
		n.poll(t, a.now)
		if n.Held().SHA256 != held || len(n.held) != told || n.ask(t, a) != len(a.list) {
			t.Fatalf("held %+v", n.Held())
		}
	}
	if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
		t.Fatal(err)
	}
	n.whole(t, a)
}

// Of a list without entries nothing can be lost; where the feed is comes back with
// what is kept of it.
func TestKeepsAnEmptyList(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	a.change(t, nil)
	n.poll(t, a.now)
	n.lose(t, gone(t))
	if err := n.store.Short(); err != nil {
		t.Error(err)
	}
	n.poll(t, a.now)
	n.whole(t, a)
}

// A list that no feed had brought, in the place of the feed's: there is nothing
// to go back to, and its size is what is known.
func TestHealsAnothersList(t *testing.T) {
	a := startAuthority(t)
	n := newNode(t, a, t.TempDir())
	n.config.Guard = Guard{MinShare: 0.5}
	n.open(t)
	t.Cleanup(func() { n.close(t) })
	tamper(t, n, 1) // 30 entries
	n.lose(t, gone(t))
	a.change(t, phones(t, 0, 14))
	h := n.poll(t, a.now).Held
	if h == nil || h.Difference.Before != 30 || h.Why[0].Limit != "min_share" {
		t.Fatalf("held %+v", h)
	}
	a.change(t, phones(t, 20, 1))
	a.begin(t, 1)
	n.poll(t, a.now)
	n.whole(t, a)
}

// Two lists that are lost at once don't wait for each other, though an entry of
// one may lie over the other's.
func TestHealsTwo(t *testing.T) {
	a, n := followed(t, tightest)
	b := startAuthority(t)
	other := &node{dir: n.dir, store: n.store, config: n.config}
	other.config.Source, other.config.Dir = "other", filepath.Join(n.dir, "other")
	other.config.Mirrors, other.config.Anchor, other.config.Guard = []string{b.web.URL}, b.anchor(t), Guard{}
	follow := func() {
		var err error
		other.store = n.store
		if other.Follower, err = NewFollower(n.store, other.config, other.events()); err != nil {
			t.Fatal(err)
		}
	}
	follow()
	b.change(t, []format.Entry{entry(t, eir.Range, tac.Last()+1, tac.Last()+10, eir.Tracked, "x")})
	other.poll(t, b.now)
	n.lose(t, gone(t))
	follow()
	b.change(t, []format.Entry{entry(t, eir.Range, tac.Last()+1, tac.Last()+5, eir.Tracked, "x")})
	other.poll(t, b.now)
	if s := other.Status(b.now); s.State != b.state || s.Damaged != "" || n.store.Short() == nil {
		t.Errorf("the other is at %+v; %v", s, n.store.Short())
	}
	n.poll(t, a.now)
	n.whole(t, a)
	if other.store.Short() != nil {
		t.Error(other.store.Short())
	}
}

// What is held outlives the loss however much who made it has to say.
func TestLossWhileMuchIsHeld(t *testing.T) {
	a, n := followed(t, Guard{Update: Bounds{Blocked: 10}})
	before := a.state
	all := phones(t, 50_000, 100)
	for i := range all {
		all[i].Reason = strings.Repeat("<", eir.MaxReason-2) + string([]rune{rune('A' + i/10), rune('A' + i%10)})
	}
	a.change(t, all)
	n.poll(t, a.now)
	held := n.Held().SHA256
	n.lose(t, gone(t))
	if s := n.Status(a.now); s.State != before || n.Held().SHA256 != held {
		t.Fatalf("status %+v", s)
	}
	n.poll(t, a.now)
	n.at(t, a, before)
}
