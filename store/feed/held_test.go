package feed

import (
	"errors"
	"os"
	"strings"
	"testing"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
)

// badDay is a node that holds a delta which would free most of its list, with
// another behind it.
func badDay(t *testing.T) (*authority, *node, format.State) {
	t.Helper()
	a := startAuthority(t)
	n := newNode(t, a, t.TempDir())
	n.config.Guard = Guard{Update: Bounds{Freed: 10}, Day: Bounds{Blocked: 20}, Protected: []Range{{tac.First() + 500, tac.First() + 509}}}
	n.open(t)
	t.Cleanup(func() { n.close(t) })
	a.change(t, phones(t, 0, 100))
	n.poll(t, a.now)
	before := a.state
	a.change(t, nil, phones(t, 0, 60)...)
	a.change(t, phones(t, 200, 1))
	out := n.poll(t, a.now)
	if out.Held == nil || len(out.Applied) != 0 || out.State != before {
		t.Fatalf("not held: %+v", out)
	}
	return a, n, before
}

func TestHeld(t *testing.T) {
	a, n, before := badDay(t)
	h := n.Held()
	if h.Target != "delta/2" || h.Kind != "delta" || len(h.Why) != 1 || h.Why[0].Limit != "update.freed" || h.Why[0].Got != 60 ||
		h.From != before || h.To != a.links[2] || h.Difference.Removed != 60 || len(h.Difference.Sample) == 0 || !h.Since.Equal(a.now) {
		t.Errorf("held %+v", h)
	}
	if len(n.held) != 1 || n.Status(a.now).Held != "delta/2" {
		t.Errorf("%d alarms, status %+v", len(n.held), n.Status(a.now))
	}
	// It waits, over polls and a restart, and is neither asked for nor
	// announced again; so does what is behind it.
	served := a.requests()["/delta/"+h.SHA256.String()+".2"]
	for range 3 {
		n.poll(t, a.now)
		n.at(t, a, before)
		n.reopen(t)
		n.at(t, a, before)
	}
	if len(n.held) != 1 || a.requests()["/delta/"+h.SHA256.String()+".2"] != served || served != 1 {
		t.Errorf("%d alarms, asked for %d and then %d times", len(n.held), served, a.requests()["/delta/"+h.SHA256.String()+".2"])
	}
	if n.check(t, 5) != eir.Prohibited {
		t.Error("it answers otherwise")
	}

	step, err := n.Release(t.Context(), a.now, n.looked())
	if err != nil || step.To != a.links[2] {
		t.Fatalf("released: %+v, %v", step, err)
	}
	n.at(t, a, a.links[2])
	n.reopen(t)
	n.at(t, a, a.links[2])
	if n.Held() != nil {
		t.Error("still held")
	}
	n.poll(t, a.now)
	n.at(t, a, a.state)
	if left, _ := os.ReadDir(n.config.Dir); len(left) != 0 {
		t.Errorf("files are left: %v", left)
	}
	if _, err := n.Release(t.Context(), a.now, n.looked()); err != ErrNotHeld {
		t.Errorf("released twice: %v", err)
	}
	if err := n.Reject(n.looked()); err != ErrNotHeld {
		t.Errorf("rejected after all: %v", err)
	}
}

// A rejected update stays away, over a restart, with all that is built on it,
// until the authority publishes the list anew.
func TestReject(t *testing.T) {
	a, n, before := badDay(t)
	sum := n.Held().SHA256
	if err := n.Reject(n.looked()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		n.poll(t, a.now)
		n.at(t, a, before)
		n.reopen(t)
	}
	if s := n.Status(a.now); len(s.Rejected) != 1 || s.Rejected[0] != sum || s.Held != "" {
		t.Errorf("status %+v", s)
	}
	if n.poll(t, a.now); n.Status(a.now).Behind != 2 {
		t.Errorf("behind by %d", n.Status(a.now).Behind)
	}
	// The same in the shape of a snapshot is held as well.
	a.snapshot(t)
	if out := n.poll(t, a.now); out.Held == nil || out.Held.Kind != "snapshot" || out.Held.Difference.Removed != 60 || out.Held.Difference.Added != 1 {
		t.Fatalf("the snapshot: %+v", out)
	}
	if err := n.Reject(n.looked()); err != nil {
		t.Fatal(err)
	}
	// The authority saw its mistake.
	a.change(t, phones(t, 0, 60))
	a.snapshot(t)
	n.poll(t, a.now)
	n.at(t, a, a.state)
	// What is not published any more need not be remembered.
	a.begin(t, 2)
	n.poll(t, a.now)
	n.at(t, a, a.state)
	if s := n.Status(a.now); len(s.Rejected) != 0 {
		t.Errorf("remembered: %v", s.Rejected)
	}
}

