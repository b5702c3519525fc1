package eir_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"paperweight/eir"
)

// A small world, so that entries and queries meet often.
var (
	sources = []*eir.Source{
		{Name: "operator", Operator: true, Sequence: 3}, {Name: "national", Sequence: 17}, {Name: "stolen", Sequence: 5},
	}
	tac     = eir.TAC(440000)
	imsiGen = rapid.Map(rapid.IntRange(0, 3), func(n int) eir.IMSI { return mustIMSI(fmt.Sprintf("00101%010d", n*250)) })
	imeiGen = rapid.Map(rapid.Uint64Range(0, 11), func(n uint64) eir.IMEI { return tac.First() + eir.IMEI(n) })
)

func mustIMSI(s string) eir.IMSI {
	i, ok := eir.ParseIMSIPrefix([]byte(s))
	if !ok {
		panic(s)
	}
	return i
}

var matchGen = rapid.Custom(func(t *rapid.T) eir.Match {
	m := eir.Match{Source: rapid.SampledFrom(sources).Draw(t, "source")}
	m.Kind = rapid.SampledFrom([]eir.Kind{eir.Exact, eir.Exact, eir.ByTAC, eir.Range, eir.Range, eir.Pair, eir.RangePair, eir.BySubscriber}).Draw(t, "kind")
	a, b := imeiGen.Draw(t, "from"), imeiGen.Draw(t, "to")
	switch m.Kind {
	case eir.Exact:
		m.From, m.To = a, a
	case eir.ByTAC:
		m.From, m.To = tac.First(), tac.Last()
	case eir.Range:
		m.From, m.To = min(a, b), max(a, b)
	case eir.Pair:
		m.From, m.To, m.IMSI = a, a, imsiGen.Draw(t, "imsi")
	case eir.RangePair:
		m.From, m.To = min(a, b), max(a, b)
		m.IMSI = mustIMSI(rapid.SampledFrom([]string{"00101", "0010100000007", "00102"}).Draw(t, "prefix"))
	case eir.BySubscriber:
		m.IMSI = imsiGen.Draw(t, "imsi")
	}
	if rapid.IntRange(0, 3).Draw(t, "limited") == 0 {
		m.SVNs = m.SVNs.With(eir.SVN(rapid.IntRange(1, 2).Draw(t, "svn")))
	}
	m.Status = rapid.SampledFrom([]eir.Status{eir.Permitted, eir.Tracked, eir.Prohibited}).Draw(t, "status")
	m.Until = rapid.SampledFrom([]int64{0, 0, 0, 50, 100, 101, 200}).Draw(t, "until")
	m.Reason = rapid.SampledFrom([]string{"stolen", "lost", ""}).Draw(t, "reason")
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return m
})

var queryGen = rapid.Custom(func(t *rapid.T) eir.Query {
	text := rapid.SampledFrom([]string{"", "null", "11111111111111", "0044"}).Draw(t, "malformed")
	if rapid.IntRange(0, 4).Draw(t, "well-formed") > 0 {
		text = imeiGen.Draw(t, "imei").String()
	}
	q := eir.ParseQuery([]byte(text), nil, nil, 100)
	q.SVN = rapid.SampledFrom([]eir.SVN{eir.NoSVN, 1, 2}).Draw(t, "svn")
	if rapid.Bool().Draw(t, "with imsi") {
		q.IMSI = imsiGen.Draw(t, "imsi")
	}
	return q
})

