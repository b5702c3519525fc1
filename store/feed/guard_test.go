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
	d := Difference{Before: 1000, After: 900, Added: 30, Changed: 220, Removed: 130, Ranges: 25, Blocked: Tally{100, 5000}, Freed: Tally{200, 300}}
	hours := func(n time.Duration) time.Time { return today.Add(-n * time.Hour) }
	past := window{
		{hours(30), totals{Tally{1000, 1000}, Tally{1000, 1000}, 1000, 1000}},
		{hours(20), totals{Tally{10, 100}, Tally{0, 0}, 10, 3}},
		{hours(1).Add(time.Minute), totals{Tally{5, 50}, Tally{7, 7}, 20, 2}},
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
		{"as many changes", Guard{Update: Bounds{ChangedShare: .38, Ranges: 25}, Hour: Bounds{ChangedShare: .4, Ranges: 27}, Day: Bounds{ChangedShare: .41, Ranges: 30}}, nil},
		{"too many changes", Guard{Update: Bounds{ChangedShare: .379}, Hour: Bounds{ChangedShare: .399}, Day: Bounds{ChangedShare: .409}},
			[]string{"update.changed_share", "hour.changed_share", "day.changed_share"}},
		{"too many ranges", Guard{Update: Bounds{Ranges: 24}, Hour: Bounds{Ranges: 26}, Day: Bounds{Ranges: 29}},
			[]string{"update.ranges", "hour.ranges", "day.ranges"}},
		{"as small", Guard{MinShare: .9}, nil},
		{"too small", Guard{MinShare: .901}, []string{"min_share"}},
		{"too small, below the floor", Guard{MinShare: .95, Floor: 1000}, []string{"min_share"}},
	} {
		var got []string
		for _, f := range c.guard.judge(&d, past, today) {
			got = append(got, f.Limit)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: held for %v, want %v", c.name, got, c.want)
		}
	}
	empty := Difference{Before: 1}
	if why := (&Guard{}).judge(&empty, nil, today); len(why) != 1 || why[0].Limit != "min_share" {
		t.Errorf("a list without its last entry: %v", why)
	}
	first := Difference{First: true, After: 1e6, Blocked: Tally{1e6, 1e12}, Protected: 1}
	g := DefaultGuard()
	if why := g.judge(&first, nil, today); len(why) != 1 || why[0].Limit != "protected" {
		t.Errorf("a first list: %v", why)
	}
}

// A measure names the largest parts, and samples the whole of an update.
func TestMeasure(t *testing.T) {
	m := newMeasure(&Guard{Protected: []Range{{tac.First() + 896, tac.First() + 897}}}, today, 0, false, nil)
	add := func(c format.Change) {
		if err := m.add(&c); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 1000 {
		add(format.Change{Op: format.Added, New: phone(t, i)})
	}
	other := entry(t, eir.Exact, 5, 5, eir.Prohibited, "lost")
	add(format.Change{Op: format.Removed, Old: other})
	d := m.result()
	if d.Protected != 2 || d.After != 999 || len(d.TACs) != 2 || d.TACs[0].Name != tac.String() || d.TACs[0].Blocked.Entries != 1000 ||
		d.Reasons[1].Name != "lost" || d.Reasons[1].Freed.Entries != 1 {
		t.Errorf("difference %+v", d)
	}
	if s := d.Sample[0]; s.Target != (tac.First()+896).String() || s.Old != "" || s.New != "prohibited" {
		t.Errorf("the protected phone is not in front: %+v", s)
	}
	shown := map[string]int{}
	for _, s := range d.Sample {
		if shown[s.Target]++; shown[s.Target] > 1 {
			t.Errorf("%s is shown twice", s.Target)
		}
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
	if n := w.since(end.Add(-time.Hour)).Blocked.Entries; n < 60 || n > 65 {
		t.Errorf("%d in an hour", n)
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
