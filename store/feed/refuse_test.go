package feed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"testing"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// bad makes the second sequence of a feed a bad one, signed and published as a
// good one would be. next is the good one, as long as a block and more.
type bad func(t *testing.T, a *authority, next []byte)

// deltaTwo publishes a text in the place of the delta to sequence 2.
func deltaTwo(forge func(text []byte) []byte) bad {
	return func(t *testing.T, a *authority, next []byte) {
		a.put(t, "delta/2", forge(slices.Clone(next)), Label{1, 1, 2})
		a.publish(t)
	}
}

// headed changes octets of the header and makes its checksum right.
func headed(change func(head []byte)) bad {
	return deltaTwo(func(text []byte) []byte {
		change(text)
		binary.BigEndian.PutUint32(text[200:], crc32.Checksum(text[:200], crc32.MakeTable(crc32.Castagnoli)))
		return text
	})
}

// made publishes a delta to sequence 2 that is whole.
func made(from func(s *format.State), all ...format.Change) bad {
	return func(t *testing.T, a *authority, next []byte) {
		base := a.state
		from(&base)
		text, _ := file(t, format.Header{Kind: format.Delta, From: base, To: format.State{Epoch: base.Epoch, Sequence: 2}}, all)
		a.put(t, "delta/2", text, Label{1, 1, 2})
		a.publish(t)
	}
}

// badFile is a fault that every file of a feed may have, and what it is to a node.
type badFile struct {
	name string
	bad  bad
	want error
}

// badFiles needs entries, so it is a function.
func badFiles() []badFile {
	fail := panicking{}
	honest := func(*format.State) {}
	absent := entry(fail, eir.Exact, 7, 7, eir.Prohibited, "stolen")
	other := phone(fail, 3)
	other.Reason = "lost"
	return []badFile{
		{"no file of a feed", deltaTwo(func([]byte) []byte { return []byte(strings.Repeat("GIF89a", 100)) }), format.ErrMagic},
		{"another version", deltaTwo(func(b []byte) []byte { b[8] = 9; return b }), format.ErrVersion},
		{"a damaged header", deltaTwo(func(b []byte) []byte { b[30]++; return b }), format.ErrHeader},
		{"empty", deltaTwo(func(b []byte) []byte { return b[:1] }), format.ErrTruncated},
		{"cut within the header", deltaTwo(func(b []byte) []byte { return b[:203] }), format.ErrTruncated},
		{"cut behind the header", deltaTwo(func(b []byte) []byte { return b[:204] }), format.ErrTruncated},
		{"cut within a block", deltaTwo(func(b []byte) []byte { return b[:400] }), format.ErrTruncated},
		{"cut before the end mark", deltaTwo(func(b []byte) []byte { return b[:len(b)-104] }), format.ErrTruncated},
		{"cut at the last octet", deltaTwo(func(b []byte) []byte { return b[:len(b)-1] }), format.ErrTruncated},
		{"something behind the end", deltaTwo(func(b []byte) []byte { return append(b, 0) }), format.ErrTrailing},
		{"a bomb", deltaTwo(bomb), format.ErrBomb},
		{"another digest", headed(func(h []byte) { h[60]++ }), format.ErrDigest},
		{"another count", headed(func(h []byte) { h[55]++ }), format.ErrCount},
		{"more records", headed(func(h []byte) { h[39]-- }), format.ErrCount},
		{"more records than a node takes", headed(func(h []byte) { h[32] = 1 }), format.ErrOversized},
		{"another epoch", headed(func(h []byte) { h[31]++ }), format.ErrHeader},
		{"another sequence", headed(func(h []byte) { h[47]++ }), format.ErrHeader},
		{"from another sequence", func(t *testing.T, a *authority, next []byte) {
			base := a.state
			base.Sequence = 2
			text, _ := file(t, format.Header{Kind: format.Delta, From: base, To: format.State{Epoch: 1, Sequence: 3}}, nil)
			a.put(t, "delta/2", text, Label{1, 1, 2})
			a.publish(t)
		}, format.ErrHeader},
		{"a snapshot by who may sign deltas", func(t *testing.T, a *authority, next []byte) {
			text, _ := file(t, format.Header{Kind: format.Snapshot, To: format.State{Epoch: 1, Sequence: 2}}, nil)
			a.put(t, "delta/2", text, Label{1, 1, 2})
			a.publish(t)
		}, format.ErrHeader},
		{"behind another file", made(func(s *format.State) { s.Link[0]++ }), format.ErrPrevious},
		{"to another list", made(func(s *format.State) { s.Digest[0]++ }), format.ErrDiverged},
		{"to a longer list", made(func(s *format.State) { s.Entries++ }), format.ErrDiverged},
		{"takes away what is not listed", made(honest, format.Change{Op: format.Removed, Old: absent}), store.ErrDiverged},
		{"takes away what is listed otherwise", made(honest, format.Change{Op: format.Removed, Old: other}), store.ErrDiverged},
		{"adds what is listed", made(honest, format.Change{Op: format.Added, New: phone(fail, 3)}), store.ErrDiverged},
		{"changes a malformed identity that is not there", made(honest,
			format.Change{Op: format.Removed, Old: malformed("*1")}), store.ErrDiverged},
		{"a gap", func(t *testing.T, a *authority, next []byte) {
			text, _ := file(t, format.Header{Kind: format.Delta, From: format.State{Epoch: 1, Sequence: 2, Link: format.Hash{1}}, To: format.State{Epoch: 1, Sequence: 3}}, nil)
			a.put(t, "delta/3", text, Label{1, 2, 3})
			a.publish(t)
		}, format.ErrGap},
		{"deltas of an epoch that has not begun", func(t *testing.T, a *authority, next []byte) {
			text, _ := file(t, format.Header{Kind: format.Delta, From: format.State{Epoch: 2, Sequence: 1, Link: format.Hash{1}}, To: format.State{Epoch: 2, Sequence: 2}}, nil)
			a.put(t, "delta/2", text, Label{2, 1, 2})
			a.publish(t)
		}, ErrNoWay},
	}
}

