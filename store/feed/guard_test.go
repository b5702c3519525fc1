package feed

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"paperweight/eir"
	"paperweight/store/feed/format"
)

// Each bound holds what is over it and lets pass what is not.
func TestJudge(t *testing.T) {
	d := Difference{Before: 1000, After: 900, Blocked: Tally{100, 5000}, Freed: Tally{200, 300}}
	hours := func(n time.Duration) time.Time { return today.Add(-n * time.Hour) }
	past := window{
		{hours(30), Tally{1000, 1000}, Tally{1000, 1000}},
		{hours(20), Tally{10, 100}, Tally{0, 0}},
		{hours(1).Add(time.Minute), Tally{5, 50}, Tally{7, 7}},
	}
	for _, c := range []struct {
		name  string
		guard Guard
		want  []string
	}{
		{"no guard", Guard{}, nil},
		{"as many", Guard{Update: Bounds{Blocked: 5000, Freed: 300}}, nil},
		{"too many blocked", Guard{Update: Bounds{Blocked: 4999}}, []string{"update.blocked"}},
		{"too many freed", Guard{Update: Bounds{Freed: 299}}, []string{"update.freed"}},
		{"as large a share", Guard{Update: Bounds{BlockedShare: .1, FreedShare: .2}}, nil},
		{"too large a share blocked", Guard{Update: Bounds{BlockedShare: .099}}, []string{"update.blocked_share"}},
		{"too large a share freed", Guard{Update: Bounds{FreedShare: .199}}, []string{"update.freed_share"}},
		{"shares below the floor", Guard{Floor: 200, Update: Bounds{BlockedShare: .01, FreedShare: .01}}, nil},
		{"an hour's", Guard{Hour: Bounds{Blocked: 5050, Freed: 307, BlockedShare: .105, FreedShare: .207}}, nil},
		{"more than an hour's", Guard{Hour: Bounds{Blocked: 5049, Freed: 306, BlockedShare: .104, FreedShare: .206}},
			[]string{"hour.blocked", "hour.blocked_share", "hour.freed", "hour.freed_share"}},
		{"a day's", Guard{Day: Bounds{Blocked: 5150, Freed: 307, BlockedShare: .115, FreedShare: .207}}, nil},
		{"more than a day's", Guard{Day: Bounds{Blocked: 5149, Freed: 306, BlockedShare: .114, FreedShare: .206}},
			[]string{"day.blocked", "day.blocked_share", "day.freed", "day.freed_share"}},
		{"as small", Guard{MinShare: .9}, nil},
		{"too small", Guard{MinShare: .901}, []string{"min_share"}},
		{"too small, below the floor", Guard{MinShare: .95, Floor: 1000}, nil},
	} {
		var got []string
		for _, f := range c.guard.judge(&d, past, today) {
			got = append(got, f.Limit)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: held for %v, want %v", c.name, got, c.want)
		}
	}
	first := Difference{First: true, After: 1e6, Blocked: Tally{1e6, 1e12}, Protected: 1}
	g := DefaultGuard()
	if why := g.judge(&first, nil, today); len(why) != 1 || why[0].Limit != "protected" {
		t.Errorf("a first list: %v", why)
	}
}

