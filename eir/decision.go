package eir

import "cmp"

// Match is an entry and whose it is, as a store hands it to a Decision.
type Match struct {
	Entry
	Source *Source
}

// Decision gathers the entries that could cover one query and keeps the one
// that wins. A store calls Consider for each; it may hand over more than
// applies (another SVN, an ended entry), never less. It holds no more than
// the winner, so a thousand ranges over one IMEI cost no memory.
type Decision struct {
	query  *Query
	policy *Policy

	best       Match
	found      bool
	permitted  bool // some permitted entry applies
	pairless   bool // an exception was passed over for want of an IMSI
	pairRank   int  // the first rank of one that was
	wholeChain bool // Explain: keep every candidate
	chain      []candidate
}

// WholeChain asks the store for more than decides: references, reasons that
// are not in RAM, and the exceptions of this IMEI for other IMSIs. Only Explain
// does.
func (d *Decision) WholeChain() bool { return d.wholeChain }

// Query returns the question; a store must not change it.
func (d *Decision) Query() *Query { return d.query }

// hurdle is why an entry that names the equipment does not apply.
type hurdle uint8

const (
	applies hurdle = iota
	otherSVN
	ended
	noIMSI
	otherIMSI
	elsewhere
)

type candidate struct {
	Match
	hurdle hurdle
}

// Consider weighs one entry. It allocates nothing, but for Explain.
func (d *Decision) Consider(m *Match) {
	h := d.weigh(m)
	if d.wholeChain && h != elsewhere {
		d.chain = append(d.chain, candidate{*m, h})
	}
	switch h {
	case applies:
	case noIMSI:
		if r := d.policy.rank(m.Source); !d.pairless || r < d.pairRank {
			d.pairless, d.pairRank = true, r
		}
		return
	default:
		return
	}
	if m.Status == Permitted {
		d.permitted = true
	}
	if !d.found || d.policy.compare(m, &d.best) < 0 {
		d.best, d.found = *m, true
	}
}

func (d *Decision) weigh(m *Match) hurdle {
	q := d.query
	switch {
	case m.Kind == BySubscriber && q.IMSI == 0:
		// It says nothing of this equipment that an IMSI could have undone.
		return elsewhere
	case m.Kind != BySubscriber && !(q.Form.HasIMEI() && m.Covers(q.IMEI)):
		return elsewhere
	case !m.SVNs.Covers(q.SVN):
		return otherSVN
	case m.Until != 0 && q.At >= m.Until:
		return ended
	case !m.Kind.Exception():
		return applies
	case q.IMSI == 0:
		return noIMSI
	case m.Kind == RangePair && q.IMSI.HasPrefix(m.IMSI), m.IMSI == q.IMSI:
		return applies
	}
	return otherIMSI
}

// compare orders two entries that both apply: negative where a decides. Where
// every criterion is equal, the source's name and the target make the answer
// the same on every node and in every order of reading.
func (p *Policy) compare(a, b *Match) int {
	// Most of what covers one query is of one source.
	if len(p.Ranks) > 0 && a.Source != b.Source {
		if n := p.compareRanks(a.Source, b.Source); n != 0 {
			return n
		}
	}
	for _, c := range p.Order {
		if n := c.compare(a, b); n != 0 {
			return n
		}
	}
	for c := ExceptionFirst; c <= StrictFirst; c++ {
		if n := c.compare(a, b); n != 0 {
			return n
		}
	}
	if n := cmp.Compare(a.Source.Name, b.Source.Name); n != 0 {
		return n
	}
	if n := cmp.Compare(a.Kind, b.Kind); n != 0 {
		return n
	}
	if n := cmp.Compare(a.From, b.From); n != 0 {
		return n
	}
	if n := cmp.Compare(a.SVNs[0], b.SVNs[0]); n != 0 {
		return n
	}
	return cmp.Compare(a.SVNs[1], b.SVNs[1])
}

func (c Criterion) compare(a, b *Match) int {
	switch c {
	case ExceptionFirst:
		return boolFirst(a.Kind.Exception(), b.Kind.Exception())
	case OperatorFirst:
		return boolFirst(a.Source.Operator, b.Source.Operator)
	case NarrowFirst:
		if n := boolFirst(a.Kind != BySubscriber, b.Kind != BySubscriber); n != 0 {
			return n
		}
		if n := cmp.Compare(a.Width(), b.Width()); n != 0 {
			return n
		}
		return cmp.Compare(b.IMSI.Len(), a.IMSI.Len())
	case StrictFirst:
		return cmp.Compare(b.Status, a.Status)
	}
	return 0
}

// boolFirst puts true before false.
func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// verdict ends the decision. The rules stand in the order in which they are
// asked; Explain tells the same story from the same fields.
func (d *Decision) verdict(loaded, stale bool, failure error) Verdict {
	p, q := d.policy, d.query
	v := Verdict{Form: q.Form, Shadow: p.Shadow, PairSkipped: d.pairless}
	if failure != nil {
		return v.by(RuleStoreFailure, p.StoreFailure, "the lists could not be read")
	}
	if d.pairless && p.PairWithoutIMSI != Continue && !d.overPair() {
		return v.by(RulePairWithoutIMSI, p.PairWithoutIMSI, "an exception names an IMSI and none was sent")
	}
	if d.found && (d.permitted || !p.AllowListOnly) {
		v.Target, v.Source = d.best.Target, d.best.Source
		return v.by(d.best.rule(), d.best.Status, d.best.Reason)
	}
	if a := p.Malformed.Answer(q.Form); a != Continue {
		return v.by(RuleMalformed, a, formReasons[q.Form])
	}
	if q.BadSVN && p.Malformed.SVN != Continue {
		v.BadSVN = true
		return v.by(RuleMalformed, p.Malformed.SVN, "the software version is not two digits")
	}
	if !loaded && p.NoList != Continue {
		return v.by(RuleNoList, p.NoList, "no list was loaded yet")
	}
	if stale && p.Stale != Continue {
		return v.by(RuleStale, p.Stale, "a feed is past its expiry")
	}
	if p.AllowListOnly {
		return v.by(RuleNotAllowed, p.NotAllowed, "an allowed list is in force and does not name the equipment")
	}
	return v.by(RuleUnknown, p.Unknown, "the equipment is on no list")
}

// overPair reports whether what was found stands before the exceptions that
// were passed over.
func (d *Decision) overPair() bool {
	return d.found && (d.best.Kind.Exception() || d.policy.rank(d.best.Source) < d.pairRank)
}

func (v Verdict) by(r Rule, s Status, reason string) Verdict {
	v.Rule, v.Status, v.Reason = r, s, reason
	return v
}

// rule names what an entry decides by.
func (m *Match) rule() Rule {
	switch {
	case m.Kind.Exception():
		return RuleException
	case m.Source.Operator:
		return RuleOperator
	case m.Kind == Exact:
		return RuleExact
	}
	return RuleRange
}

var formReasons = func() (r [NumForms]string) {
	for f := range r {
		r[f] = "the identity is malformed: " + Form(f).String()
	}
	return r
}()
