package eir

import (
	"slices"
	"strconv"
	"strings"
)

// Explanation is a Verdict with the whole chain behind it: every rule that
// was tried, in order, and why it did or did not decide. It holds whole IMEIs
// and IMSIs: it is for the operator's eyes, never for a log.
type Explanation struct {
	Query   Query
	Verdict Verdict
	// Steps end with the one that decided and those it outranked.
	Steps []Step
}

// Step is one rule that was tried.
type Step struct {
	Rule Rule `json:"rule"`
	// Decides is true on exactly one step of a chain.
	Decides bool `json:"decides"`
	// Why is a sentence for people.
	Why string `json:"why"`
	// Entry is the entry that was weighed; nil where the rule has none.
	Entry *Match `json:"entry,omitempty"`
}

// Explain decides as Check does, by the same code, and keeps the chain. It
// costs what it costs: it is for people, not for the way of a check.
func (r *Register) Explain(q Query) Explanation {
	d := Decision{query: &q, policy: r.policy.Load(), wholeChain: true}
	err := r.lists.Find(&d)
	loaded, stale := r.lists.Loaded(), r.stale.Load()
	v := d.verdict(loaded, stale, err)
	e := Explanation{Query: q, Verdict: v}
	if v.Rule == RuleStoreFailure {
		e.byPolicy(v.Reason + " (" + err.Error() + ")")
		return e
	}
	if v.Rule == RulePairWithoutIMSI {
		e.byPolicy(v.Reason)
		return e
	}
	if d.pairless {
		e.tried(RulePairWithoutIMSI, "an exception names an IMSI and none was sent; the policy goes on without it", nil)
	}
	e.entrySteps(&d)
	if !v.Rule.Listed() {
		e.missingSteps(&d, loaded, stale)
	}
	return e
}

func (e *Explanation) tried(r Rule, why string, entry *Match) {
	e.Steps = append(e.Steps, Step{Rule: r, Why: why, Entry: entry})
}

func (e *Explanation) decides(why string, entry *Match) {
	e.Steps = append(e.Steps, Step{Rule: e.Verdict.Rule, Decides: true, Why: why, Entry: entry})
}

// byPolicy tells of a rule that decides without an entry.
func (e *Explanation) byPolicy(because string) {
	e.decides(because+": "+e.Verdict.Status.String()+" by policy", nil)
}

// entrySteps tells of the entries in the order of precedence, and of each
// kind of rule that had none.
func (e *Explanation) entrySteps(d *Decision) {
	slices.SortStableFunc(d.chain, func(a, b candidate) int { return d.policy.compare(&a.Match, &b.Match) })
	rules := []Rule{RuleException, RuleOperator, RuleExact, RuleRange}
	passTo := func(r Rule) {
		for len(rules) > 0 && rules[0] <= r {
			if none := rules[0]; !slices.ContainsFunc(d.chain, func(c candidate) bool { return c.rule() == none }) {
				e.tried(none, noEntry[none], nil)
			}
			rules = rules[1:]
		}
	}
	decided := false
	for i := range d.chain {
		c := &d.chain[i]
		passTo(c.rule())
		switch {
		case c.hurdle != applies:
			e.tried(c.rule(), c.why(d.query), &c.Match)
		case decided:
			e.tried(c.rule(), "outranked: "+d.policy.reasonFor(&d.best, &c.Match), &c.Match)
		case !e.Verdict.Rule.Listed():
			e.tried(c.rule(), "an allowed list is in force and no permitted entry names the equipment", &c.Match)
		default:
			e.decides("it decides: "+c.Status.String(), &c.Match)
			decided = true
		}
	}
	passTo(RuleRange)
}

var noEntry = map[Rule]string{
	RuleException: "no exception names the equipment or the IMSI",
	RuleOperator:  "the operator has no entry of his own for it",
	RuleExact:     "no list names this IMEI",
	RuleRange:     "no list names its TAC or a range around it",
}

// why says why an entry does not apply.
func (c *candidate) why(q *Query) string {
	switch c.hurdle {
	case otherSVN:
		sent := "none"
		if q.SVN != NoSVN {
			sent = q.SVN.String()
		}
		return "it is for software version " + c.SVNs.String() + " and " + sent + " was sent"
	case ended:
		return "it ended at " + FormatTime(c.Until)
	case noIMSI:
		return "it names an IMSI and none was sent"
	case otherIMSI:
		return "it names another IMSI"
	}
	return ""
}

// reasonFor says by which criterion a stands before b.
func (p *Policy) reasonFor(a, b *Match) string {
	if p.compareRanks(a.Source, b.Source) != 0 {
		return p.rankReason(a.Source, b.Source)
	}
	for _, c := range p.Order {
		if c.compare(a, b) != 0 {
			return criterionReasons[c]
		}
	}
	return "another entry says the same"
}

var criterionReasons = map[Criterion]string{
	ExceptionFirst: "an exception goes before a list",
	OperatorFirst:  "the operator's own entry goes before another source's",
	NarrowFirst:    "a narrower entry goes before a wider one",
	StrictFirst:    "prohibited goes before tracked, tracked before permitted",
}

// missingSteps tells of the rules for what no entry decided, in the order of
// Decision.verdict.
func (e *Explanation) missingSteps(d *Decision, loaded, stale bool) {
	q := d.query
	switch {
	case e.Verdict.Rule == RuleMalformed:
		e.byPolicy(e.Verdict.Reason)
		return
	case q.Form.Malformed():
		e.tried(RuleMalformed, formReasons[q.Form]+"; the policy goes on", nil)
	case q.BadSVN:
		e.tried(RuleMalformed, "the software version is not two digits; the policy goes on", nil)
	default:
		e.tried(RuleMalformed, "the identity is well-formed", nil)
	}
	switch {
	case e.Verdict.Rule == RuleNoList:
		e.byPolicy(e.Verdict.Reason)
		return
	case loaded:
		e.tried(RuleNoList, "a list was loaded", nil)
	default:
		e.tried(RuleNoList, "no list was loaded yet; the policy goes on", nil)
	}
	if stale && e.Verdict.Rule != RuleStale {
		e.tried(RuleStale, "a feed is past its expiry; the policy goes on", nil)
	}
	e.byPolicy(e.Verdict.Reason)
}

// String is the chain as lines for people, the verdict first.
func (e *Explanation) String() string {
	v := &e.Verdict
	var b strings.Builder
	b.WriteString(v.Status.String() + " by rule " + v.Rule.String())
	if v.Source != nil {
		b.WriteString(" of " + v.Source.Name + " version " + strconv.FormatUint(v.Version(), 10))
	}
	if v.Reason != "" {
		b.WriteString(": " + v.Reason)
	}
	b.WriteString("\n")
	if v.Shadow {
		b.WriteString("   shadow mode: the peer is told permitted\n")
	}
	for i, s := range e.Steps {
		mark := "  "
		if s.Decides {
			mark = "=>"
		}
		b.WriteString(mark + " " + strconv.Itoa(i+1) + ". " + s.Rule.String() + ": ")
		if s.Entry != nil {
			b.WriteString(s.Entry.describe() + " - ")
		}
		b.WriteString(s.Why + "\n")
	}
	return b.String()
}
