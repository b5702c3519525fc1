package feed

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"paperweight/eir"
	"paperweight/store/feed/format"
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
