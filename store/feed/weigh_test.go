package feed

import (
	"errors"
	"iter"
	"math"
	"slices"
	"testing"
	"time"

	"paperweight/eir"
	"paperweight/store/feed/format"
)

// turned is what one change weighs, in IMEIs.
func turned(t *testing.T, ranges iter.Seq2[eir.Entry, error], old, new format.Entry) (blocked, freed uint64) {
	t.Helper()
	c := format.Change{Op: format.Changed, Old: old, New: new}
	if old.Status == eir.Unset {
		// What was read before may still stand there.
		c.Op, c.Old = format.Added, new
	} else if new.Status == eir.Unset {
		c.Op, c.New = format.Removed, old
	}
	m := newMeasure(&Guard{}, today, 10, false, ranges)
	if err := m.add(&c); err != nil {
		t.Fatal(err)
	}
	d := m.result()
	return d.Blocked.IMEIs, d.Freed.IMEIs
}

func said(target eir.Target, s eir.Status, until int64) format.Entry {
	return format.Entry{Entry: eir.Entry{Target: target, Status: s, Until: until}}
}

func imsi(t *testing.T, digits string) eir.IMSI {
	t.Helper()
	i, ok := eir.ParseIMSIPrefix([]byte(digits))
	if !ok {
		t.Fatalf("%q is no IMSI", digits)
	}
	return i
}

// What an entry says now against what it said: which of it blocks, which frees.
func TestWeigh(t *testing.T) {
	model := eir.Target{Kind: eir.ByTAC, From: tac.First(), To: tac.Last()}
	subscriber := eir.Target{Kind: eir.BySubscriber, IMSI: imsi(t, "001010000000001")}
	pair, wide := phone(t, 1).Target, model
	pair.Kind, pair.IMSI = eir.Pair, imsi(t, "001010000000001")
	wide.Kind, wide.IMSI = eir.RangePair, imsi(t, "00101")
	one := phone(t, 1).Target
	for _, c := range []struct {
		target         eir.Target
		old, new       eir.Status // Unset: not listed
		blocked, freed uint64
	}{
		{one, eir.Unset, eir.Prohibited, 1, 0},
		{one, eir.Prohibited, eir.Unset, 0, 1},
		{one, eir.Prohibited, eir.Tracked, 0, 1},
		{one, eir.Prohibited, eir.Permitted, 0, 1},
		{one, eir.Unset, eir.Permitted, 0, 1},
		{one, eir.Permitted, eir.Unset, 1, 0},
		{one, eir.Permitted, eir.Prohibited, 1, 0},
		{one, eir.Permitted, eir.Tracked, 1, 0},
		{one, eir.Tracked, eir.Unset, 0, 0},
		{one, eir.Unset, eir.Tracked, 0, 0},
		{model, eir.Unset, eir.Prohibited, 1_000_000, 0},
		{model, eir.Unset, eir.Permitted, 0, 1_000_000},
		{subscriber, eir.Unset, eir.Permitted, 0, 1},
		// An exception that tracks is served, whatever stands below it.
		{subscriber, eir.Unset, eir.Tracked, 0, 1},
		{pair, eir.Unset, eir.Tracked, 0, 1},
		{wide, eir.Unset, eir.Tracked, 0, 1_000_000},
		{wide, eir.Tracked, eir.Unset, 1_000_000, 0},
		{wide, eir.Tracked, eir.Prohibited, 1_000_000, 0},
		{wide, eir.Permitted, eir.Tracked, 1_000_000, 0},
	} {
		if b, f := turned(t, nil, said(c.target, c.old, 0), said(c.target, c.new, 0)); b != c.blocked || f != c.freed {
			t.Errorf("%v from %v to %v: blocked %d, freed %d; want %d, %d", c.target.Kind, c.old, c.new, b, f, c.blocked, c.freed)
		}
	}
}

