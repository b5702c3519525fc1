package trust

import (
	"bytes"
	"crypto"
	"errors"
	"strings"
	"testing"
	"time"
)

// rotate prepares a change of all keys of a role; the new ones are at hand.
func (l *lab) rotate(t testing.TB, role string) (old []crypto.Signer) {
	t.Helper()
	by := Rotation{}
	ids, _, err := l.Keys(role)
	if err != nil {
		t.Fatal(err)
	}
	by.Out = append(by.Out, ids...)
	for range ids {
		k := newKey(t)
		l.keys = append(l.keys, k)
		by.In = append(by.In, k.Public())
	}
	for _, k := range l.keys {
		for _, id := range ids {
			if keyID(t, k) == id {
				old = append(old, k)
			}
		}
	}
	if err := l.Rotate(role, by, today); err != nil {
		t.Fatal(err)
	}
	return old
}

// Every role's keys rotate, and a node follows, be it there for each rotation
// or off until the last.
func TestRotation(t *testing.T) {
	l := newLab(t)
	anchor := l.anchor(t)
	there, off := newNode(t, anchor, Limits{}, l.web.URL), newNode(t, anchor, Limits{}, l.web.URL)
	for _, n := range []*node{there, off} {
		if _, err := n.refresh(t, today); err != nil {
			t.Fatal(err)
		}
	}
	l.add(t, Snapshots, "snapshot/1", "the base", today)
	for _, role := range append(Roles(), Roles()...) {
		old := l.rotate(t, role)
		l.publish(t, today)
		u, err := there.refresh(t, today)
		if err != nil || len(u.Targets) != 1 {
			t.Fatalf("%s rotated: %d targets, %v", role, len(u.Targets), err)
		}
		for _, k := range old {
			if done, err := l.Sign(k); err != nil || len(done) != 0 {
				t.Errorf("an old key of %s still signs %v, %v", role, done, err)
			}
		}
	}
	u, err := off.refresh(t, today)
	if err != nil || len(u.Targets) != 1 {
		t.Fatalf("off until the last rotation: %+v, %v", u, err)
	}
	if fresh, err := newNode(t, l.anchor(t), Limits{}, l.web.URL).refresh(t, today); err != nil || fresh.Version != u.Version {
		t.Errorf("a new node: %+v, %v", fresh, err)
	}
	// Eight new roots, of which a poll follows three, twice: the first ends
	// at a root whose keys did not sign the timestamp.
	slow := newNode(t, anchor, Limits{Roots: 3}, l.web.URL)
	for i := range 2 {
		if _, err := slow.refresh(t, today); (err == nil) != (i == 1) {
			t.Errorf("step %d of the roots: %v", i, err)
		}
	}
}

// A retired key is worth nothing: what it signs is refused from the moment on
// at which a node knows the new root.
func TestRetiredKey(t *testing.T) {
	l := newLab(t)
	mirror := l.files(t)
	n := nodeAt(t, l.anchor(t), Limits{}, mirror)
	l.rotate(t, Timestamp)
	l.publish(t, today)
	mirror.become(l.files(t))
	if _, err := n.refresh(t, today); err != nil {
		t.Fatal(err)
	}
	l.point(t, mirror, today, func(m *timestampMeta) {}) // with the first key
	if _, err := n.refresh(t, today); !errors.Is(err, ErrSignature) {
		t.Errorf("a retired key's timestamp: %v", err)
	}
}

// The old keys alone can't be outvoted: an authority that lost the threshold
// of its root keys can't rotate.
func TestRotationNeedsTheOldThreshold(t *testing.T) {
	l := newLab(t)
	l.rotate(t, Root)
	if _, err := l.Publish(today, l.keys[1:]...); err != nil {
		t.Fatal(err) // two of the three old keys are enough
	}
	old := l.rotate(t, Root)
	without := func(k crypto.Signer) bool { return keyID(t, k) == keyID(t, old[0]) || keyID(t, k) == keyID(t, old[1]) }
	var rest []crypto.Signer
	for _, k := range l.keys {
		if !without(k) {
			rest = append(rest, k)
		}
	}
	if _, err := l.Publish(today, rest...); !errors.Is(err, ErrSignature) {
		t.Errorf("a root rotated with one of its three old keys: %v", err)
	}
	if p := l.Pending(); len(p) != 1 || p[0].Role != Root || p[0].Missing != 1 {
		t.Errorf("waiting: %+v", p)
	}
}