// What an entry says now against what it said: which of it blocks, which frees.
func TestWeigh(t *testing.T) {
	model := eir.Target{Kind: eir.ByTAC, From: tac.First(), To: tac.Last()}
	sim, _ := eir.ParseIMSI([]byte("001010000000001"))
	subscriber := eir.Target{Kind: eir.BySubscriber, IMSI: sim}
	say := func(target eir.Target, s eir.Status) format.Entry {
		return format.Entry{Entry: eir.Entry{Target: target, Status: s}}
	}
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
		{one, eir.Tracked, eir.Unset, 0, 0},
		{one, eir.Unset, eir.Tracked, 0, 0},
		{model, eir.Unset, eir.Prohibited, 1_000_000, 0},
		{model, eir.Unset, eir.Permitted, 0, 1_000_000},
		{subscriber, eir.Unset, eir.Permitted, 0, 1},
	} {
		ch := format.Change{Op: format.Changed, Old: say(c.target, c.old), New: say(c.target, c.new)}
		if c.old == eir.Unset {
			ch.Op, ch.Old = format.Added, format.Entry{}
		} else if c.new == eir.Unset {
			ch.Op, ch.New = format.Removed, format.Entry{}
		}
		m := newMeasure(&Guard{}, 10, false)
		m.add(&ch)
		if d := m.result(); d.Blocked.IMEIs != c.blocked || d.Freed.IMEIs != c.freed {
			t.Errorf("%v from %v to %v: blocked %d, freed %d; want %d, %d",
				c.target.Kind, c.old, c.new, d.Blocked.IMEIs, d.Freed.IMEIs, c.blocked, c.freed)
		}
	}
}

// A measure names the largest parts, and samples the whole of an update.
func TestMeasure(t *testing.T) {
	m := newMeasure(&Guard{Protected: []Range{{tac.First() + 900, tac.First() + 901}}}, 0, false)
	for i := range 1000 {
		m.add(&format.Change{Op: format.Added, New: phone(t, i)})
	}
	other := entry(t, eir.Exact, 5, 5, eir.Prohibited, "lost")
	m.add(&format.Change{Op: format.Removed, Old: other})
	d := m.result()
	if d.Protected != 2 || d.After != 999 || len(d.TACs) != 2 || d.TACs[0].Name != tac.String() || d.TACs[0].Blocked.Entries != 1000 ||
		d.Reasons[1].Name != "lost" || d.Reasons[1].Freed.Entries != 1 {
		t.Errorf("difference %+v", d)
	}
	if s := d.Sample[0]; s.Target != (tac.First()+900).String() || s.Old != "" || s.New != "prohibited" {
		t.Errorf("the protected phone is not in front: %+v", s)
	}
	if n := len(d.Sample); n < sampled/2 || n > sampled+sampledGuards || d.Sample[n-1].Target < (tac.First()+800).String() && d.Sample[n-1].Target != other.Target.String() {
		t.Errorf("a sample of %d, the last is %s", n, d.Sample[n-1].Target)
	}
}

// Parts of a day come together, and those before it are let go.
func TestWindow(t *testing.T) {
	var w window
	one := &Difference{Blocked: Tally{1, 1}}
	for i := range 2 * 24 * 60 {
		w = w.with(today.Add(time.Duration(i)*time.Minute), one)
	}
	if n := len(w); n < 24*12 || n > 24*12+3 {
		t.Errorf("%d parts of a day", n)
	}
	end := today.Add((2*24*60 - 1) * time.Minute)
	if b, _ := w.since(end.Add(-time.Hour)); b.Entries < 60 || b.Entries > 65 {
		t.Errorf("%d in an hour", b.Entries)
	}
	if n := len(w.with(end, &Difference{})); n != len(w) {
		t.Error("a change of nothing counts")
	}
}

func TestRange(t *testing.T) {
	for text, want := range map[string]Range{
		"00000101":                      {tac.First(), tac.Last()},
		"00000101000007":                {tac.First() + 7, tac.First() + 7},
		"00000101000007-00000102000001": {tac.First() + 7, eir.TAC(102).First() + 1},
	} {
		var r, again Range
		if err := r.UnmarshalText([]byte(text)); err != nil || r != want {
			t.Errorf("%s is %v, %v", text, r, err)
		}
		b, err := json.Marshal(r)
		if err == nil {
			err = json.Unmarshal(b, &again)
		}
		if err != nil || again != r {
			t.Errorf("%s comes back as %v, %v", b, again, err)
		}
	}
	for _, text := range []string{"", "1", "0000010a", "00000101000007-", "00000101000007-00000101000006", "00000101-00000102"} {
		if err := new(Range).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
