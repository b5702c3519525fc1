package eir

// Query is one question: may this equipment be served?
type Query struct {
	// IMEI is meaningful where Form.HasIMEI.
	IMEI IMEI
	Form Form
	// SVN is the software version, or NoSVN.
	SVN SVN
	// BadSVN says that a Software-Version was sent that is not two digits;
	// SVN is then NoSVN, and the Policy names what follows.
	BadSVN bool
	// IMSI is zero where none was sent or it was not 6 to 15 digits.
	IMSI IMSI
	// At is the time of the question in Unix seconds: entries end by it.
	At int64
}

// ParseQuery reads an identity and, where they were sent, a Software-Version
// and an IMSI; nil is not sent. A Software-Version of its own wins over the
// two digits that an IMEISV ends with. It allocates nothing.
func ParseQuery(imei, svn, imsi []byte, at int64) Query {
	q := Query{SVN: NoSVN, At: at}
	if imei == nil {
		q.Form = Absent
	} else {
		q.IMEI, q.SVN, q.Form = ParseIMEI(imei)
	}
	if svn != nil {
		var ok bool
		if q.SVN, ok = ParseSVN(svn); !ok {
			q.BadSVN = true
		}
	}
	if imsi != nil {
		q.IMSI, _ = ParseIMSI(imsi)
	}
	return q
}

// Verdict is the answer to a Query and where it comes from.
type Verdict struct {
	// Status is what to answer: never Unset, never Continue.
	Status Status
	// Rule is the rule that decided.
	Rule Rule
	// Form is the class of the identity that was asked about.
	Form Form
	// BadSVN says that RuleMalformed means the Software-Version, not the
	// identity.
	BadSVN bool
	// Shadow says that the policy is in its shadow mode.
	Shadow bool
	// PairSkipped says that an exception for some IMSI exists for this
	// equipment and could not be evaluated, since none was sent.
	PairSkipped bool
	// Target is the entry that decided, where Rule.Listed.
	Target Target
	// Reason is the entry's, or the rule's own. Check leaves an entry's empty
	// where the store has it on disk alone; Explain has them all.
	Reason string
	// Source is whose entry it is; nil where no list decided. Its Sequence
	// is the list version.
	Source *Source
}

// Rule names what decided a Verdict, in the default order of precedence.
type Rule uint8

const (
	// NoRule is the zero value: never in a Verdict.
	NoRule Rule = iota
	// RuleStoreFailure: the lists could not be read.
	RuleStoreFailure
	// RulePairWithoutIMSI: an exception exists for some IMSI, none was sent.
	RulePairWithoutIMSI
	// RuleNotAllowed: an allowed list is in force and does not name it.
	RuleNotAllowed
	// RuleException: an exception by IMEI and IMSI, range and IMSI prefix,
	// or IMSI alone.
	RuleException
	// RuleOperator: an entry of the operator's own.
	RuleOperator
	// RuleExact: a list names this IMEI.
	RuleExact
	// RuleRange: a list names its range or TAC.
	RuleRange
	// RuleMalformed: the identity (or the SVN) is of a malformed class.
	RuleMalformed
	// RuleNoList: no list was ever loaded.
	RuleNoList
	// RuleStale: a feed is past its expiry.
	RuleStale
	// RuleUnknown: on no list.
	RuleUnknown
)

var ruleNames = [...]string{
	"none", "store-failure", "pair-without-imsi", "not-allowed", "exception", "operator",
	"exact", "range", "malformed", "no-list", "stale-feed", "unknown-equipment",
}

// NumRules is one more than the highest Rule, for arrays indexed by it.
const NumRules = len(ruleNames)

// Listed reports whether an entry of a list decided.
func (r Rule) Listed() bool { return r >= RuleException && r <= RuleRange }

func (r Rule) String() string {
	if int(r) < len(ruleNames) {
		return ruleNames[r]
	}
	return "rule(?)"
}

// MarshalText writes the name.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Answer is what the peer is told: the Status, or in shadow mode permitted.
func (v *Verdict) Answer() Status {
	if v.Shadow {
		return Permitted
	}
	return v.Status
}

// Version is the version of the list that decided; 0 where none did.
func (v *Verdict) Version() uint64 {
	if v.Source == nil {
		return 0
	}
	return v.Source.Sequence
}
