package format

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"paperweight/eir"
)

// drawKey draws from few places, so that lists meet in many of them.
func drawKey(t *rapid.T) (e Entry) {
	digits := func(label string, pattern string) eir.IMSI {
		i, ok := eir.ParseIMSIPrefix([]byte(rapid.StringMatching(pattern).Draw(t, label)))
		if !ok {
			t.Fatalf("no IMSI of %s", pattern)
		}
		return i
	}
	from := eir.IMEI(rapid.Uint64Range(0, 9).Draw(t, "from"))
	if rapid.IntRange(0, 9).Draw(t, "far") == 0 {
		from = eir.IMEI(rapid.Uint64Range(0, uint64(eir.MaxIMEI)).Draw(t, "anywhere"))
	}
	switch e.Kind = eir.Kind(rapid.IntRange(0, int(eir.BySubscriber)).Draw(t, "kind")); e.Kind {
	case 0:
		e.Malformed = rapid.StringMatching(`[*#1a]{1,3}|[0-9A-Fa-f*#]{13}[*#A-F]{3}`).Draw(t, "malformed")
		return e
	case eir.Exact:
		e.From, e.To = from, from
	case eir.Pair:
		e.From, e.To, e.IMSI = from, from, digits("imsi", `00101[01]{1,10}`)
	case eir.ByTAC:
		e.From, e.To = from.TAC().First(), from.TAC().Last()
	case eir.Range, eir.RangePair:
		e.From, e.To = from, min(from+eir.IMEI(rapid.Uint64Range(0, 3).Draw(t, "width")), eir.MaxIMEI)
		if e.Kind == eir.RangePair {
			e.IMSI = digits("prefix", `0{1,15}|001[01]`)
		}
	case eir.BySubscriber:
		e.IMSI = digits("imsi", `00101[01]{1,10}`)
	}
	for _, v := range rapid.SliceOfN(rapid.Uint8Range(0, 99), 0, 2).Draw(t, "svns") {
		e.SVNs = e.SVNs.With(eir.SVN(v))
	}
	return e
}

func drawSaid(t *rapid.T, e *Entry) {
	moment := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(-maxMoment, maxMoment),
		rapid.Map(rapid.Int64Range(-3, 20_000), func(days int64) int64 { return days * secondsPerDay }))
	e.Status = eir.Status(rapid.IntRange(int(eir.Permitted), int(eir.Prohibited)).Draw(t, "status"))
	e.Reason = rapid.SampledFrom([]string{"", "stolen", "lost", string(make([]byte, eir.MaxReason))}).Draw(t, "reason")
	e.Reference = rapid.StringMatching(`|R-[0-9]{1,9}|x{128}`).Draw(t, "reference")
	e.Date, e.Until = moment.Draw(t, "date"), moment.Draw(t, "until")
}

// keyOf is an entry without what is said of it.
func keyOf(e Entry) Entry { return Entry{Entry: eir.Entry{Target: e.Target}, Malformed: e.Malformed} }

// drawList returns a sorted list that shares some entries with another.
func drawList(t *rapid.T, other []Entry) []Entry {
	m := map[Entry]Entry{}
	for _, e := range other {
		if rapid.Bool().Draw(t, "keep") {
			m[keyOf(e)] = e
		}
	}
	for range rapid.IntRange(0, 30).Draw(t, "entries") {
		e := drawKey(t)
		drawSaid(t, &e)
		m[keyOf(e)] = e
	}
	return slices.SortedFunc(maps.Values(m), func(a, b Entry) int { return Compare(&a, &b) })
}

func digestOf(entries []Entry) (d Digest) {
	for i := range entries {
		d.Add(&entries[i])
	}
	return d
}

// What is written is read; and a snapshot with the delta to another list has
// the digest of that list's snapshot.
func TestWriteRead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		old := drawList(rt, nil)
		first := write(t, snapshotHeader(1), added(old))
		changes, s1, err := read(bytes.NewReader(first), Limits{}, &State{})
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(added(old), changes); len(old) > 0 && diff != "" {
			rt.Fatalf("the snapshot (-written +read):\n%s", diff)
		}
		if want := (State{Epoch: 1, Sequence: 1, Entries: uint64(len(old)), Digest: digestOf(old), Link: sha(first)}); s1 != want {
			rt.Fatalf("the snapshot leads to %+v, want %+v", s1, want)
		}

		new := drawList(rt, old)
		steps, err := diff(old, new)
		if err != nil {
			rt.Fatal(err)
		}
		delta := write(t, deltaHeader(s1), steps)
		changes, s2, err := read(bytes.NewReader(delta), Limits{}, &s1)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(steps, changes); len(steps) > 0 && diff != "" {
			rt.Fatalf("the delta (-written +read):\n%s", diff)
		}
		if got := apply(rt, old, changes); !slices.Equal(got, new) {
			rt.Fatalf("old list and delta make\n%+v, want\n%+v", got, new)
		}

		h := snapshotHeader(2)
		h.To.Link = s2.Link // a snapshot of the state that the delta reached
		if s := stateOf(t, write(t, h, added(new))); s != s2 {
			rt.Fatalf("the delta leads to %+v, the snapshot to %+v", s2, s)
		}
	})
}

