package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
)

// What a feed does to a store, beside the model: sorted lists, edits, malformed
// identities and what is attached.

var identities = []string{"0", "00", "0000A", "12*", "12*4", "#", "deadbeefdeadbeef", "1234567890123"}

// drawListed draws an entry, or one of a malformed identity.
func drawListed(t *rapid.T) store.Listed {
	l := store.Listed{Entry: drawEntry(t)}
	if rapid.IntRange(0, 3).Draw(t, "malformed entry") == 0 {
		l.Target, l.Malformed = eir.Target{}, rapid.SampledFrom(identities).Draw(t, "identity")
	}
	return l
}

// byFormat is the order of a feed's files.
func byFormat(a, b store.Listed) int {
	x, y := format.Entry(a), format.Entry(b)
	return format.Compare(&x, &y)
}

func drawAttached(t *rapid.T) map[string][]byte {
	blobs := map[string][]byte{}
	for range rapid.IntRange(0, 2).Draw(t, "blobs") {
		var value []byte // nil takes it away
		if n := rapid.IntRange(-1, 3).Draw(t, "octets"); n >= 0 {
			value = bytes.Repeat([]byte{7}, n)
		}
		blobs[rapid.SampledFrom([]string{"trust/root", "trust/timestamp", "feed"}).Draw(t, "blob")] = value
	}
	return blobs
}

func (m *model) attach(source string, blobs map[string][]byte) {
	kept := maps.Clone(m.attached[source])
	if kept == nil {
		kept = map[string][]byte{}
	}
	for name, value := range blobs {
		if kept[name] = value; value == nil {
			delete(kept, name)
		}
	}
	m.attached[source] = kept
}

func (m *machine) attach(t *rapid.T) {
	name := rapid.SampledFrom(sourceNames).Draw(t, "source")
	blobs := drawAttached(t)
	if err := m.store.Attach(name, blobs); err != nil {
		t.Fatalf("Attach: %v", err)
	}
	m.model.attach(name, blobs)
}

// replaceSorted gives a source a list in the order of a feed's files, at any
// sequence; one entry is tried in the wrong place.
func (m *machine) replaceSorted(t *rapid.T) {
	name := rapid.SampledFrom(sourceNames).Draw(t, "source")
	list := rapid.SliceOfN(rapid.Custom(drawListed), 0, 20).Draw(t, "list")
	slices.SortStableFunc(list, byFormat)
	list = slices.CompactFunc(list, func(a, b store.Listed) bool { return byFormat(a, b) == 0 })
	r, err := m.store.ReplaceSorted(name)
	if err != nil {
		t.Fatalf("ReplaceSorted: %v", err)
	}
	defer r.Abort()
	add := func(l *store.Listed) error {
		if l.Malformed != "" {
			return r.AddMalformed(l.Malformed, &l.Entry)
		}
		return r.Add(&l.Entry)
	}
	entries, malformed := map[eir.Target]eir.Entry{}, map[string]eir.Entry{}
	for i := range list {
		l := &list[i]
		if err := add(l); err != nil {
			t.Fatalf("Add %+v: %v", l, err)
		}
		if again := &list[rapid.IntRange(0, i).Draw(t, "again")]; !errors.Is(add(again), store.ErrUnsorted) {
			t.Fatalf("%+v behind %+v was taken", again, l)
		}
		if l.Malformed != "" {
			malformed[l.Malformed] = l.Entry
		} else {
			entries[l.Target] = l.Entry
		}
	}
	if rapid.IntRange(0, 4).Draw(t, "abort before") == 0 {
		return
	}
	if _, err := r.Stage(); err != nil {
		t.Fatalf("Stage: %v", err)
	}
	if rapid.IntRange(0, 4).Draw(t, "abort") == 0 {
		return
	}
	v := store.Version{At: time.Unix(1, 0), Attach: drawAttached(t)}
	v.Rebase = rapid.Bool().Draw(t, "rebase")
	next := m.model.sequences[name] + 1
	if v.Rebase {
		v.Sequence = rapid.Uint64Range(1, 9).Draw(t, "sequence")
		next = v.Sequence
	}
	st, err := r.Commit(v)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	if int(st.Entries) != len(entries) || int(st.Malformed) != len(malformed) {
		t.Fatalf("%+v, want %d entries and %d malformed", st, len(entries), len(malformed))
	}
	m.model.entries[name], m.model.malformed[name], m.model.sequences[name] = entries, malformed, next
	m.model.attach(name, v.Attach)
}

