package publish

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// reports are reasons as an authority should not write them.
func reports(from, to int) (all []string) {
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("report %d", i))
	}
	return all
}

func TestReasonsAreCounted(t *testing.T) {
	for _, n := range []int{0, 1, 2, 255, 256, 1000, 50_000, 65_536, 262_144} {
		got := sketchOf(slices.Values(reports(0, n))).count()
		if least, most := uint64(n-n/8), uint64(n+n/8); got < least || got > most || n < ReasonsCounted && got != uint64(n) {
			t.Errorf("%d reasons are counted as %d", n, got)
		}
	}
	// Parts that share reasons count as one list.
	l := &list{}
	for i := range 10 {
		l.Parts = append(l.Parts, part{Reasons: sketchOf(slices.Values(reports(5000*i, 5000*i+20_000)))})
	}
	if got, want := l.reasons().Count, sketchOf(slices.Values(reports(0, 65_000))).count(); got != want {
		t.Errorf("ten parts with 65000 reasons together: %d, and %d in one", got, want)
	}
}

// The count follows the list, over its parts, changes and restarts, and warns
// long before a snapshot can't be made.
func TestReasonsOfAList(t *testing.T) {
	a := newAuthority(t, Config{})
	a.small(sizes{rolling{most: 8, newest: 3}, 20_000, 1 << 18})
	lines := func(reasons []string) string {
		var b strings.Builder
		b.WriteString("imei,block_date,reasons\n")
		for i, reason := range reasons {
			fmt.Fprintf(&b, "%s,20260101,%s\n", imei(i), reason)
		}
		return b.String()
	}
	counted := func(what string, r Result, least, most uint64, many bool) {
		t.Helper()
		a.reopen()
		if n := a.Status(a.now).Reasons; n != r.Reasons || n.Count < least || n.Count > most || n.Many != many {
			t.Errorf("%s: %+v, status %+v; want %d to %d, many %v", what, r.Reasons, n, least, most, many)
		}
	}
	counted("many", a.publish("20260301_blacklist.csv", lines(reports(0, 75_000))), 65_536, 85_000, true)
	counted("one more", a.publish("change.csv", "target,status,reason,op\n"+imei(80_000)+",prohibited,another,put\n"), 65_536, 85_000, true)
	counted("fewer", a.publish("20260302_blacklist.csv", lines(append(reports(0, 200), make([]string, 74_800)...))), 200, 202, false)
	counted("one more again", a.publish("change.csv", "target,status,reason,op\n"+imei(80_000)+",prohibited,one more,put\n"), 201, 203, false)
}