// An end that moves blocks or frees as well, and what has ended says nothing.
func TestWeighUntil(t *testing.T) {
	now := today.Unix()
	for _, c := range []struct {
		status         eir.Status
		old, new       int64
		blocked, freed uint64
	}{
		{eir.Prohibited, 0, 1, 0, 1},
		{eir.Prohibited, 0, now, 0, 1},
		{eir.Prohibited, 0, now + 1, 0, 1},
		{eir.Prohibited, now + 2, now + 1, 0, 1},
		{eir.Prohibited, now + 1, now + 2, 1, 0},
		{eir.Prohibited, now + 1, 0, 1, 0},
		{eir.Prohibited, 1, 0, 1, 0},
		{eir.Prohibited, -1, now, 0, 0},
		{eir.Permitted, 0, now + 1, 1, 0},
		{eir.Permitted, 1, now + 1, 0, 1},
		{eir.Tracked, 1, 0, 0, 0},
	} {
		one := phone(t, 1).Target
		if b, f := turned(t, nil, said(one, c.status, c.old), said(one, c.status, c.new)); b != c.blocked || f != c.freed {
			t.Errorf("%v, its end from %d to %d: blocked %d, freed %d; want %d, %d", c.status, c.old-now, c.new-now, b, f, c.blocked, c.freed)
		}
	}
	if s := sampleOf(&format.Change{Op: format.Changed, Old: phone(t, 1), New: said(phone(t, 1).Target, eir.Prohibited, 1)}); s.Old != "prohibited" || s.New != "prohibited until 1970-01-01T00:00:01Z" {
		t.Errorf("the sample hides the end: %+v", s)
	}
}

// What is tracked inside a wider prohibition is freed by it.
func TestWeighTrackedInside(t *testing.T) {
	span := func(from, to eir.IMEI, s eir.Status, until int64) eir.Entry {
		return eir.Entry{Target: eir.Target{Kind: eir.Range, From: from, To: to}, Status: s, Until: until}
	}
	pairs := span(0, 1000, eir.Prohibited, 0)
	pairs.Kind = eir.RangePair
	ranges := func(yield func(eir.Entry, error) bool) {
		for _, e := range []eir.Entry{
			span(5_000, 6_000, eir.Prohibited, 0), span(5_500, 5_510, eir.Prohibited, 0), span(8_000, 8_010, eir.Prohibited, 0),
			span(2_000, 3_000, eir.Prohibited, 1), span(3_000, 4_000, eir.Tracked, 0), pairs,
		} {
			if !yield(e, nil) {
				return
			}
		}
	}
	for _, c := range []struct {
		name     string
		from, to eir.IMEI
		want     uint64
	}{
		{"a phone inside", 5_100, 5_100, 1},
		{"a range inside", 5_505, 5_600, 96},
		{"over its end", 5_990, 6_050, 61},
		{"over its beginning", 4_990, 5_000, 11},
		{"as wide", 5_000, 6_000, 0},
		{"around one", 7_000, 9_000, 0},
		{"around both", 0, 9_000, 0},
		{"beside", 4_001, 4_999, 0},
		{"in one that ended", 2_500, 2_500, 0},
		{"in one that is tracked", 3_500, 3_500, 0},
		{"below an exception", 500, 500, 0},
	} {
		target := eir.Target{Kind: eir.Range, From: c.from, To: c.to}
		tracked, none := said(target, eir.Tracked, 0), said(target, eir.Unset, 0)
		if b, f := turned(t, ranges, none, tracked); b != 0 || f != c.want {
			t.Errorf("%s: blocked %d, freed %d; want 0, %d", c.name, b, f, c.want)
		}
		if b, f := turned(t, ranges, tracked, none); b != c.want || f != 0 {
			t.Errorf("%s, gone: blocked %d, freed %d; want %d, 0", c.name, b, f, c.want)
		}
	}
	fault := errors.New("unreadable")
	m := newMeasure(&Guard{}, today, 10, false, func(yield func(eir.Entry, error) bool) { yield(eir.Entry{}, fault) })
	if err := m.add(&format.Change{Op: format.Added, New: said(phone(t, 1).Target, eir.Tracked, 0)}); !errors.Is(err, fault) {
		t.Errorf("ranges that can't be read: %v", err)
	}
}