// subject returns what an edit should expect of an identity or a target.
func (m *model) subject(source string, l *store.Listed) *eir.Entry {
	e, ok := m.entries[source][l.Target]
	if l.Malformed != "" {
		e, ok = m.malformed[source][l.Malformed]
	}
	if !ok {
		return nil
	}
	return &e
}

// step moves the model on by an edit.
func (m *model) step(source string, e *store.Edit) {
	if e.Malformed != "" {
		kept := maps.Clone(m.malformed[source])
		if kept == nil {
			kept = map[string]eir.Entry{}
		}
		if delete(kept, e.Malformed); e.New != nil {
			kept[e.Malformed] = *e.New
		}
		m.malformed[source] = kept
		return
	}
	kept := maps.Clone(m.entries[source])
	if kept == nil {
		kept = map[eir.Target]eir.Entry{}
	}
	if e.Old != nil {
		delete(kept, e.Old.Target)
	}
	if e.New != nil {
		kept[e.New.Target] = *e.New
	}
	m.entries[source] = kept
}

// edits draws edits that expect what the model holds, and the model after them.
func (m *model) edits(t *rapid.T, source string) ([]store.Edit, *model) {
	after := &model{maps.Clone(m.entries), maps.Clone(m.sequences), maps.Clone(m.malformed), maps.Clone(m.attached)}
	if after.entries[source] == nil {
		after.entries[source] = map[eir.Target]eir.Entry{}
	}
	var edits []store.Edit
	for _, l := range rapid.SliceOfN(rapid.Custom(drawListed), 1, 6).Draw(t, "edits") {
		e := store.Edit{Malformed: l.Malformed, Old: after.subject(source, &l), New: &l.Entry}
		if e.Old != nil && rapid.Bool().Draw(t, "takes away") {
			e.New = nil
		}
		edits = append(edits, e)
		after.step(source, &e)
	}
	return edits, after
}

func (m *machine) edit(t *rapid.T) {
	name := rapid.SampledFrom(sourceNames).Draw(t, "source")
	edits, after := m.model.edits(t, name)
	c := store.Change{Source: name, Edits: edits}
	c.Attach = drawAttached(t)
	preview, err := m.store.Preview(c)
	if err != nil {
		t.Fatalf("Preview: %v", err)
	}
	got, err := m.store.Apply(c)
	if err != nil {
		t.Fatalf("Apply: %v", err)
	}
	if preview != got || got.Added+got.Changed+got.Removed != len(edits) {
		t.Fatalf("Apply of %d edits says %+v, Preview %+v", len(edits), got, preview)
	}
	after.sequences[name]++
	after.attach(name, c.Attach)
	m.model = after
}

// diverge spoils one of the edits: nothing of them may be done.
func (m *machine) diverge(t *rapid.T) {
	name := rapid.SampledFrom(sourceNames).Draw(t, "source")
	edits, _ := m.model.edits(t, name)
	i := rapid.IntRange(0, len(edits)-1).Draw(t, "wrong")
	switch e := &edits[i]; {
	case e.Old == nil:
		other := *e.New
		e.Old = &other
	case rapid.Bool().Draw(t, "unknown"):
		if e.New == nil {
			e.New = e.Old
		}
		e.Old = nil
	default:
		other := *e.Old
		switch rapid.IntRange(0, 4).Draw(t, "field") {
		case 0:
			other.Status = other.Status%3 + 1
		case 1:
			other.Reason += "?"
		case 2:
			other.Reference += "?"
		case 3:
			other.Date++
		case 4:
			other.Until++
		}
		e.Old = &other
	}
	c := store.Change{Source: name, Edits: edits}
	c.Attach = map[string][]byte{"feed": []byte("never")}
	_, err := m.store.Apply(c)
	var diverged *store.DivergedError
	if !errors.Is(err, store.ErrDiverged) || !errors.As(err, &diverged) || diverged.Edit != i+1 || diverged.Of != len(edits) {
		t.Fatalf("edit %d of %d expects what is not so: %v", i+1, len(edits), err)
	}
}