// Who decides on one update does not decide on another that took its place.
func TestAnotherIsHeld(t *testing.T) {
	a, n, before := badDay(t)
	looked := n.Held().SHA256
	a.change(t, nil, phones(t, 60, 20)...)
	a.rollup(t, 1)
	n.poll(t, a.now)
	held := n.Held().SHA256
	if held == looked {
		t.Fatal("the same is held")
	}
	if left, err := os.ReadDir(n.config.Dir); err != nil || len(left) != 1 || left[0].Name() != heldPrefix+held.String() {
		t.Errorf("files that nobody asks for are left: %v, %v", left, err)
	}
	for _, asked := range []string{looked.String(), looked.String()[:8], held.String()[:7], "", held.String() + "0", "sha256"} {
		_, released := n.Release(t.Context(), a.now, asked)
		for _, err := range []error{released, n.Reject(asked)} {
			var other *OtherHeldError
			if !errors.As(err, &other) || other.Held != held || other.Asked != asked ||
				!strings.Contains(err.Error(), held.String()) || !strings.Contains(err.Error(), asked) {
				t.Errorf("asked for %q: %v", asked, err)
			}
		}
	}
	n.at(t, a, before)
	if n.Held() == nil || len(n.Status(a.now).Rejected) != 0 {
		t.Fatalf("it is held no more: %+v", n.Status(a.now))
	}
	if _, err := n.Release(t.Context(), a.now, strings.ToUpper(held.String()[:8])); err != nil {
		t.Fatal(err)
	}
	n.at(t, a, a.state)
}

// What the authority takes back need not be decided.
func TestWithdrawn(t *testing.T) {
	a, n, _ := badDay(t)
	a.change(t, phones(t, 0, 60))
	a.rollup(t, 1)
	out := n.poll(t, a.now)
	if out.Held != nil || len(out.Applied) != 1 {
		t.Fatalf("rolled up into a harmless one: %+v", out)
	}
	n.at(t, a, a.state)
	if left, _ := os.ReadDir(n.config.Dir); len(left) != 0 {
		t.Errorf("files are left: %v", left)
	}
}

// A held snapshot can be released too.
func TestReleaseSnapshot(t *testing.T) {
	a, n, _ := badDay(t)
	a.begin(t, 2)
	out := n.poll(t, a.now)
	if out.Held == nil || out.Held.Kind != "snapshot" || out.Held.To.Epoch != 2 {
		t.Fatalf("a new epoch in the old one's place: %+v", out.Held)
	}
	if n.poll(t, a.now); n.held[len(n.held)-1] != n.Held() {
		t.Error("another is held")
	}
	a.change(t, phones(t, 300, 1))
	if n.poll(t, a.now); n.Status(a.now).Behind != 2 {
		t.Errorf("behind by %d", n.Status(a.now).Behind)
	}
	n.reopen(t)
	if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
		t.Fatal(err)
	}
	n.poll(t, a.now)
	n.at(t, a, a.state)
}

// Each update is small; together they are a bad day. What an operator released
// does not count, and the next day is another.
func TestBadDayInParts(t *testing.T) {
	a, n, _ := badDay(t)
	if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
		t.Fatal(err)
	}
	n.poll(t, a.now)
	a.change(t, phones(t, 210, 15))
	if out := n.poll(t, a.now); out.Held != nil {
		t.Fatalf("16 of 20: %+v", out.Held.Why)
	}
	n.reopen(t)
	a.change(t, phones(t, 230, 5))
	out := n.poll(t, a.now)
	if out.Held == nil || out.Held.Why[0].Limit != "day.blocked" || out.Held.Why[0].Got != 21 {
		t.Fatalf("21 of 20: %+v", out.Held)
	}
	if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
		t.Fatal(err)
	}
	a.change(t, phones(t, 240, 4))
	if out := n.poll(t, a.now); out.Held != nil {
		t.Fatalf("20 of 20 and 5 released: %+v", out.Held.Why)
	}
	a.now = today.Add(26 * 3600e9)
	a.change(t, phones(t, 250, 20))
	if out := n.poll(t, a.now); out.Held != nil {
		t.Fatalf("the next day: %+v", out.Held.Why)
	}
}

