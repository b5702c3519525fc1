package eir_test

import (
	"errors"
	"strings"
	"testing"

	"paperweight/eir"
)

// Every case of something missing has a field of the policy that decides it.
func TestNamedAnswers(t *testing.T) {
	entry := func(kind eir.Kind, from, to eir.IMEI, imsi string, s eir.Status) eir.Match {
		m := eir.Match{Source: sources[1], Entry: eir.Entry{Target: eir.Target{Kind: kind, From: from, To: to}, Status: s}}
		if imsi != "" {
			m.IMSI = mustIMSI(imsi)
		}
		return m
	}
	some := eir.Memory{entry(eir.Exact, 7, 7, "", eir.Prohibited)}
	paired := eir.Memory{entry(eir.Exact, 440000000001, 440000000001, "", eir.Prohibited),
		entry(eir.Pair, 440000000001, 440000000001, "001010000000001", eir.Permitted)}
	ask := func(imei string) eir.Query { return eir.ParseQuery([]byte(imei), nil, nil, 100) }
	badSVN := eir.ParseQuery([]byte("00440000000001"), []byte("1"), nil, 100)
	absent := eir.ParseQuery(nil, nil, nil, 100)

	for _, c := range []struct {
		name  string
		lists eir.Lists
		q     eir.Query
		set   func(*eir.Policy, eir.Status)
		def   eir.Status
		rule  eir.Rule
	}{
		{"unknown", some, ask("00440000000001"), func(p *eir.Policy, s eir.Status) { p.Unknown = s }, eir.Unknown, eir.RuleUnknown},
		{"no list", eir.Memory{}, ask("00440000000001"), func(p *eir.Policy, s eir.Status) { p.NoList = s }, eir.Unknown, eir.RuleNoList},
		{"failure", broken{}, ask("00440000000001"), func(p *eir.Policy, s eir.Status) { p.StoreFailure = s }, eir.Unable, eir.RuleStoreFailure},
		{"absent", some, absent, func(p *eir.Policy, s eir.Status) { p.Malformed.Absent = s }, eir.Invalid, eir.RuleMalformed},
		{"empty", some, ask(""), func(p *eir.Policy, s eir.Status) { p.Malformed.Empty = s }, eir.Invalid, eir.RuleMalformed},
		{"blank", some, ask("  "), func(p *eir.Policy, s eir.Status) { p.Malformed.Blank = s }, eir.Invalid, eir.RuleMalformed},
		{"null", some, ask("null"), func(p *eir.Policy, s eir.Status) { p.Malformed.Null = s }, eir.Invalid, eir.RuleMalformed},
		{"short", some, ask("0044"), func(p *eir.Policy, s eir.Status) { p.Malformed.TooShort = s }, eir.Invalid, eir.RuleMalformed},
		{"long", some, ask("00440000000001234"), func(p *eir.Policy, s eir.Status) { p.Malformed.TooLong = s }, eir.Invalid, eir.RuleMalformed},
		{"hex", some, ask("0044000000000A"), func(p *eir.Policy, s eir.Status) { p.Malformed.Hexadecimal = s }, eir.Invalid, eir.RuleMalformed},
		{"symbols", some, ask("0044#000000001"), func(p *eir.Policy, s eir.Status) { p.Malformed.Symbols = s }, eir.Invalid, eir.RuleMalformed},
		{"letters", some, ask("0044000000000Z"), func(p *eir.Policy, s eir.Status) { p.Malformed.Letters = s }, eir.Invalid, eir.RuleMalformed},
		{"octets", some, ask("0044\xff"), func(p *eir.Policy, s eir.Status) { p.Malformed.OtherOctets = s }, eir.Invalid, eir.RuleMalformed},
		{"zeros", some, ask("00000000000000"), func(p *eir.Policy, s eir.Status) { p.Malformed.AllZero = s }, eir.Unknown, eir.RuleMalformed},
		{"repeated", some, ask("22222222222222"), func(p *eir.Policy, s eir.Status) { p.Malformed.Repeated = s }, eir.Unknown, eir.RuleMalformed},
		{"svn", some, badSVN, func(p *eir.Policy, s eir.Status) { p.Malformed.SVN = s }, eir.Unknown, eir.RuleUnknown},
		{"pair", paired, ask("00440000000001"), func(p *eir.Policy, s eir.Status) { p.PairWithoutIMSI = s }, eir.Prohibited, eir.RuleExact},
		{"allow list", some, ask("00000000000007"), func(p *eir.Policy, s eir.Status) { p.AllowListOnly, p.NotAllowed = true, s }, eir.Prohibited, eir.RuleExact},
	} {
		t.Run(c.name, func(t *testing.T) {
			policy := eir.DefaultPolicy()
			r, err := eir.New(c.lists, policy)
			if err != nil {
				t.Fatal(err)
			}
			if v := r.Check(c.q); v.Status != c.def || v.Rule != c.rule {
				t.Errorf("by default %v by %v, want %v by %v", v.Status, v.Rule, c.def, c.rule)
			}
			for _, s := range []eir.Status{eir.Permitted, eir.Tracked, eir.Prohibited, eir.Unknown} {
				c.set(&policy, s)
				if err := r.SetPolicy(policy); err != nil {
					t.Fatal(err)
				}
				v := r.Check(c.q)
				if v.Status != s || v.Reason == "" {
					t.Errorf("the policy says %v, the answer is %v (%q)", s, v.Status, v.Reason)
				}
				if e := r.Explain(c.q); e.Verdict != v || !e.Steps[len(e.Steps)-1].Decides {
					t.Errorf("explained as\n%s", e.String())
				}
			}
		})
	}
}