// apply is what a node does with the changes, on a map.
func apply(t *rapid.T, entries []Entry, changes []Change) []Entry {
	m := map[Entry]Entry{}
	for _, e := range entries {
		m[keyOf(e)] = e
	}
	for _, c := range changes {
		k := keyOf(*c.Key())
		if was, there := m[k]; there != (c.Op != Added) || was != c.Old {
			t.Fatalf("%s of %+v, the list has %+v", c.Op, c, was)
		}
		if delete(m, k); c.Op != Removed {
			m[k] = c.New
		}
	}
	return slices.SortedFunc(maps.Values(m), func(a, b Entry) int { return Compare(&a, &b) })
}

// The digest depends on the entries alone: not on their order, nor on what
// came and went; and on every octet of them.
func TestDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list, gone := drawList(t, nil), drawList(t, nil)
		want := digestOf(list)
		type step struct {
			e      Entry
			remove bool
		}
		var steps []step
		for _, e := range list {
			steps = append(steps, step{e, false})
		}
		for _, e := range gone {
			steps = append(steps, step{e, false}, step{e, true})
		}
		var d Digest
		for _, s := range rapid.Permutation(steps).Draw(t, "order") {
			if s.remove {
				d.Remove(&s.e)
			} else {
				d.Add(&s.e)
			}
		}
		if d != want {
			t.Fatalf("in another order it is %s, want %s", d, want)
		}
		if len(list) > 0 && want == (Digest{}) {
			t.Fatal("a list with the digest of none")
		}
		var back Digest
		if text, _ := d.MarshalText(); back.UnmarshalText(text) != nil || back != d {
			t.Fatalf("%s is read as %s", text, back)
		}
	})
}

func TestDigestTellsEntriesApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawKey(t), drawKey(t)
		drawSaid(t, &a)
		drawSaid(t, &b)
		if x, y := appendCanonical(nil, &a), appendCanonical(nil, &b); (a == b) != bytes.Equal(x, y) || a != b && bytes.HasPrefix(x, y) {
			t.Fatalf("%+v is %x, %+v is %x", a, x, b, y)
		}
	})
}

// Every field of a small entry is in the digest.
func TestDigestCoversEveryField(t *testing.T) {
	e := exact(1)
	e.Reference, e.Until = "R1", 5
	seen := map[Digest]string{digestOf([]Entry{e}): "the entry"}
	for name, do := range map[string]func(*Entry){
		"IMEI": func(e *Entry) { e.From++; e.To++ }, "SVNs": func(e *Entry) { e.SVNs = e.SVNs.With(1) },
		"status": func(e *Entry) { e.Status = eir.Tracked }, "reason": func(e *Entry) { e.Reason = "stole" },
		"date": func(e *Entry) { e.Date++ }, "until": func(e *Entry) { e.Until++ }, "reference": func(e *Entry) { e.Reference = "R2" },
		"pair":  func(e *Entry) { e.Kind = eir.Pair; e.IMSI, _ = eir.ParseIMSI([]byte("001010000000001")) },
		"imsi":  func(e *Entry) { e.Kind = eir.Pair; e.IMSI, _ = eir.ParseIMSI([]byte("001010000000002")) },
		"range": func(e *Entry) { e.Kind = eir.Range }, "to": func(e *Entry) { e.Kind = eir.Range; e.To++ },
	} {
		changed := e
		do(&changed)
		d := digestOf([]Entry{changed})
		if other, ok := seen[d]; ok {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[d] = name
	}
}

// The fullest blocks are inside the limits that a reader holds them to.
func TestFullestBlock(t *testing.T) {
	from := State{Epoch: 1, Sequence: 1, Entries: 2 * MaxBlockRecords, Link: Hash{1}}
	prefix, _ := eir.ParseIMSIPrefix([]byte("999999999999999"))
	for _, texts := range []bool{false, true} {
		changes := make([]Change, 2*MaxBlockRecords)
		for i := range changes {
			e := Entry{Entry: eir.Entry{Target: eir.Target{Kind: eir.RangePair, To: eir.MaxIMEI, IMSI: prefix, SVNs: eir.SVNSet{1, 1}}}}
			e.From, e.Status, e.Date, e.Until = eir.IMEI(i)*1e9, eir.Tracked, maxMoment, -maxMoment
			if i%2 == 1 {
				e.Date, e.Until = -maxMoment, maxMoment
			}
			after := e
			after.Status = eir.Prohibited
			if texts {
				e.Reason, e.Reference = fmt.Sprintf("%0200d", i), fmt.Sprintf("%0128d", i)
				after.Reason, after.Reference = fmt.Sprintf("a%0200d", i), fmt.Sprintf("a%0127d", i)
			}
			changes[i] = Change{Op: Changed, Old: e, New: after}
			from.Digest.Add(&e)
		}
		got, _, err := read(bytes.NewReader(write(t, deltaHeader(from), changes)), Limits{}, &from)
		if err != nil || !slices.Equal(got, changes) {
			t.Errorf("texts %v: %d of %d changes, %v", texts, len(got), len(changes), err)
		}
		from.Digest = Digest{}
	}
}
