package load

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Each request is due once, in its step, in order, on a tick, and as many by
// any moment as the rate says.
func TestSchedule(t *testing.T) {
	steps := Steps([]float64{1000, 250, 4000}, 2*time.Second, time.Second)
	s, err := newSchedule(steps, 100*time.Microsecond)
	if err != nil {
		t.Fatal(err)
	}
	// 0 to 1000, 1000, 1000 to 250, 250, 250 to 4000, 4000.
	for i, want := range []uint64{500, 2000, 625, 500, 2125, 8000} {
		if got := s.legs[i].count; got != want {
			t.Errorf("step %d, %v: %d requests, want %d", i, s.legs[i], got, want)
		}
	}
	last := time.Duration(-1)
	hint := 0
	for k := range s.total() {
		hint = s.leg(k, hint)
		l := &s.legs[hint]
		due := s.due(l, k)
		if due < last || due < l.begin || due > l.begin+l.For+s.tick || due%s.tick != 0 {
			t.Fatalf("request %d of %v is due at %v, after %v", k, l, due, last)
		}
		last = due
		// The area under the rate until it is due is its number.
		at := l.after(k - l.first).Seconds()
		arrived := l.From*at + (l.To-l.From)*at*at/2/l.For.Seconds()
		if n := float64(k - l.first); arrived < n-0.01 || arrived > n+0.01 {
			t.Fatalf("request %d of %v comes at %v, when %v are over", k-l.first, l, at, arrived)
		}
	}
	// 2.5 s are the ramp and three quarters of the first step; at the end all is over.
	for at, want := range map[time.Duration]float64{0: 0, 2500 * time.Millisecond: 2000, time.Hour: float64(s.total())} {
		if got := s.arrived(at); got < want-0.01 || got > want+0.01 {
			t.Errorf("after %v: %v arrivals, want %v", at, got, want)
		}
	}
	if got := s.leg(0, len(s.legs)-1); got != 0 {
		t.Errorf("looking back: leg %d, want 0", got)
	}
}

func TestScheduleRefuses(t *testing.T) {
	steady := []Step{{1, 1, time.Second}}
	for name, c := range map[string]struct {
		steps []Step
		tick  time.Duration
	}{
		"nothing":       {nil, time.Millisecond},
		"no tick":       {steady, 0},
		"too many":      {slices.Repeat(steady, mostSteps+1), time.Millisecond},
		"too long":      {[]Step{{1, 1, longestStep + 1}}, time.Millisecond},
		"no rate":       {[]Step{{0, 0, time.Second}}, time.Millisecond},
		"no time":       {[]Step{{1, 1, 0}}, time.Millisecond},
		"negative rate": {[]Step{{-1, 2, time.Second}}, time.Millisecond},
	} {
		if _, err := newSchedule(c.steps, c.tick); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The shares come out as the weights say, part and priority by chance of each
// other, and a request's are always the same.
func TestPicker(t *testing.T) {
	p, err := newPicker([]Part{
		{Name: "listed", IMEIs: []string{"1", "2", "3", "4"}, Weight: 10, Expect: "prohibited"},
		{Name: "others", IMEIs: []string{"5", "6"}, Weight: 90},
	}, []Share{{0, 1}, {NoPriority, 3}})
	if err != nil {
		t.Fatal(err)
	}
	const n = 100_000
	var parts [2]int
	var both int
	imeis := make(map[string]int)
	for k := range uint64(n) {
		a := p.pick(k)
		if part, share := p.classes(k); part != a.part || share != a.share {
			t.Fatalf("request %d: %d and %d, then %d and %d", k, a.part, a.share, part, share)
		}
		parts[a.part]++
		if a.part == 0 && a.share == 0 {
			both++
		}
		imeis[a.imei]++
	}
	near := func(what string, got, want int) {
		if got < want*95/100 || got > want*105/100 {
			t.Errorf("%s: %d of %d, want about %d", what, got, n, want)
		}
	}
	near("listed", parts[0], n/10)
	near("listed with priority 0", both, n/40)
	near("one of the listed", imeis["3"], n/40)
	near("one of the others", imeis["5"], n*45/100)
}

func TestPickerRefuses(t *testing.T) {
	one := []string{"1"}
	for want, c := range map[string]struct {
		parts  []Part
		shares []Share
	}{
		"at least one":    {},
		"a has 0 of them": {parts: []Part{{Name: "a", Weight: 1}}},
		"weight of 0":     {parts: []Part{{IMEIs: one}}},
		"expects \"no\"":  {parts: []Part{{IMEIs: one, Weight: 1, Expect: "no"}}},
		"priority 16":     {parts: []Part{{IMEIs: one, Weight: 1}}, shares: []Share{{16, 1}}},
		"weight of -1":    {parts: []Part{{IMEIs: one, Weight: 1}}, shares: []Share{{1, -1}}},
	} {
		if _, err := newPicker(c.parts, c.shares); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