// TUF 5.3.11: the thief of both online keys signed versions far ahead. With
// one of those keys rotated, nodes follow the authority again.
func TestFastForward(t *testing.T) {
	l := newLab(t)
	mirror := l.files(t)
	n := nodeAt(t, l.anchor(t), Limits{}, mirror)
	l.vouch(t, mirror, today, func(s *snapshotMeta) { s.Signed.Version = 1 << 40 })
	l.point(t, mirror, today, func(s *timestampMeta) { s.Signed.Version = 1 << 41 })
	// The thief's snapshot has another version than its name says, and his
	// timestamp is believed all the same as far as it goes.
	if _, err := n.refresh(t, today); err == nil {
		t.Fatal("a snapshot under another version's name was taken")
	}
	l.publish(t, today)
	mirror.become(l.files(t))
	if _, err := n.refresh(t, today); !errors.Is(err, ErrRollback) {
		t.Fatalf("before the rotation: %v", err)
	}
	l.rotate(t, Snapshot) // either of the two is enough
	l.publish(t, today)
	mirror.become(l.files(t))
	if _, err := n.refresh(t, today); err != nil {
		t.Errorf("after the rotation: %v", err)
	}
}

// Another anchor is the operator's word; a damaged state is told as such.
func TestState(t *testing.T) {
	l, other := newLab(t), newLab(t)
	other.add(t, Deltas, "delta/1", "a change", today)
	other.publish(t, today)
	n := newNode(t, l.anchor(t), Limits{}, l.web.URL)
	if _, err := n.refresh(t, today); err != nil {
		t.Fatal(err)
	}
	moved := newNode(t, other.anchor(t), Limits{}, other.web.URL)
	moved.state = n.state
	if u, err := moved.refresh(t, today); err != nil || len(u.Targets) != 1 {
		t.Errorf("with another anchor: %+v, %v", u, err)
	}

	for _, role := range []string{Root, Timestamp, Snapshot} {
		torn := newNode(t, l.anchor(t), Limits{}, l.web.URL)
		if _, err := torn.refresh(t, today); err != nil {
			t.Fatal(err)
		}
		torn.state[role] = torn.state[role][:len(torn.state[role])/2]
		if _, err := torn.refresh(t, today); !errors.Is(err, ErrState) {
			t.Errorf("half a %s: %v", role, err)
		}
	}
	// What is only a copy is fetched again.
	n.state[Deltas] = n.state[Deltas][:9]
	if _, err := n.refresh(t, today); err != nil {
		t.Errorf("half of the deltas' metadata: %v", err)
	}

	if e := n.state.NextExpiry(); e.Role != Timestamp || !e.At.Equal(today.Add(72*time.Hour)) {
		t.Errorf("next expiry %+v", e)
	}
	if e := (State)(nil).NextExpiry(); !e.At.IsZero() {
		t.Errorf("next expiry of nothing: %+v", e)
	}
	for _, bad := range [][]byte{nil, []byte("{}"), bytes.Replace(l.anchor(t), []byte("2027"), []byte("2028"), 1)} {
		if _, err := NewClient(bad, []Mirror{files{}}, Limits{}); err == nil {
			t.Errorf("an anchor of %d octets was trusted", len(bad))
		}
	}
	if _, err := NewClient(l.anchor(t), nil, Limits{}); err == nil {
		t.Error("a client without a mirror")
	}
}

// What was verified once expires all the same, whichever role is the first to.
func TestUnchangedExpires(t *testing.T) {
	dir := t.TempDir()
	r, err := InitLab(dir, Lifetimes{Timestamp: 90 * day, Snapshot: 60 * day}, today)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	l := &lab{Repository: r, dir: dir, read: map[string][]crypto.Signer{}}
	n := newNode(t, l.anchor(t), Limits{}, "file://"+l.public())
	for _, c := range []struct {
		after time.Duration
		file  string // what expired; "" nothing
	}{
		{0, ""}, {30 * day, ""}, {30*day + time.Second, Deltas}, {61 * day, Snapshot}, {91 * day, Timestamp}, {366 * day, Root},
	} {
		_, err := n.refresh(t, today.Add(c.after))
		var fault *Error
		switch {
		case c.file == "" && err == nil:
		case errors.As(err, &fault) && fault.Kind == ErrExpired && fault.File == c.file:
		default:
			t.Errorf("after %v: %v, want %q expired", c.after, err, c.file)
		}
	}
}

