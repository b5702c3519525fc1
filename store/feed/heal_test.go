package feed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/trust"
)

// Whatever is lost of a list, one poll brings it back to where it was, though the
// guard would let nothing pass. Until then no check is answered wrongly.
func TestHeals(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, a *authority, n *node){
		"no tables": func(t *testing.T, _ *authority, n *node) { n.lose(t, gone(t)) },
		"no marker": func(t *testing.T, _ *authority, n *node) {
			n.lose(t, func(tables string) {
				markers, _ := filepath.Glob(filepath.Join(tables, "marker.manifest.*"))
				if len(markers) != 1 || os.Remove(markers[0]) != nil {
					t.Fatalf("markers: %v", markers)
				}
			})
		},
		"a bit at rest": func(t *testing.T, a *authority, n *node) {
			n.fresh(t, a)
			n.lose(t, func(string) { n.rot(t, 1) })
		},
		"a bit under the node": func(t *testing.T, a *authority, n *node) {
			n.fresh(t, a)
			n.rot(t, 1)
		},
		"a bit in what deltas brought, which lies beside the record": func(t *testing.T, a *authority, n *node) {
			n.config.Guard = Guard{}
			n.reopen(t)
			a.change(t, several(t, 10_000, 3000))
			n.poll(t, a.now)
			// It lies in the same file, and is whole.
			if _, err := n.store.Apply(store.Change{Source: store.Operator, Put: []eir.Entry{phone(t, 90_000).Entry}}); err != nil {
				t.Fatal(err)
			}
			n.config.Guard = tightest
			n.close(t)
			n.cache = 1 // what Open reads is not to answer
			n.open(t)
			n.rot(t, 1)
		},
		"a bit, and then a restart": func(t *testing.T, a *authority, n *node) {
			n.fresh(t, a)
			n.rot(t, 1)
			n.ask(t, a)
			n.reopen(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, n := followed(t, tightest)
			damage(t, a, n)
			if n.ask(t, a) == 0 {
				t.Error("all checks are answered")
			}
			if s := n.Status(a.now); s.Damaged == "" || n.store.Err() == nil {
				t.Errorf("it is not told: %+v", s)
			}
			out := n.poll(t, a.now)
			n.whole(t, a)
			if len(out.Applied) != 1 || len(n.diverged) != 1 || !n.diverged[0].Damaged {
				t.Errorf("applied %+v, told %v", out.Applied, n.diverged)
			}
			n.reopen(t)
			n.whole(t, a)
			a.change(t, nil)
			n.poll(t, a.now)
			n.whole(t, a)
		})
	}
}

// While it can't be fetched the list stays as it is known, and nothing is
// answered from it.
func TestHealsOnceThereIsAMirror(t *testing.T) {
	a, n := followed(t, tightest)
	n.lose(t, gone(t))
	a.down.Store(true)
	for range 2 {
		_, err := n.Once(t.Context(), a.now)
		wantErr(t, err, trust.ErrUnreachable)
		if failed := n.ask(t, a); failed != len(a.list) {
			t.Errorf("%d of %d checks fail", failed, len(a.list))
		}
		if s := n.Status(a.now); s.State != a.state || s.Diverged == "" || s.Damaged == "" {
			t.Errorf("status %+v", s)
		}
		n.reopen(t)
	}
	a.down.Store(false)
	n.poll(t, a.now)
	n.whole(t, a)
}

// What was published since comes step by step behind the way back, and is judged
// as ever.
func TestHealsFirst(t *testing.T) {
	a, n := followed(t, Guard{Update: Bounds{Freed: 10}})
	before := a.state
	a.change(t, phones(t, 6000, 5))
	a.change(t, nil, phones(t, 100, 60)...)
	// The shortest way leads past where the list was.
	a.rollup(t, a.state.Sequence-2)
	n.lose(t, gone(t))
	out := n.poll(t, a.now)
	n.at(t, a, before)
	if len(out.Applied) != 1 || out.Held == nil || out.Held.Kind != "delta" || out.Held.Difference.Removed != 60 || out.Held.Difference.Unread {
		t.Errorf("applied %+v, held %+v", out.Applied, out.Held)
	}
}

// Where no way leads exactly back, what can be compared is: of a list that is lost
// the sizes alone.
func TestHealsBySizes(t *testing.T) {
	newer := func(t *testing.T, guard Guard, remove int) (*authority, *node) {
		a, n := followed(t, guard)
		a.change(t, phones(t, 7000, 1), phones(t, 100, remove)...)
		a.begin(t, 2)
		n.lose(t, gone(t))
		return a, n
	}
	t.Run("within", func(t *testing.T) {
		a, n := newer(t, DefaultGuard(), 21)
		before := n.memory.Window.since(today)
		out := n.poll(t, a.now)
		n.whole(t, a)
		if d := out.Applied[0].Difference; !d.Unread || d.Removed != 20 || d.Added != 0 || d.Before != 3027 || d.After != 3007 {
			t.Errorf("difference %+v", d)
		}
		if got := n.memory.Window.since(today); got.Changes != before.Changes+20 {
			t.Errorf("remembered: %+v", got)
		}
	})
	for limit, guard := range map[string]Guard{
		"min_share":            {MinShare: 0.95},
		"update.changed_share": {Update: Bounds{ChangedShare: 0.01}},
		"protected":            {Protected: []Range{{tac.First() + 900, tac.First() + 900}}},
	} {
		t.Run(limit, func(t *testing.T) {
			a, n := newer(t, guard, 201)
			h := n.poll(t, a.now).Held
			if h == nil || len(h.Why) != 1 || h.Why[0].Limit != limit || !strings.Contains(h.Why[0].Message, "sizes alone") || !h.Difference.Unread {
				t.Fatalf("held %+v", h)
			}
			n.reopen(t)
			n.poll(t, a.now)
			if failed := n.ask(t, a); failed != len(a.list) {
				t.Errorf("%d of %d checks fail", failed, len(a.list))
			}
			if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
				t.Fatal(err)
			}
			n.whole(t, a)
		})
	}
}
