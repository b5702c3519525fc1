package eir

import (
	"fmt"
	"math/bits"
	"strings"
)

// Kind says how a Target names equipment.
type Kind uint8

const (
	// Exact names one IMEI.
	Exact Kind = iota + 1
	// ByTAC names the million IMEIs of one Type Allocation Code.
	ByTAC
	// Range names the IMEIs from From to To, both included.
	Range
	// Pair is an exception for one IMEI with one IMSI.
	Pair
	// RangePair is an exception for a range of IMEIs with the IMSIs that
	// begin with a prefix.
	RangePair
	// BySubscriber is an exception for one IMSI whatever the equipment,
	// even where its identity is malformed: a test SIM.
	BySubscriber
)

var kindNames = [...]string{"", "imei", "tac", "range", "imei+imsi", "range+imsi-prefix", "imsi"}

// Exception reports whether the kind is an exception to the lists.
func (k Kind) Exception() bool { return k >= Pair }

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// MarshalText writes the name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Target is what an Entry covers. From and To bound the IMEIs (equal for Exact
// and Pair, zero for BySubscriber); IMSI is the whole IMSI (Pair,
// BySubscriber) or the prefix (RangePair); SVNs limits it to some software
// versions. Two entries of a source with equal Targets are one entry.
type Target struct {
	Kind     Kind
	From, To IMEI
	IMSI     IMSI
	SVNs     SVNSet
}

// Width is the number of IMEIs covered, less one: 0 is one IMEI.
func (t *Target) Width() uint64 { return uint64(t.To - t.From) }

// Covers reports whether the IMEI lies in the target.
func (t *Target) Covers(i IMEI) bool { return t.From <= i && i <= t.To }

// Validate reports what is wrong with the target, in words for whoever wrote it.
func (t *Target) Validate() error {
	if t.From > MaxIMEI || t.To > MaxIMEI {
		return fmt.Errorf("an IMEI has 14 digits")
	}
	switch t.Kind {
	case Exact, Pair:
		if t.From != t.To {
			return fmt.Errorf("%s names one IMEI, not %s to %s", t.Kind, t.From, t.To)
		}
	case ByTAC:
		if tac := t.From.TAC(); t.From != tac.First() || t.To != tac.Last() {
			return fmt.Errorf("%s to %s is not one TAC", t.From, t.To)
		}
	case Range, RangePair:
		if t.From > t.To {
			return fmt.Errorf("the range ends (%s) before it begins (%s)", t.To, t.From)
		}
	case BySubscriber:
		if t.From != 0 || t.To != 0 {
			return fmt.Errorf("an exception by IMSI alone names no IMEI")
		}
	default:
		return fmt.Errorf("unknown kind of entry %d", t.Kind)
	}
	switch n := t.IMSI.Len(); {
	case t.Kind.Exception() && n == 0:
		return fmt.Errorf("an exception by %s needs an IMSI", t.Kind)
	case !t.Kind.Exception() && n != 0:
		return fmt.Errorf("an entry by %s takes no IMSI", t.Kind)
	case (t.Kind == Pair || t.Kind == BySubscriber) && n < 6:
		return fmt.Errorf("an IMSI has at least 6 digits")
	}
	return nil
}

// String returns the target as `list add` takes it: an IMEI, a TAC, FROM-TO,
// with "+IMSI", "+PREFIX*" or "IMSI:" for exceptions and "/SVN,SVN" behind.
func (t *Target) String() string {
	var s string
	switch t.Kind {
	case Exact:
		s = t.From.String()
	case ByTAC:
		s = t.From.TAC().String()
	case Range:
		s = t.From.String() + "-" + t.To.String()
	case Pair:
		s = t.From.String() + "+" + t.IMSI.String()
	case RangePair:
		s = t.From.String() + "-" + t.To.String() + "+" + t.IMSI.String() + "*"
	case BySubscriber:
		s = "IMSI:" + t.IMSI.String()
	}
	if !t.SVNs.Any() {
		s += "/" + t.SVNs.String()
	}
	return s
}

// SVNSet is a set of Software Version Numbers, a bit each. The zero value
// means any SVN, and none.
type SVNSet [2]uint64

// With returns the set with one SVN (0 to 99) more.
func (s SVNSet) With(v SVN) SVNSet {
	s[v>>6] |= 1 << (v & 63)
	return s
}

// Any reports whether the set is no limit at all.
func (s SVNSet) Any() bool { return s[0]|s[1] == 0 }

// Covers reports whether equipment that sent v (or NoSVN) is meant. A set
// that names versions does not cover equipment that sent none.
func (s SVNSet) Covers(v SVN) bool {
	if s.Any() {
		return true
	}
	return v != NoSVN && v < 128 && s[v>>6]&(1<<(v&63)) != 0
}

// String lists the versions, comma-separated, in order; nothing for any.
func (s SVNSet) String() string {
	parts := make([]string, 0, bits.OnesCount64(s[0])+bits.OnesCount64(s[1]))
	for v := SVN(0); v < 100; v++ {
		if !s.Any() && s.Covers(v) {
			parts = append(parts, v.String())
		}
	}
	return strings.Join(parts, ",")
}

// Entry is one line of a list or one exception.
type Entry struct {
	Target
	// Status is Permitted, Tracked or Prohibited.
	Status Status
	// Reason is why, in words: a vocabulary of the source, of which a store
	// keeps some 262,144 in RAM. What is unique to an entry goes into Reference.
	Reason string
	// Reference is the source's own mark for the entry: a report number.
	Reference string
	// Date is when the source listed it, in Unix seconds; 0 is not known.
	Date int64
	// Until is when the entry ends, in Unix seconds: it decides while the
	// time of a query is below. 0 is never.
	Until int64
}

// Limits of an Entry's text, in octets.
const (
	MaxReason    = 512
	MaxReference = 128
)

// Validate reports what is wrong with the entry, in words for whoever wrote it.
func (e *Entry) Validate() error {
	if err := e.Target.Validate(); err != nil {
		return err
	}
	switch {
	case !e.Status.Listable():
		return fmt.Errorf("an entry is permitted, tracked or prohibited, not %s", e.Status)
	case len(e.Reason) > MaxReason:
		return fmt.Errorf("the reason has %d octets, %d are allowed", len(e.Reason), MaxReason)
	case len(e.Reference) > MaxReference:
		return fmt.Errorf("the reference has %d octets, %d are allowed", len(e.Reference), MaxReference)
	}
	return nil
}

// Source is who listed an entry.
type Source struct {
	// Name is unique in a store: "operator", or what an import or a feed
	// is called.
	Name string
	// Operator marks the operator's own entries, which have a rank of
	// their own in the precedence.
	Operator bool
	// Sequence is the version of the source's list: it grows with every
	// change that was applied.
	Sequence uint64
}