// panicking fails outside of a test.
type panicking struct{}

func (panicking) Helper()                           {}
func (panicking) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (panicking) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// file holds a node to a bad file: it changes nothing, is named in the node's
// status, is not asked for again, and the feed goes on once the authority has
// put it right.
func (tally *tally) file(t *testing.T, c *badFile) {
	tally.cases++
	a := startAuthority(t)
	n := startNode(t, a)
	a.change(t, phones(t, 0, 10))
	n.poll(t, a.now)
	before := a.state
	list := maps.Clone(a.list)
	for _, p := range phones(t, 1000, 3000) {
		p.Reference = "R"
		list[keyOf(p)] = p
	}
	next, _ := file(t, format.Header{Kind: format.Delta, From: before, To: format.State{Epoch: 1, Sequence: 2}}, changes(a.list, list))
	c.bad(t, a, next)

	_, err := n.Once(t.Context(), a.now)
	wantErr(t, err, c.want)
	n.at(t, a, before)
	tally.refused++
	if n.check(t, 5) != eir.Prohibited || len(n.failed) != 1 || n.Status(a.now).Error == "" {
		t.Fatalf("answers %v, events %v, status %+v", n.check(t, 5), n.failed, n.Status(a.now))
	}
	served := a.requests()
	// A delta that does not fit makes the node doubt its own list
	// first, which the snapshot then brings back.
	doubts := 0
	if c.want == store.ErrDiverged || c.want == format.ErrDiverged || c.want == format.ErrPrevious {
		doubts = 1
	}
	if len(n.diverged) != doubts || n.Status(a.now).Diverged != "" {
		t.Errorf("diverged %q, told %v", n.Status(a.now).Diverged, n.diverged)
	}
	if _, err := n.Once(t.Context(), a.now); err == nil {
		t.Error("the second poll finds nothing wrong")
	}
	for path, times := range a.requests() {
		if strings.Contains(path, "/delta/") && served[path] != times {
			t.Errorf("%s was asked for again", path)
		}
	}
	// A restart forgets it: it is asked for as often as at first, and no
	// more.
	n.reopen(t)
	for range 3 {
		if _, err := n.Once(t.Context(), a.now); err == nil {
			t.Error("after a restart nothing is wrong")
		}
		n.at(t, a, before)
	}
	for path, times := range a.requests() {
		if strings.Contains(path, "/delta/") && times > served[path]+1+doubts {
			t.Errorf("%s was asked for %d times after a restart", path, times-served[path])
		}
	}
	a.remove(t, trust.Deltas, slices.DeleteFunc([]string{"delta/2", "delta/3"}, func(s string) bool { return a.repo.Targets()[s].Name == "" })...)
	a.change(t, phones(t, 50, 1))
	a.snapshot(t)
	n.poll(t, a.now)
	n.at(t, a, a.state)
	if s := n.Status(a.now); s.Diverged != "" || s.Error != "" {
		t.Errorf("status %+v", s)
	}
	if !t.Failed() {
		tally.answering++
	}
}