type broken struct{}

func (broken) Find(*eir.Decision) error { return errors.New("table 7 is corrupt") }
func (broken) Loaded() bool             { return true }

// A verdict of RuleMalformed says whether the identity or the SVN is meant.
func TestBadSVNIsTold(t *testing.T) {
	policy := eir.DefaultPolicy()
	policy.Malformed.SVN, policy.Malformed.AllZero = eir.Invalid, eir.Continue
	r, err := eir.New(eir.Memory{}, policy)
	if err != nil {
		t.Fatal(err)
	}
	for imei, want := range map[string]bool{"00440000000001": true, "00000000000000": true, "null": false} {
		if v := r.Check(eir.ParseQuery([]byte(imei), []byte("x"), nil, 1)); v.Status != eir.Invalid || v.BadSVN != want {
			t.Errorf("%s: %v, BadSVN %v", imei, v.Status, v.BadSVN)
		}
	}
}

// A pair that can't be evaluated is reported whatever the policy answers.
func TestPairSkippedIsCounted(t *testing.T) {
	m := eir.Match{Source: sources[1], Entry: eir.Entry{Status: eir.Permitted,
		Target: eir.Target{Kind: eir.Pair, From: 5, To: 5, IMSI: mustIMSI("001010000000001")}}}
	r, err := eir.New(eir.Memory{m}, eir.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Check(eir.ParseQuery([]byte("00000000000005"), nil, nil, 1)); !v.PairSkipped {
		t.Error("not reported without an IMSI")
	}
	if v := r.Check(eir.ParseQuery([]byte("00000000000005"), nil, []byte("001010000000002"), 1)); v.PairSkipped || v.Status != eir.Unknown {
		t.Errorf("another IMSI: %+v", v)
	}
	if v := r.Check(eir.ParseQuery([]byte("00000000000005"), nil, []byte("001010000000001"), 1)); v.PairSkipped || v.Status != eir.Permitted {
		t.Errorf("its IMSI: %+v", v)
	}
}

func TestPolicyValidate(t *testing.T) {
	names, docs := eir.Profiles()
	for i, name := range names {
		p, err := eir.Profile(name)
		if err != nil || p.Validate() != nil || docs[i] == "" {
			t.Errorf("profile %s: %v, %v, %q", name, err, p.Validate(), docs[i])
		}
	}
	if _, err := eir.Profile("nonesuch"); err == nil || !strings.Contains(err.Error(), "specific-first") {
		t.Errorf("an unknown profile: %v", err)
	}
	for want, spoil := range map[string]func(*eir.Policy){
		"policy.order":               func(p *eir.Policy) { p.Order = nil },
		"policy.order: operator":     func(p *eir.Policy) { p.Order = append(p.Order, eir.OperatorFirst) },
		"policy.unknown":             func(p *eir.Policy) { p.Unknown = eir.Continue },
		"policy.store_failure":       func(p *eir.Policy) { p.StoreFailure = eir.Continue },
		"policy.malformed.too_short": func(p *eir.Policy) { p.Malformed.TooShort = eir.Unset },
		"policy.no_list":             func(p *eir.Policy) { p.NoList = eir.Invalid },
	} {
		p := eir.DefaultPolicy()
		spoil(&p)
		if err := p.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want an error that begins with %q, got %v", want, err)
		}
	}
}

