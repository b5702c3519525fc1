package eir_test

import (
	"testing"

	"paperweight/eir"
)

// The declared precedence, rung by rung: each entry wins over every one below
// it, though the one below is the stricter.
func TestPrecedenceLadder(t *testing.T) {
	const imei = 440000000005
	operator, national := sources[0], sources[1]
	entry := func(src *eir.Source, k eir.Kind, from, to eir.IMEI, imsi string, s eir.Status) eir.Match {
		m := eir.Match{Source: src, Entry: eir.Entry{Status: s, Target: eir.Target{Kind: k, From: from, To: to}}}
		if imsi != "" {
			m.IMSI = mustIMSI(imsi)
		}
		if err := m.Validate(); err != nil {
			t.Fatal(err)
		}
		return m
	}
	tacFrom, tacTo := tac.First(), tac.Last()
	ladder := []struct {
		name  string
		entry func(s eir.Status) eir.Match
	}{
		{"operator's pair", func(s eir.Status) eir.Match { return entry(operator, eir.Pair, imei, imei, "001010000000005", s) }},
		{"operator's IMSI", func(s eir.Status) eir.Match { return entry(operator, eir.BySubscriber, 0, 0, "001010000000005", s) }},
		{"pair", func(s eir.Status) eir.Match { return entry(national, eir.Pair, imei, imei, "001010000000005", s) }},
		{"narrow range, long prefix", func(s eir.Status) eir.Match {
			return entry(national, eir.RangePair, imei-1, imei, "00101000", s)
		}},
		{"narrow range, short prefix", func(s eir.Status) eir.Match {
			return entry(national, eir.RangePair, imei-1, imei, "00101", s)
		}},
		{"wide range, long prefix", func(s eir.Status) eir.Match {
			return entry(national, eir.RangePair, imei-2, imei, "00101000000", s)
		}},
		{"IMSI alone", func(s eir.Status) eir.Match { return entry(national, eir.BySubscriber, 0, 0, "001010000000005", s) }},
		{"operator's IMEI", func(s eir.Status) eir.Match { return entry(operator, eir.Exact, imei, imei, "", s) }},
		{"operator's TAC", func(s eir.Status) eir.Match { return entry(operator, eir.ByTAC, tacFrom, tacTo, "", s) }},
		{"IMEI", func(s eir.Status) eir.Match { return entry(national, eir.Exact, imei, imei, "", s) }},
		{"narrow range", func(s eir.Status) eir.Match { return entry(national, eir.Range, imei-1, imei, "", s) }},
		{"TAC", func(s eir.Status) eir.Match { return entry(national, eir.ByTAC, tacFrom, tacTo, "", s) }},
		{"range wider than a TAC", func(s eir.Status) eir.Match { return entry(national, eir.Range, tacFrom, tacTo+1, "", s) }},
	}
	q := eir.ParseQuery([]byte("00440000000005"), nil, []byte("001010000000005"), 1)
	decide := func(lists ...eir.Match) eir.Verdict {
		r, err := eir.New(eir.Memory(lists), eir.DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		return r.Check(q)
	}
	for i, upper := range ladder {
		for _, lower := range ladder[i+1:] {
			a, b := upper.entry(eir.Permitted), lower.entry(eir.Prohibited)
			if v := decide(b, a); v.Target != a.Target || v.Source != a.Source {
				t.Errorf("%s lost against %s: %s decided", upper.name, lower.name, v.Target.String())
			}
		}
	}
	// On one rung the stricter list wins.
	for _, rung := range ladder {
		p, tr, pr := rung.entry(eir.Permitted), rung.entry(eir.Tracked), rung.entry(eir.Prohibited)
		if v := decide(p, tr); v.Status != eir.Tracked {
			t.Errorf("%s: permitted before tracked", rung.name)
		}
		if v := decide(tr, p, pr); v.Status != eir.Prohibited {
			t.Errorf("%s: %v before prohibited", rung.name, v.Status)
		}
	}
}

// Where every criterion ties, the answer is the same in any order of reading.
func TestTiesAreSettled(t *testing.T) {
	at := func(from eir.IMEI, src int, svns ...eir.SVN) eir.Match {
		m := eir.Match{Source: sources[src], Entry: eir.Entry{Status: eir.Tracked,
			Target: eir.Target{Kind: eir.Range, From: from, To: from + 3}}}
		for _, v := range svns {
			m.SVNs = m.SVNs.With(v)
		}
		return m
	}
	q := eir.ParseQuery([]byte("00000000000103"), []byte("07"), nil, 1)
	tied := []eir.Match{at(102, 1), at(101, 1), at(102, 2), at(102, 1, 7), at(102, 1, 7, 80), at(102, 1, 7, 81),
		{Source: sources[1], Entry: eir.Entry{Status: eir.Tracked, Target: eir.Target{Kind: eir.Range, To: eir.TAC(0).Last()}}},
		{Source: sources[1], Entry: eir.Entry{Status: eir.Tracked, Target: eir.Target{Kind: eir.ByTAC, To: eir.TAC(0).Last()}}}}
	for i := range tied {
		for j := range tied {
			var verdicts [2]eir.Verdict
			for n, lists := range []eir.Memory{{tied[i], tied[j]}, {tied[j], tied[i]}} {
				r, err := eir.New(lists, eir.DefaultPolicy())
				if err != nil {
					t.Fatal(err)
				}
				verdicts[n] = r.Check(q)
			}
			if verdicts[0] != verdicts[1] {
				t.Errorf("%d and %d: %+v or %+v", i, j, verdicts[0], verdicts[1])
			}
		}
	}
}

func TestTargetValidate(t *testing.T) {
	imsi := mustIMSI("001010000000005")
	for name, bad := range map[string]eir.Target{
		"no kind":             {From: 1, To: 1},
		"15 digits":           {Kind: eir.Exact, From: eir.MaxIMEI + 1, To: eir.MaxIMEI + 1},
		"exact of two":        {Kind: eir.Exact, From: 1, To: 2},
		"half a TAC":          {Kind: eir.ByTAC, From: tac.First(), To: tac.Last() - 1},
		"range backwards":     {Kind: eir.Range, From: 2, To: 1},
		"pair without IMSI":   {Kind: eir.Pair, From: 1, To: 1},
		"pair with a prefix":  {Kind: eir.Pair, From: 1, To: 1, IMSI: mustIMSI("00101")},
		"exact with IMSI":     {Kind: eir.Exact, From: 1, To: 1, IMSI: imsi},
		"subscriber and IMEI": {Kind: eir.BySubscriber, From: 1, To: 1, IMSI: imsi},
	} {
		if bad.Validate() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	e := eir.Entry{Target: eir.Target{Kind: eir.Exact}, Status: eir.Unknown}
	if e.Validate() == nil {
		t.Error("an entry that says unknown is taken")
	}
}