// bomb makes a column say that it is longer than its frame.
func bomb(text []byte) []byte {
	for i := range 12 {
		column := text[204+8+8*i:]
		if long, packed := binary.BigEndian.Uint32(column), binary.BigEndian.Uint32(column[4:]); long != packed {
			binary.BigEndian.PutUint32(column, long+1)
			return text
		}
	}
	panic("no column is compressed")
}

// A feed that goes back is not followed.
func TestStepBack(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	for i := range 3 {
		a.change(t, phones(t, i, 1))
	}
	n.poll(t, a.now)
	a.remove(t, trust.Deltas, "delta/3")
	a.publish(t)
	_, err := n.Once(t.Context(), a.now)
	wantErr(t, err, format.ErrStepBack)
	n.at(t, a, a.state)
}

// Where a snapshot leads past a bad delta, it is taken in the same poll, and
// the fault is told all the same.
func TestPastBadDelta(t *testing.T) {
	for name, c := range map[string]struct {
		from     func(*format.State)
		diverged int
	}{
		"refused":  {func(s *format.State) { s.Sequence = 5 }, 0},
		"diverged": {func(s *format.State) { s.Digest[1]++ }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			a := startAuthority(t)
			n := startNode(t, a)
			a.change(t, phones(t, 0, 10))
			n.poll(t, a.now)
			base := a.state
			a.change(t, phones(t, 10, 10))
			a.snapshot(t)
			c.from(&base)
			text, _ := file(t, format.Header{Kind: format.Delta, From: base, To: format.State{Epoch: 1, Sequence: base.Sequence + 1}}, nil)
			a.put(t, "delta/2", text, Label{1, 1, 2})
			a.publish(t)
			_, err := n.Once(t.Context(), a.now)
			if err == nil || len(n.diverged) != c.diverged {
				t.Errorf("error %v, %d alarms", err, len(n.diverged))
			}
			n.at(t, a, a.state)
			n.poll(t, a.now)
		})
	}
}

// A list that is not what the feed made of it is found out, answers on, and is
// brought back: by an older snapshot with the deltas behind it, where those
// lead to where it was.
func TestDiverges(t *testing.T) {
	for name, c := range map[string]struct {
		sequence uint64 // that the tampering leaves
		find     func(t *testing.T, n *node, a *authority) error
	}{
		"another sequence": {9, func(t *testing.T, n *node, a *authority) error {
			_, err := n.Once(t.Context(), a.now)
			return err
		}},
		"a delta to what is not there": {3, func(t *testing.T, n *node, a *authority) error {
			gone := phone(t, 5)
			a.change(t, nil, gone)
			_, err := n.Once(t.Context(), a.now)
			wantErr(t, err, store.ErrDiverged)
			return err
		}},
		"the digest": {3, func(t *testing.T, n *node, a *authority) error {
			return n.Verify(t.Context(), a.now)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a := startAuthority(t)
			n := startNode(t, a)
			for i := range 3 {
				a.change(t, phones(t, 10*i, 10))
			}
			n.poll(t, a.now)
			tamper(t, n, c.sequence)
			err := c.find(t, n, a)
			if len(n.diverged) != 1 || !errors.Is(n.diverged[0], ErrDiverged) {
				t.Fatalf("not found out: %v, events %v", err, n.diverged)
			}
			n.poll(t, a.now)
			n.at(t, a, a.state)
			if err := n.Verify(t.Context(), a.now); err != nil {
				t.Error(err)
			}
		})
	}
}

// Until a snapshot leads back, a list that diverged stays as it is.
func TestDivergedWaits(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	for i := range 3 {
		a.change(t, phones(t, 10*i, 10))
	}
	n.poll(t, a.now)
	a.remove(t, trust.Snapshots, "snapshot/1")
	a.publish(t)
	tamper(t, n, 9)
	for range 2 {
		_, err := n.Once(t.Context(), a.now)
		wantErr(t, err, ErrDiverged)
		n.reopen(t)
		if s := n.Status(a.now); s.Diverged == "" || s.Sequence != 3 || n.check(t, 200) != eir.Prohibited {
			t.Errorf("status %+v", s)
		}
	}
	if len(n.diverged) != 1 {
		t.Errorf("%d alarms", len(n.diverged))
	}
	a.snapshot(t)
	n.poll(t, a.now)
	n.at(t, a, a.state)
}

// tamper puts another list in the place of the feed's.
func tamper(t *testing.T, n *node, sequence uint64) {
	t.Helper()
	r, err := n.store.Replace(national)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abort()
	for _, e := range phones(t, 200, 30) {
		if err := r.Add(&e.Entry); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Stage(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Commit(store.Version{Sequence: sequence, Rebase: true}); err != nil {
		t.Fatal(err)
	}
}
