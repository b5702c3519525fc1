package eir_test

import (
	"strings"
	"testing"

	"paperweight/eir"
)

// A source never yields to one of a higher rank, whatever that lists; the
// operator's own yields to none.
func TestRanks(t *testing.T) {
	const imei = 440000000005
	operator, national, neighbour := sources[0], sources[1], &eir.Source{Name: "neighbour", Sequence: 4}
	at := func(src *eir.Source, k eir.Kind, from, to eir.IMEI, imsi string, s eir.Status) eir.Match {
		m := eir.Match{Source: src, Entry: eir.Entry{Status: s, Target: eir.Target{Kind: k, From: from, To: to}}}
		if imsi != "" {
			m.IMSI = mustIMSI(imsi)
		}
		return m
	}
	block := at(national, eir.ByTAC, tac.First(), tac.Last(), "", eir.Prohibited)
	phone := at(neighbour, eir.Exact, imei, imei, "", eir.Tracked)
	pair := at(neighbour, eir.Pair, imei, imei, "001010000000005", eir.Permitted)
	own := at(operator, eir.Range, 0, eir.MaxIMEI, "", eir.Permitted)
	ranked := map[string]int{"neighbour": 2, "national": 1}
	alone := map[string]int{"neighbour": 1}
	for _, c := range []struct {
		name  string
		ranks map[string]int
		lists eir.Memory
		want  *eir.Match
	}{
		{"as ever: the narrower", nil, eir.Memory{block, phone}, &phone},
		{"equal ranks: the narrower", map[string]int{"neighbour": 3, "national": 3}, eir.Memory{block, phone}, &phone},
		{"a block of the first rank", alone, eir.Memory{block, phone}, &block},
		{"a block of a higher rank", ranked, eir.Memory{phone, block}, &block},
		{"its exception does not help", ranked, eir.Memory{pair, block, phone}, &block},
		{"where nobody else says anything", ranked, eir.Memory{phone}, &phone},
		{"the operator's before all", ranked, eir.Memory{phone, block, own, pair}, &own},
		{"no rank of the operator's", map[string]int{"operator": 9, "national": 1}, eir.Memory{block, own}, &own},
		{"a feed of the first rank and the operator: as ever", map[string]int{"national": 1}, eir.Memory{pair, own}, &pair},
	} {
		for _, profile := range []string{"specific-first", "list-first"} {
			policy, err := eir.Profile(profile)
			if err != nil {
				t.Fatal(err)
			}
			if profile == "list-first" && strings.Contains(c.name, "narrower") {
				continue // there the prohibition goes first
			}
			policy.Ranks = c.ranks
			r, err := eir.New(c.lists, policy)
			if err != nil {
				t.Fatal(err)
			}
			q := eir.ParseQuery([]byte("00440000000005"), nil, []byte("001010000000005"), 1)
			v := r.Check(q)
			if v.Source != c.want.Source || v.Target != c.want.Target {
				t.Errorf("%s, %s: decided by %s of %s", profile, c.name, v.Target.String(), v.Source.Name)
			}
			if e := r.Explain(q); e.Verdict != v {
				t.Errorf("%s, %s: explained as %s", profile, c.name, e.String())
			}
		}
	}

	policy := eir.DefaultPolicy()
	policy.Ranks = ranked
	r, err := eir.New(eir.Memory{block, phone}, policy)
	if err != nil {
		t.Fatal(err)
	}
	ranked["neighbour"] = 0 // the register has a copy
	text := func() string {
		e := r.Explain(eir.ParseQuery([]byte("00440000000005"), nil, nil, 1))
		return e.String()
	}
	if !strings.Contains(text(), "outranked: national, of rank 1, goes before neighbour, of rank 2") {
		t.Error(text())
	}
	policy.Ranks = map[string]int{"national": -1}
	if err := r.SetPolicy(policy); err == nil {
		t.Error("a rank before the first was taken")
	}
}

// An exception of a lower rank that misses its IMSI asks nothing of a check
// that a higher one decides.
func TestRanksAndPairsWithoutIMSI(t *testing.T) {
	low := &eir.Source{Name: "neighbour"}
	pair := eir.Match{Source: low, Entry: eir.Entry{Status: eir.Permitted,
		Target: eir.Target{Kind: eir.RangePair, From: 0, To: eir.MaxIMEI, IMSI: mustIMSI("00101")}}}
	block := eir.Match{Source: sources[1], Entry: eir.Entry{Status: eir.Prohibited, Target: eir.Target{Kind: eir.Exact, From: 7, To: 7}}}
	policy := eir.DefaultPolicy()
	policy.PairWithoutIMSI = eir.Tracked
	for _, c := range []struct {
		neighbour, national int
		want                eir.Rule
	}{{0, 0, eir.RulePairWithoutIMSI}, {1, 0, eir.RuleExact}, {0, 1, eir.RulePairWithoutIMSI}} {
		policy.Ranks = map[string]int{"neighbour": c.neighbour, "national": c.national}
		for _, lists := range []eir.Memory{{pair, block}, {block, pair}} {
			r, err := eir.New(lists, policy)
			if err != nil {
				t.Fatal(err)
			}
			q := eir.ParseQuery([]byte("00000000000007"), nil, nil, 1)
			if v := r.Check(q); v.Rule != c.want || !v.PairSkipped || r.Explain(q).Verdict != v {
				t.Errorf("ranks %d and %d: %v by %v", c.neighbour, c.national, v.Status, v.Rule)
			}
		}
	}
}
