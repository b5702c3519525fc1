//go:build !race

// The race detector makes sync.Pool drop what it is given, at random, so
// allocations mean nothing under it.

package store_test

import (
	"testing"

	"paperweight/eir"
	"paperweight/store"
)

func TestFindAllocatesNothing(t *testing.T) {
	s := open(t, nil, t.TempDir())
	defer s.Close()
	first := tac.First()
	fill(t, s, "national", func(add func(eir.Entry)) {
		for i := range eir.IMEI(50_000) {
			add(exact(first + 10*i))
		}
		for n := range 1000 {
			add(pair(first+10, n))
		}
		add(rangeOf(first+700_000, first+800_000))
		add(rangeOf(first+700_000, first+900_000))
		e := rangeOf(first+700_000, first+900_000)
		e.Kind, e.Status = eir.RangePair, eir.Permitted
		e.IMSI, _ = eir.ParseIMSIPrefix([]byte("00101"))
		add(e)
		add(eir.Entry{Target: eir.Target{Kind: eir.BySubscriber, IMSI: imsiOf(1)}, Status: eir.Permitted})
	})
	s.LimitReasons(1)
	for source, put := range map[string][]eir.Entry{
		store.Operator: {exact(first + 950_000), because(first+950_001, "a reason without a number")},
		"national":     {because(first+960_000, "a reason without a number")},
	} {
		if _, err := s.Apply(store.Change{Source: source, Put: put}); err != nil {
			t.Fatal(err)
		}
	}
	reg := register(t, s)
	for _, c := range []struct {
		name string
		imei eir.IMEI
		imsi int
		want eir.Rule
	}{
		{"miss", first + 600_001, 0, eir.RuleUnknown},
		{"hit", first + 100, 0, eir.RuleExact},
		{"range", first + 800_000, 0, eir.RuleRange},
		{"range and prefix", first + 800_000, 7, eir.RuleException},
		{"pair", first + 10, 999, eir.RuleException},
		{"pair of another IMSI", first + 10, 1001, eir.RuleExact},
		{"pair without an IMSI", first + 10, 0, eir.RuleExact},
		{"subscriber", first + 600_001, 1, eir.RuleException},
		{"operator", first + 950_000, 0, eir.RuleOperator},
		{"hit without a number", first + 960_000, 0, eir.RuleExact},
		{"operator's without a number", first + 950_001, 0, eir.RuleOperator},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := eir.Query{IMEI: c.imei, SVN: eir.NoSVN, At: 1}
			if c.imsi != 0 {
				q.IMSI = imsiOf(c.imsi)
			}
			if v := reg.Check(q); v.Rule != c.want {
				t.Fatalf("decided by %s, want %s", v.Rule, c.want)
			}
			if n := testing.AllocsPerRun(1000, func() { reg.Check(q) }); n != 0 {
				t.Errorf("%v allocations, want none", n)
			}
		})
	}
}