// A sum that passes 2^64 must not come out small.
func TestTallySaturates(t *testing.T) {
	g := DefaultGuard()
	r := g.Review(nil, today, 20_000_000, false, nil)
	var sum uint64 // wraps around
	for i := range 184_467 {
		e := entry(t, eir.Range, eir.IMEI(i), eir.MaxIMEI, eir.Prohibited, "x")
		if err := r.Add(&format.Change{Op: format.Added, New: e}); err != nil {
			t.Fatal(err)
		}
		sum += e.Width() + 1
	}
	for rest := -sum + 1; rest > 0; {
		n := min(rest, uint64(eir.MaxIMEI)+1)
		if err := r.Add(&format.Change{Op: format.Added, New: entry(t, eir.Range, 0, eir.IMEI(n-1), eir.Prohibited, "x")}); err != nil {
			t.Fatal(err)
		}
		rest -= n
	}
	d, why, past := r.Verdict()
	if d.Blocked.IMEIs != math.MaxUint64 || d.TACs[0].Blocked.IMEIs < 1<<40 || d.Reasons[0].Blocked.IMEIs != math.MaxUint64 {
		t.Errorf("blocked %+v, %+v", d.Blocked, d.TACs[:1])
	}
	if !slices.ContainsFunc(why, func(f Finding) bool { return f.Limit == "update.blocked" }) {
		t.Errorf("held for %v", why)
	}
	past = past.with(today.Add(time.Second), d).with(today.Add(time.Hour), d)
	if b := past.since(today.Add(-time.Hour)).Blocked; b.IMEIs != math.MaxUint64 {
		t.Errorf("in a day %+v", b)
	}
}

// Protected is who uses the equipment, too.
func TestProtectedIMSIs(t *testing.T) {
	var a, b IMSIPrefix
	if a.UnmarshalText([]byte("0010155")) != nil || b.UnmarshalText([]byte("001010000000001")) != nil {
		t.Fatal("an IMSI is not read")
	}
	if new(IMSIPrefix).UnmarshalText([]byte("00101000000000123")) == nil || new(IMSIPrefix).UnmarshalText(nil) == nil {
		t.Error("what is no IMSI is read")
	}
	if text, err := a.MarshalText(); err != nil || string(text) != "0010155" {
		t.Errorf("it comes back as %s, %v", text, err)
	}
	g := Guard{ProtectedIMSIs: []IMSIPrefix{a, b}}
	if err := g.Validate(); err != nil {
		t.Error(err)
	}
	if err := (&Guard{ProtectedIMSIs: []IMSIPrefix{0}}).Validate(); err == nil {
		t.Error("an IMSI of no digits would protect all")
	}
	for _, c := range []struct {
		kind eir.Kind
		imsi string
		want uint64
	}{
		{eir.BySubscriber, "001015500000001", 1},
		{eir.BySubscriber, "001010000000001", 1},
		{eir.BySubscriber, "001010000000002", 0},
		{eir.Pair, "001015500000001", 1},
		{eir.Pair, "001015600000001", 0},
		{eir.RangePair, "00101", 1},
		{eir.RangePair, "00101550", 1},
		{eir.RangePair, "0010154", 0},
		{eir.Exact, "", 0},
	} {
		target := eir.Target{Kind: c.kind, From: 5, To: 5}
		if c.imsi != "" {
			target.IMSI = imsi(t, c.imsi)
		}
		if c.kind == eir.BySubscriber {
			target.From, target.To = 0, 0
		}
		m := newMeasure(&g, today, 10, true, nil)
		if err := m.add(&format.Change{Op: format.Added, New: said(target, eir.Prohibited, 0)}); err != nil {
			t.Fatal(err)
		}
		if got := m.result().Protected; got != c.want {
			t.Errorf("%s: protected %d, want %d", target.String(), got, c.want)
		}
	}
}