// modelVerdict is the precedence as the documentation states it, written with
// filters and one sort, sharing no code with Decision.
func modelVerdict(entries []eir.Match, q eir.Query, ranks map[string]int, listFirst, allowList bool) (status eir.Status, listed bool) {
	var left []eir.Match
	for _, m := range entries {
		if m.Until != 0 && m.Until <= q.At || m.SVNs.String() != "" && !slices.Contains([]string{m.SVNs.String()}, q.SVN.String()) {
			continue
		}
		inRange := q.Form.HasIMEI() && q.IMEI >= m.From && q.IMEI <= m.To
		switch m.Kind {
		case eir.Exact, eir.ByTAC, eir.Range:
			if !inRange {
				continue
			}
		case eir.Pair:
			if !inRange || m.IMSI != q.IMSI {
				continue
			}
		case eir.RangePair:
			p := m.IMSI.String()
			if !inRange || len(q.IMSI.String()) < len(p) || q.IMSI.String()[:len(p)] != p {
				continue
			}
		case eir.BySubscriber:
			if m.IMSI != q.IMSI {
				continue
			}
		}
		left = append(left, m)
	}
	key := func(m eir.Match) [6]int64 {
		rank := int64(ranks[m.Source.Name])
		exception, operator := int64(1), int64(1)
		if m.Kind == eir.Pair || m.Kind == eir.RangePair || m.Kind == eir.BySubscriber {
			exception = 0
		}
		if m.Source.Name == "operator" {
			operator, rank = 0, 0
		}
		width := int64(m.To) - int64(m.From)
		if m.Kind == eir.BySubscriber {
			width = 1 << 60
		}
		strict := map[eir.Status]int64{eir.Prohibited: 0, eir.Tracked: 1, eir.Permitted: 2}[m.Status]
		prefix := int64(-len(m.IMSI.String()))
		if listFirst {
			return [6]int64{rank, exception, strict, operator, width, prefix}
		}
		return [6]int64{rank, exception, operator, width, prefix, strict}
	}
	if allowList && !slices.ContainsFunc(left, func(m eir.Match) bool { return m.Status == eir.Permitted }) {
		return 0, false
	}
	if len(left) == 0 {
		return 0, false
	}
	slices.SortStableFunc(left, func(a, b eir.Match) int { ka, kb := key(a), key(b); return slices.Compare(ka[:], kb[:]) })
	return left[0].Status, true
}

func TestCheckAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		profile := rapid.SampledFrom([]string{"specific-first", "list-first", "allow-list", "allow-list-unknown", "open"}).Draw(t, "profile")
		policy, err := eir.Profile(profile)
		if err != nil {
			t.Fatal(err)
		}
		policy.Ranks = rapid.SampledFrom([]map[string]int{nil, {"national": 1}, {"stolen": 1}, {"stolen": 2, "national": 1, "operator": 7}}).Draw(t, "ranks")
		entries := rapid.SliceOfN(matchGen, 1, 12).Draw(t, "entries")
		q := queryGen.Draw(t, "query")
		register, err := eir.New(eir.Memory(entries), policy)
		if err != nil {
			t.Fatal(err)
		}
		v := register.Check(q)
		status, listed := modelVerdict(entries, q, policy.Ranks, profile == "list-first", policy.AllowListOnly)
		if listed != v.Rule.Listed() {
			t.Fatalf("the model finds an entry: %v; Check decided by %v", listed, v.Rule)
		}
		if !listed {
			switch {
			case q.Form.Malformed():
				status = policy.Malformed.Answer(q.Form)
			case policy.AllowListOnly:
				status = policy.NotAllowed
			default:
				status = policy.Unknown
			}
		}
		if v.Status != status {
			t.Fatalf("Check: %v by %v, model: %v", v.Status, v.Rule, status)
		}

		// The order in which a store hands entries over changes nothing.
		shuffled := rapid.Permutation(entries).Draw(t, "shuffled")
		again, err := eir.New(eir.Memory(shuffled), policy)
		if err != nil {
			t.Fatal(err)
		}
		if w := again.Check(q); w.Status != v.Status || w.Rule != v.Rule || w.Target != v.Target || w.Source != v.Source {
			t.Fatalf("order matters: %+v and %+v", v, w)
		}
		checkChain(t, register.Explain(q), v)
	})
}

// checkChain asserts that an explanation tells of the verdict that Check gave.
func checkChain(t *rapid.T, e eir.Explanation, v eir.Verdict) {
	if e.Verdict != v {
		t.Fatalf("Explain decided %+v, Check %+v", e.Verdict, v)
	}
	decided := -1
	for i, s := range e.Steps {
		if s.Why == "" {
			t.Fatalf("step %d says nothing", i+1)
		}
		if !s.Decides {
			continue
		}
		if decided >= 0 {
			t.Fatalf("two steps decide:\n%s", e.String())
		}
		decided = i
		if s.Rule != v.Rule || (s.Entry != nil) != v.Rule.Listed() || s.Entry != nil && s.Entry.Status != v.Status {
			t.Fatalf("step %d does not fit the verdict:\n%s", i+1, e.String())
		}
	}
	if decided < 0 {
		t.Fatalf("no step decides:\n%s", e.String())
	}
}
