package feed

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// tightest holds whatever changes anything.
var tightest = Guard{
	Update: Bounds{Blocked: 1, Freed: 1, ChangedShare: 1e-9}, MinShare: 1,
	Protected: []Range{{tac.First(), tac.Last()}},
}

// followed is a node on a real disk at sequence 4 of a list of 3000 phones, with
// a guard that comes into force afterwards.
func followed(t *testing.T, guard Guard) (*authority, *node) {
	t.Helper()
	a := startAuthority(t)
	n := newNode(t, a, t.TempDir())
	n.open(t)
	t.Cleanup(func() { n.close(t) })
	a.change(t, several(t, 0, 3000))
	for i := range 3 {
		a.change(t, phones(t, 5000+10*i, 10), phone(t, i))
	}
	n.poll(t, a.now)
	n.at(t, a, a.state)
	n.config.Guard = guard
	n.reopen(t)
	return a, n
}

// several are phones whose entries take several blocks.
func several(t *testing.T, from, n int) []format.Entry {
	all := phones(t, from, n)
	for i := range all {
		all[i].Reference = hashOf([]byte{byte(i), byte(i >> 8)}).String()
	}
	return all
}

func (n *node) tables() string { return filepath.Join(n.dir, "store", "tables") }

// lose damages what is at rest.
func (n *node) lose(t *testing.T, damage func(tables string)) {
	t.Helper()
	n.close(t)
	damage(n.tables())
	n.open(t)
}

func gone(t *testing.T) func(tables string) {
	return func(tables string) {
		if err := os.RemoveAll(tables); err != nil {
			t.Fatal(err)
		}
	}
}

// rot flips a bit so many quarters into the large tables, which are the list's and
// what it was before, under a store that has not read them.
func (n *node) rot(t *testing.T, quarters int) {
	t.Helper()
	tables, _ := filepath.Glob(filepath.Join(n.tables(), "*.sst"))
	rotten := 0
	for _, name := range tables {
		text, err := os.ReadFile(name)
		if err != nil || len(text) < 64<<10 {
			continue
		}
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue // what it was before is removed meanwhile
		}
		if err != nil {
			t.Fatal(err)
		}
		at := len(text) * quarters / 4
		if _, err := f.WriteAt([]byte{text[at] ^ 0x10}, int64(at)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		rotten++
	}
	if rotten == 0 {
		t.Fatalf("no list in %v", tables)
	}
}

// fresh has the feed's list written anew, so that nothing of it was read yet.
func (n *node) fresh(t *testing.T, a *authority) {
	t.Helper()
	guard := n.config.Guard
	n.config.Guard = Guard{}
	n.reopen(t)
	a.begin(t, a.state.Epoch+1)
	n.poll(t, a.now)
	n.Follower.config.Guard, n.config.Guard = guard, guard
	n.applied, n.diverged = nil, nil
}

func (n *node) asked(t *testing.T, i eir.IMEI) eir.Verdict {
	t.Helper()
	r, err := eir.New(n.store, eir.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	return r.Check(eir.Query{IMEI: i, SVN: eir.NoSVN, At: today.Unix()})
}

// ask asks about everything that the authority lists, and returns how many checks
// could not be answered. None may be answered wrongly.
func (n *node) ask(t *testing.T, a *authority) (failed int) {
	t.Helper()
	for k := range a.list {
		if k.Kind != eir.Exact {
			continue
		}
		v := n.asked(t, k.From)
		switch {
		case v.Rule == eir.RuleStoreFailure:
			failed++
		case v.Status != eir.Prohibited:
			t.Fatalf("%s is %s by %s", k.From, v.Status, v.Rule)
		}
	}
	return failed
}

// whole holds a node to where its authority is, and to having nothing to tell.
func (n *node) whole(t *testing.T, a *authority) {
	t.Helper()
	n.at(t, a, a.state)
	if failed := n.ask(t, a); failed > 0 {
		t.Errorf("%d checks can't be answered", failed)
	}
	if s := n.Status(a.now); s.Damaged != "" || s.Diverged != "" || s.Held != "" || s.Error != "" {
		t.Errorf("status %+v", s)
	}
	if err := n.store.Err(); err != nil {
		t.Errorf("the store says: %v", err)
	}
}

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

// A list without entries is one that can be lost.
func TestHealsAnEmptyList(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	a.change(t, nil)
	n.poll(t, a.now)
	n.lose(t, gone(t))
	if n.store.Short() == nil {
		t.Error("it is whole")
	}
	n.poll(t, a.now)
	n.whole(t, a)
	if n.store.Short() != nil {
		t.Error("it is not whole")
	}
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
	for _, e := range imported {
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

// Where the trust in the feed can't be read the node starts all the same, with what
// keeps a mirror from leading it back.
func TestStartsWithoutItsTrust(t *testing.T) {
	a := startAuthority(t)
	a.change(t, phones(t, 0, 100))
	old := "file://" + a.copyPublic(t)
	n := startNode(t, a)
	a.change(t, phones(t, 200, 1))
	n.poll(t, a.now)
	n.reopen(t)      // the record has a table of its own
	var large []byte // as the metadata of a feed with many deltas
	for i := range 5000 {
		sum := hashOf([]byte{byte(i), byte(i >> 8)})
		large = append(large, sum[:]...)
	}
	if err := n.store.Attach(national, map[string][]byte{"trust/large": large}); err != nil {
		t.Fatal(err)
	}
	n.config.Mirrors = []string{old}
	n.lose(t, func(string) { n.rot(t, 1) })
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
