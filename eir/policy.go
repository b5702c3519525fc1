package eir

import (
	"fmt"
	"slices"
	"strings"
)

// Criterion is one step of the comparison between two entries that both cover
// a query. A Policy's Order lists them, the first that separates two entries
// decides between them.
type Criterion uint8

const (
	// ExceptionFirst: an exception before any list.
	ExceptionFirst Criterion = iota + 1
	// OperatorFirst: the operator's own entries before any other source's.
	OperatorFirst
	// NarrowFirst: fewer IMEIs before more: one IMEI, then the narrower
	// range, then the wider range or the TAC. Among exceptions an IMSI alone
	// is the widest, and the longer IMSI prefix is the narrower.
	NarrowFirst
	// StrictFirst: prohibited before tracked before permitted.
	StrictFirst
)

var criterionNames = [...]string{"", "exception", "operator", "narrow", "strict"}

func (c Criterion) String() string {
	if int(c) < len(criterionNames) {
		return criterionNames[c]
	}
	return fmt.Sprintf("criterion(%d)", uint8(c))
}

// MarshalText writes the name.
func (c Criterion) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the name.
func (c *Criterion) UnmarshalText(b []byte) error {
	for i, name := range criterionNames {
		if i > 0 && name == string(b) {
			*c = Criterion(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no criterion: use one of %v", b, criterionNames[1:])
}

// Policy says what to answer when lists disagree and when something is
// missing. Each field is one decision of the operator's; the values in
// DefaultPolicy stand there with their reasons.
type Policy struct {
	// Ranks are the sources' places, by name, before Order is asked: an entry
	// of a source never yields to one of a source with a higher number, be
	// that an exception or narrower. Sources that are not named have 0, the
	// first place, and the operator's own has it always.
	Ranks map[string]int `yaml:"-"`
	// Order is the precedence of entries of one rank: each criterion at most
	// once.
	Order []Criterion `yaml:"order"`
	// Unknown answers equipment on no list.
	Unknown Status `yaml:"unknown"`
	// AllowListOnly puts an allowed list in force (TS 22.016 5): equipment
	// that no permitted entry covers gets NotAllowed, whatever else lists it.
	AllowListOnly bool `yaml:"allow_list_only"`
	// NotAllowed answers equipment that is not on the allowed list.
	NotAllowed Status `yaml:"not_allowed"`
	// Malformed answers each malformed class of identity.
	Malformed MalformedPolicy `yaml:"malformed"`
	// PairWithoutIMSI answers equipment that an exception for some IMSI
	// names, when the query brings no IMSI.
	PairWithoutIMSI Status `yaml:"pair_without_imsi"`
	// StoreFailure answers while the lists can't be read.
	StoreFailure Status `yaml:"store_failure"`
	// NoList answers equipment while no list was ever loaded.
	NoList Status `yaml:"no_list"`
	// Stale answers equipment that no entry decides while a feed's metadata
	// is expired: somebody may be holding its changes back.
	Stale Status `yaml:"stale"`
	// Shadow decides and counts as ever and answers permitted: for the first
	// days of a rollout.
	Shadow bool `yaml:"shadow"`
}

// MalformedPolicy is an answer for each malformed Form that no entry decided.
// Continue hands the identity on to NoList and Unknown.
type MalformedPolicy struct {
	Absent      Status `yaml:"absent"`
	Empty       Status `yaml:"empty"`
	Blank       Status `yaml:"blank"`
	Null        Status `yaml:"null"`
	TooShort    Status `yaml:"too_short"`
	TooLong     Status `yaml:"too_long"`
	Hexadecimal Status `yaml:"hexadecimal"`
	Symbols     Status `yaml:"symbols"`
	Letters     Status `yaml:"letters"`
	OtherOctets Status `yaml:"other_octets"`
	AllZero     Status `yaml:"all_zero"`
	Repeated    Status `yaml:"repeated_digit"`
	// SVN answers a Software-Version that is not two digits.
	SVN Status `yaml:"svn"`
}

// Answer returns the answer for a class; Continue for WellFormed.
func (m *MalformedPolicy) Answer(f Form) Status {
	switch f {
	case Absent:
		return m.Absent
	case Empty:
		return m.Empty
	case Blank:
		return m.Blank
	case Null:
		return m.Null
	case TooShort:
		return m.TooShort
	case TooLong:
		return m.TooLong
	case Hexadecimal:
		return m.Hexadecimal
	case Symbols:
		return m.Symbols
	case Letters:
		return m.Letters
	case OtherOctets:
		return m.OtherOctets
	case AllZero:
		return m.AllZero
	case Repeated:
		return m.Repeated
	}
	return Continue
}

// DefaultPolicy is the profile "specific-first" with the answers that need
// the least trust.
func DefaultPolicy() Policy {
	return Policy{
		// The narrower statement is the better informed one; an exception
		// was made with the list in view, and so was an operator's entry.
		Order: []Criterion{ExceptionFirst, OperatorFirst, NarrowFirst, StrictFirst},
		// TS 29.272 7.4.3.4: what the register does not know it says it does
		// not know; the MME's own setting decides.
		Unknown: Unknown,
		// TS 22.016 5: not on the allowed list is not served. Only in force
		// with AllowListOnly.
		NotAllowed: Prohibited,
		Malformed: MalformedPolicy{
			// Not an identity: the peer learns which AVP is at fault
			// (5004, or 5005 where it is absent), and nobody is barred or
			// served by accident.
			Absent: Invalid, Empty: Invalid, Blank: Invalid, Null: Invalid,
			TooShort: Invalid, TooLong: Invalid, Hexadecimal: Invalid,
			Symbols: Invalid, Letters: Invalid, OtherOctets: Invalid,
			// Fourteen digits, so lists may name them; where none does, no
			// such equipment was ever allocated.
			AllZero: Unknown, Repeated: Unknown,
			// A wrong version says nothing against the equipment.
			SVN: Continue,
		},
		// Who hides the IMSI must not gain what only a named IMSI may have:
		// the block behind the pair stands. Counted in every case.
		PairWithoutIMSI: Continue,
		// 5012 lets the MME or the DRA ask another register, which is better
		// than any guess of ours.
		StoreFailure: Unable,
		// An empty register knows no equipment: it neither bars a country
		// nor vouches for a phone.
		NoList: Unknown,
		// An authority that is late, or a cut line, must not change what
		// phones are told; the alarm is for people.
		Stale: Continue,
	}
}

// profiles are ready policies, each a change to the default.
var profiles = []struct {
	name, doc string
	change    func(*Policy)
}{
	{"specific-first", "exception > operator > exact > narrower range > wider range or TAC; then prohibited > tracked > permitted",
		func(*Policy) {}},
	{"list-first", "exception > prohibited > tracked > permitted, whatever the width: national platforms that ask blocked IMEIs, then blocked TACs, then tracked",
		func(p *Policy) { p.Order = []Criterion{ExceptionFirst, StrictFirst, OperatorFirst, NarrowFirst} }},
	{"open", "as specific-first, unknown equipment is permitted: response type 1 of carrier EIRs",
		func(p *Policy) { p.Unknown, p.NoList = Permitted, Permitted }},
	{"allow-list", "only permitted equipment is served, all other is prohibited: response type 2 of carrier EIRs",
		func(p *Policy) { p.AllowListOnly, p.NotAllowed = true, Prohibited }},
	{"allow-list-unknown", "only permitted equipment is known, all other is unknown: response type 3 of carrier EIRs",
		func(p *Policy) { p.AllowListOnly, p.NotAllowed = true, Unknown }},
}

// Profiles returns the names of the ready profiles, each with what it does.
func Profiles() (names, docs []string) {
	for _, p := range profiles {
		names, docs = append(names, p.name), append(docs, p.doc)
	}
	return names, docs
}

// Profile returns a ready policy by name.
func Profile(name string) (Policy, error) {
	p := DefaultPolicy()
	for _, known := range profiles {
		if known.name == name {
			known.change(&p)
			return p, nil
		}
	}
	names, _ := Profiles()
	return p, fmt.Errorf("no policy profile %q: use one of %s", name, strings.Join(names, ", "))
}

// Validate reports the first field that can't be, by its configuration name.
func (p *Policy) Validate() error {
	for name, rank := range p.Ranks {
		if rank < 0 {
			return fmt.Errorf("the rank of source %s is %d: the first is 0", name, rank)
		}
	}
	if len(p.Order) == 0 {
		return fmt.Errorf("policy.order: at least one criterion is needed")
	}
	for i, c := range p.Order {
		if c < ExceptionFirst || c > StrictFirst {
			return fmt.Errorf("policy.order: %s", c)
		}
		if slices.Contains(p.Order[:i], c) {
			return fmt.Errorf("policy.order: %s stands there twice", c)
		}
	}
	m := &p.Malformed
	for _, f := range []struct {
		name  string
		value Status
		// allowed beside permitted, tracked, prohibited and unknown.
		also []Status
	}{
		{"unknown", p.Unknown, nil},
		{"not_allowed", p.NotAllowed, nil},
		{"pair_without_imsi", p.PairWithoutIMSI, []Status{Continue}},
		{"store_failure", p.StoreFailure, []Status{Unable}},
		{"no_list", p.NoList, []Status{Unable, Continue}},
		{"stale", p.Stale, []Status{Unable, Continue}},
		{"malformed.absent", m.Absent, []Status{Invalid}},
		{"malformed.empty", m.Empty, []Status{Invalid, Continue}},
		{"malformed.blank", m.Blank, []Status{Invalid, Continue}},
		{"malformed.null", m.Null, []Status{Invalid, Continue}},
		{"malformed.too_short", m.TooShort, []Status{Invalid, Continue}},
		{"malformed.too_long", m.TooLong, []Status{Invalid, Continue}},
		{"malformed.hexadecimal", m.Hexadecimal, []Status{Invalid, Continue}},
		{"malformed.symbols", m.Symbols, []Status{Invalid, Continue}},
		{"malformed.letters", m.Letters, []Status{Invalid, Continue}},
		{"malformed.other_octets", m.OtherOctets, []Status{Invalid, Continue}},
		{"malformed.all_zero", m.AllZero, []Status{Invalid, Continue}},
		{"malformed.repeated_digit", m.Repeated, []Status{Invalid, Continue}},
		{"malformed.svn", m.SVN, []Status{Invalid, Continue}},
	} {
		if !f.value.Listable() && f.value != Unknown && !slices.Contains(f.also, f.value) {
			return fmt.Errorf("policy.%s: %s can't be answered here", f.name, f.value)
		}
	}
	return nil
}