func TestExplainText(t *testing.T) {
	source := &eir.Source{Name: "stolen", Sequence: 12}
	lists := eir.Memory{
		{Source: source, Entry: eir.Entry{Status: eir.Prohibited, Reason: "stolen", Reference: "r-1", Date: 1_500_000_000,
			Target: eir.Target{Kind: eir.Exact, From: 440000000001, To: 440000000001}}},
		{Source: source, Entry: eir.Entry{Status: eir.Permitted, Until: 50,
			Target: eir.Target{Kind: eir.Pair, From: 440000000001, To: 440000000001, IMSI: mustIMSI("001010000000001")}}},
		{Source: source, Entry: eir.Entry{Status: eir.Tracked,
			Target: eir.Target{Kind: eir.ByTAC, From: 440000000000, To: 440000999999}}},
	}
	r, err := eir.New(lists, eir.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	e := r.Explain(eir.ParseQuery([]byte("004400000000010"), nil, []byte("001010000000001"), 100))
	want := `prohibited by rule exact of stolen version 12: stolen
   1. exception: stolen version 12: 00440000000001+001010000000001 permitted until 1970-01-01T00:00:50Z - it ended at 1970-01-01T00:00:50Z
   2. operator: the operator has no entry of his own for it
=> 3. exact: stolen version 12: 00440000000001 prohibited (stolen) ref r-1 of 2017-07-14T02:40:00Z - it decides: prohibited
   4. range: stolen version 12: 00440000 tracked - outranked: a narrower entry goes before a wider one
`
	if got := e.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A feed past its expiry changes nothing, unless the policy says so, and never
// what an entry decides.
func TestStaleFeed(t *testing.T) {
	policy := eir.DefaultPolicy()
	listed := eir.Match{Source: sources[1], Entry: eir.Entry{Status: eir.Prohibited, Target: eir.Target{Kind: eir.Exact, From: 7, To: 7}}}
	r, err := eir.New(eir.Memory{listed}, policy)
	if err != nil {
		t.Fatal(err)
	}
	r.SetStale(true)
	other, known := eir.ParseQuery([]byte("00440000000005"), nil, nil, 1), eir.ParseQuery([]byte("00000000000007"), nil, nil, 1)
	if v := r.Check(other); v.Status != eir.Unknown || v.Rule != eir.RuleUnknown {
		t.Errorf("by default: %v by %v", v.Status, v.Rule)
	}
	policy.Stale = eir.Tracked
	if err := r.SetPolicy(policy); err != nil {
		t.Fatal(err)
	}
	if v := r.Check(other); v.Status != eir.Tracked || v.Rule != eir.RuleStale || r.Explain(other).Verdict != v {
		t.Errorf("by policy: %v by %v", v.Status, v.Rule)
	}
	if v := r.Check(known); v.Status != eir.Prohibited {
		t.Errorf("a listed phone: %v by %v", v.Status, v.Rule)
	}
	r.SetStale(false)
	if v := r.Check(other); v.Status != eir.Unknown {
		t.Errorf("fresh again: %v by %v", v.Status, v.Rule)
	}
}

// Shadow mode decides as ever and tells the peer permitted.
func TestShadow(t *testing.T) {
	policy := eir.DefaultPolicy()
	policy.Shadow = true
	r, err := eir.New(broken{}, policy)
	if err != nil {
		t.Fatal(err)
	}
	q := eir.ParseQuery([]byte("00440000000005"), nil, nil, 1)
	v := r.Check(q)
	if v.Status != eir.Unable || v.Answer() != eir.Permitted {
		t.Errorf("decided %v, answered %v", v.Status, v.Answer())
	}
	if e := r.Explain(q); !strings.Contains(e.String(), "the peer is told permitted") {
		t.Error(e.String())
	}
}

// An exception by IMSI alone is no pair: without an IMSI nothing was skipped,
// else one test SIM would count against every phone.
func TestSubscriberIsNoPair(t *testing.T) {
	m := eir.Match{Source: sources[1], Entry: eir.Entry{Status: eir.Permitted,
		Target: eir.Target{Kind: eir.BySubscriber, IMSI: mustIMSI("001010000000001")}}}
	policy := eir.DefaultPolicy()
	policy.PairWithoutIMSI = eir.Tracked
	r, err := eir.New(eir.Memory{m}, policy)
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Check(eir.ParseQuery([]byte("00440000000005"), nil, nil, 1)); v.PairSkipped || v.Status != eir.Unknown {
		t.Errorf("%+v", v)
	}
}
