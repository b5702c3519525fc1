package feed

import (
	"testing"

	"paperweight/eir"
	"paperweight/store"
)

// A feed that nobody follows is known by what the store remembers, as long as
// its list is in force; forgotten, it may begin anew.
func TestLeft(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	a.change(t, phones(t, 0, 10))
	a.change(t, phones(t, 10, 10))
	n.poll(t, a.now)
	own := phone(t, 50)
	if _, err := n.store.Apply(store.Change{Source: store.Operator, Put: []eir.Entry{own.Entry}}); err != nil {
		t.Fatal(err)
	}
	left := func(followed ...string) []Status {
		t.Helper()
		all, err := Left(n.store, func(source string) bool { return len(followed) > 0 && source == followed[0] })
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := left(national); len(all) != 0 {
		t.Errorf("followed: %+v", all)
	}
	if all := left(); len(all) != 1 || all[0].Source != national || all[0].State != a.state || !all[0].Changed.Equal(a.now) {
		t.Errorf("left: %+v", all)
	}
	if err := Forget(n.store, national, a.now); err != nil {
		t.Fatal(err)
	}
	blobs, err := n.store.Attached(national)
	if all := left(); len(all) != 0 || n.check(t, 5) != eir.Unknown || n.check(t, 50) != eir.Prohibited || err != nil || len(blobs) != 0 {
		t.Errorf("forgotten: %+v, %d blobs, %v", all, len(blobs), err)
	}
	n.reopen(t)
	if s := n.Status(a.now); s.Version != 0 || s.Sequence != 0 {
		t.Errorf("status %+v", s)
	}
	n.poll(t, a.now)
	n.at(t, a, a.state)
	// Another list in its place was not left by a feed.
	tamper(t, n, 9)
	if all := left(); len(all) != 0 {
		t.Errorf("an imported list: %+v", all)
	}
}