// Who has nothing to compare with yet is not an easier prey.
func TestFirstContact(t *testing.T) {
	l := newLab(t)
	m := l.files(t)
	l.point(t, m, today, func(s *timestampMeta) { s.Signed.Meta["snapshot.json"] = nil })
	if _, err := nodeAt(t, l.anchor(t), Limits{}, m).refresh(t, today); !errors.Is(err, ErrMalformed) {
		t.Errorf("null for the snapshot: %v", err)
	}
	m = l.files(t)
	l.point(t, m, today, func(s *timestampMeta) { delete(s.Signed.UnrecognizedFields, issuedField) })
	if _, err := nodeAt(t, l.anchor(t), Limits{}, m).refresh(t, today); !errors.Is(err, ErrMalformed) {
		t.Errorf("no time of issue: %v", err)
	}
	m = l.files(t)
	l.replace(t, m, Targets, l.keysOf(t, Targets), func(m *targetsMeta) { m.Signed.Delegations.Roles[0].Name = Timestamp })
	l.vouch(t, m, today, func(s *snapshotMeta) { s.Signed.Meta["timestamp.json"] = s.Signed.Meta["deltas.json"] })
	if _, err := nodeAt(t, l.anchor(t), Limits{}, m).refresh(t, today); !errors.Is(err, ErrMalformed) {
		t.Errorf("a delegation that takes the timestamp's name: %v", err)
	}
}

// A clock that is behind what the node saw already, or behind its own program,
// is told as such and not taken for right: not where mirrors are silent, and
// not where they show what expired long ago by the true time.
func TestClockBehind(t *testing.T) {
	l := newLab(t)
	mirror := l.files(t)
	n := nodeAt(t, l.anchor(t), Limits{}, mirror)
	if u, err := n.refresh(t, today); err != nil || !n.state.Issued().Equal(today) || !u.Issued.Equal(today) {
		t.Fatal(err, n.state.Issued())
	}
	for _, c := range []struct {
		name  string
		at    time.Duration
		built time.Duration // before today; 0: not known
		state State
		shown files
		want  error
	}{
		{"right", 0, 0, n.state, mirror, nil},
		{"a little behind", -4 * time.Minute, 0, n.state, mirror, nil},
		{"behind", -6 * time.Minute, 0, n.state, mirror, ErrClock},
		{"years behind, at a mirror that is silent", -9000 * time.Hour, 0, n.state, files{}, ErrClock},
		{"years behind, and no state: what it is shown tells", -9000 * time.Hour, 0, nil, mirror, ErrClock},
		{"behind the program, and no state and no mirror", -9000 * time.Hour, 8000 * time.Hour, nil, files{}, ErrClock},
		{"a little behind the program", -8000*time.Hour - 4*time.Minute, 8000 * time.Hour, nil, files{}, ErrNotFound},
		{"behind, with a state that has no time", -9000 * time.Hour, 0, State{Timestamp: []byte("{")}, files{}, ErrState},
		{"ahead", 96 * time.Hour, 0, n.state, mirror, ErrExpired},
	} {
		limits := Limits{}
		if c.built > 0 {
			limits.Built = today.Add(-c.built)
		}
		u, err := nodeAt(t, l.anchor(t), limits, c.shown).Refresh(t.Context(), today.Add(c.at), c.state)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if c.want == ErrClock && (len(u.Targets) > 0 || len(u.State) < len(c.state)) {
			t.Errorf("%s: it gave %+v", c.name, u)
		}
		if here := moment(today.Add(c.at)).String(); (c.want == ErrClock || c.want == ErrExpired) && !strings.Contains(err.Error(), here) {
			t.Errorf("%s: %v does not say that here it is %s", c.name, err, here)
		}
	}
}