// A list that diverges while an update is held does not wait for the operator
// with it: it is brought back, and the update stays held.
func TestDivergesWhileHeld(t *testing.T) {
	a, n, before := badDay(t)
	tamper(t, n, 9)
	_, err := n.Release(t.Context(), a.now, n.looked())
	wantErr(t, err, ErrDiverged)
	_, err = n.Release(t.Context(), a.now, n.looked()) // and again
	wantErr(t, err, ErrDiverged)
	out := n.poll(t, a.now)
	n.at(t, a, before)
	if out.Held == nil || out.Held.Target != "delta/2" || len(n.diverged) != 1 || len(n.held) != 1 {
		t.Fatalf("held %+v, alarms: %d and %d", out.Held, len(n.diverged), len(n.held))
	}
	n.reopen(t)
	if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
		t.Fatal(err)
	}
	n.poll(t, a.now)
	n.at(t, a, a.state)
}

// An update that reaches into protected ranges is held, even a first list.
func TestProtected(t *testing.T) {
	a := startAuthority(t)
	n := newNode(t, a, t.TempDir())
	n.config.Guard = Guard{Protected: []Range{{tac.First() + 500, tac.First() + 509}}}
	n.open(t)
	defer func() { n.close(t) }()
	a.change(t, phones(t, 505, 10))
	out := n.poll(t, a.now)
	if out.Held == nil || out.Held.Why[0].Limit != "protected" || out.Held.Difference.Protected != 5 || !out.Held.Difference.First {
		t.Fatalf("a first list: %+v", out.Held)
	}
	if n.store.Loaded() {
		t.Error("something is in force")
	}
	if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
		t.Fatal(err)
	}
	n.at(t, a, a.state)
	a.change(t, phones(t, 600, 10))
	if out := n.poll(t, a.now); out.Held != nil {
		t.Errorf("what stands already was held again: %+v", out.Held.Why)
	}
	a.change(t, []format.Entry{entry(t, eir.ByTAC, tac.First(), tac.Last(), eir.Permitted, "")})
	if out := n.poll(t, a.now); out.Held == nil {
		t.Error("a TAC around protected phones")
	}
}

// The file of what is held is lost or damaged: it is fetched again.
func TestHeldFileDamaged(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"lost":    os.Remove,
		"damaged": func(path string) error { return os.WriteFile(path, []byte("something else"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			a, n, before := badDay(t)
			if err := damage(n.heldPath(n.Held().SHA256)); err != nil {
				t.Fatal(err)
			}
			a.down.Store(true)
			if _, err := n.Release(t.Context(), a.now, n.looked()); err == nil || n.Held() == nil {
				t.Fatal("released, or not held any more")
			}
			n.at(t, a, before)
			a.down.Store(false)
			if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
				t.Fatal(err)
			}
			n.at(t, a, a.links[2])
		})
	}
}

// Without room for the file an update is held all the same, the alarm says what
// was found and why it can't be kept, and it may be decided on.
func TestNoRoomToHold(t *testing.T) {
	a := startAuthority(t)
	n := newNode(t, a, t.TempDir())
	n.config.Guard = Guard{Update: Bounds{Freed: 10}}
	n.open(t)
	defer func() { n.close(t) }()
	a.change(t, phones(t, 0, 100))
	n.poll(t, a.now)
	before := a.state
	a.change(t, nil, phones(t, 0, 60)...)
	// A disk without room lies where the file would.
	if err := os.Symlink("/dev/full", n.heldPath(a.repo.Targets()["delta/2"].SHA256)); err != nil {
		t.Fatal(err)
	}
	_, err := n.Once(t.Context(), a.now)
	var found *HoldError
	if !errors.Is(err, store.ErrDiskFull) || !errors.As(err, &found) || len(found.Why) != 1 || !strings.Contains(err.Error(), found.Why[0].Message) {
		t.Errorf("error %v", err)
	}
	if h := n.Held(); h == nil || len(h.Why) != 1 || h.Difference.Removed != 60 || len(n.held) != 1 || n.Status(a.now).Held != "delta/2" {
		t.Errorf("held %+v, %d alarms", h, len(n.held))
	}
	n.at(t, a, before)
	n.poll(t, a.now)
	if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
		t.Fatal(err)
	}
	n.at(t, a, a.state)
}