// holdsBeside compares what is not among the entries of a source.
func (m *model) holdsBeside(s *store.Store, name string) error {
	blobs, err := s.Attached(name)
	if err != nil {
		return err
	}
	if !maps.EqualFunc(blobs, m.attached[name], bytes.Equal) {
		return fmt.Errorf("%s: attached %v, want %v", name, blobs, m.attached[name])
	}
	if st, _ := s.Source(name); int(st.Malformed) != len(m.malformed[name]) {
		return fmt.Errorf("%s: %d malformed identities, want %d", name, st.Malformed, len(m.malformed[name]))
	}
	got := map[string]eir.Entry{}
	for l, err := range s.EntriesMalformed(name) {
		if err != nil {
			return err
		}
		got[l.Malformed] = l.Entry
	}
	if len(got)+len(m.malformed[name]) > 0 {
		if d := gocmp.Diff(m.malformed[name], got); d != "" {
			return fmt.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
	var last *store.Listed
	n := 0
	for l, err := range s.Listed(name) {
		if err != nil {
			return err
		}
		if last != nil && byFormat(*last, l) >= 0 {
			return fmt.Errorf("%s: %+v stands before %+v", name, last, l)
		}
		last = &l
		n++
	}
	if want := len(m.entries[name]) + len(got); n != want {
		return fmt.Errorf("%s: lists %d, want %d", name, n, want)
	}
	return nil
}

// TestDivergedIsMasked: the error may be logged, so it names no one's phone.
func TestDivergedIsMasked(t *testing.T) {
	s := open(t, nil, t.TempDir())
	defer s.Close()
	imei, sim := exact(tac.First()+123456), eir.Entry{Status: eir.Permitted}
	sim.Kind, sim.IMSI = eir.BySubscriber, imsiOf(123456)
	for _, c := range []struct {
		edit   store.Edit
		target string
	}{
		{store.Edit{Old: &imei}, "imei 00123456******"},
		{store.Edit{Old: &sim}, "imsi 00101**********"},
		{store.Edit{Old: &eir.Entry{Status: eir.Tracked}, Malformed: "123456*"}, "malformed identity of 7 octets"},
	} {
		_, err := s.Apply(store.Change{Source: "national", Edits: []store.Edit{c.edit}})
		if !errors.Is(err, store.ErrDiverged) || !strings.Contains(err.Error(), c.target) || strings.Contains(err.Error(), "123456*:") {
			t.Errorf("%v, want it to name %q", err, c.target)
		}
	}
	if n := len(s.Sources()); n != 0 {
		t.Errorf("%d sources", n)
	}
}

// TestRefusedEdits: what no list can come to is refused as such, not as a
// divergence.
func TestRefusedEdits(t *testing.T) {
	s := open(t, nil, t.TempDir())
	defer s.Close()
	a, b := exact(tac.First()), exact(tac.First()+1)
	invalid := exact(eir.MaxIMEI + 1)
	for name, e := range map[string]store.Edit{
		"neither":             {},
		"two targets":         {Old: &a, New: &b},
		"invalid":             {New: &invalid},
		"malformed and exact": {New: &a, Malformed: "12*"},
		"an IMEI":             {New: &eir.Entry{Status: eir.Tracked}, Malformed: "00123456000000"},
		"too long":            {New: &eir.Entry{Status: eir.Tracked}, Malformed: "12345678901234567"},
	} {
		_, err := s.Apply(store.Change{Source: "national", Edits: []store.Edit{e}})
		if err == nil || errors.Is(err, store.ErrDiverged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := store.Change{Source: "national", Edits: []store.Edit{{New: &a}}}
	c.Rebase, c.Sequence = true, 7
	if _, err := s.Apply(c); err != nil {
		t.Errorf("a change over several sequences: %v", err)
	}
	c.Edits[0].New = &b
	if _, err := s.Apply(c); !errors.Is(err, store.ErrStepBack) {
		t.Errorf("single entries gave a list a new base: %v", err)
	}
}

// TestMalformedAnswersNothing: a list of malformed identities alone leaves
// every query as it was, a malformed one included.
func TestMalformedAnswersNothing(t *testing.T) {
	s := open(t, nil, t.TempDir())
	defer s.Close()
	reg := register(t, s)
	fill(t, s, "national", func(add func(eir.Entry)) {})
	q := eir.Query{SVN: eir.NoSVN}
	q.IMEI, q.SVN, q.Form = eir.ParseIMEI([]byte("12*"))
	want := reg.Check(q)
	e := eir.Entry{Status: eir.Prohibited, Reason: "stolen"}
	if _, err := s.Apply(store.Change{Source: "national", Edits: []store.Edit{{New: &e, Malformed: "12*"}}}); err != nil {
		t.Fatal(err)
	}
	if got := reg.Check(q); got.Status != want.Status || got.Rule != want.Rule {
		t.Errorf("%s by %s, want %s by %s", got.Status, got.Rule, want.Status, want.Rule)
	}
}
