package admin

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"paperweight/eir"
	"paperweight/store/listfile"
)

// Target names what an entry covers, as an operator writes it.
type Target struct {
	// Equipment is an IMEI (14 to 16 digits), a TAC (8 digits) or FROM-TO.
	// Empty: an exception for the IMSI whatever the equipment.
	Equipment string `json:"equipment,omitempty"`
	// IMSI makes it an exception: a whole IMSI with an IMEI or alone, or a
	// prefix that ends with * with a TAC or a range.
	IMSI string `json:"imsi,omitempty"`
	// SVN limits it to software versions, two digits each, comma-separated.
	SVN string `json:"svn,omitempty"`
}

// Entry is one of the operator's own entries.
type Entry struct {
	Target
	// Status is permitted, tracked or prohibited.
	Status    eir.Status `json:"status"`
	Reason    string     `json:"reason,omitempty"`
	Reference string     `json:"reference,omitempty"`
	// Date is when it was listed. The node sets it.
	Date *time.Time `json:"date,omitempty"`
	// Until is when it ends; nil is never.
	Until *time.Time `json:"until,omitempty"`
}

// Parse reads the target.
func (t Target) Parse() (eir.Target, error) {
	parsed, err := listfile.ParseTarget(t.Equipment, t.IMSI)
	if err != nil {
		return eir.Target{}, err
	}
	for _, s := range strings.FieldsFunc(t.SVN, func(r rune) bool { return r == ',' || r == ' ' }) {
		svn, ok := eir.ParseSVN([]byte(s))
		if !ok {
			return eir.Target{}, fmt.Errorf("%q is no software version: two digits are expected", s)
		}
		parsed.SVNs = parsed.SVNs.With(svn)
	}
	return parsed, nil
}

// Listed is the entry with the dates that it has, as a list file holds it.
func (e *Entry) Listed() (eir.Entry, error) {
	target, err := e.Parse()
	if err != nil {
		return eir.Entry{}, err
	}
	listed := eir.Entry{Target: target, Status: e.Status, Reason: e.Reason, Reference: e.Reference}
	if e.Date != nil {
		listed.Date = e.Date.Unix()
	}
	if e.Until != nil {
		listed.Until = e.Until.Unix()
	}
	return listed, listed.Validate()
}

// added is what the store lists of an entry that is made now.
func (e Entry) added(now time.Time) (eir.Entry, error) {
	if e.Until != nil && !e.Until.After(now) {
		return eir.Entry{}, fmt.Errorf("it would end at %s, which is past", e.Until.Format(time.RFC3339))
	}
	for _, text := range []string{e.Reason, e.Reference} {
		// No list file could hold it, so no export could bring it back.
		if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return eir.Entry{}, fmt.Errorf("%q is not UTF-8, or has control characters", text)
		}
	}
	e.Date = &now
	return e.Listed()
}

// shown is an entry as it is given back: Equipment, IMSI and SVN can be sent
// again as they are.
func shown(e *eir.Entry) Entry {
	s := Entry{
		Target: Target{IMSI: e.IMSI.String(), SVN: e.SVNs.String()},
		Status: e.Status, Reason: e.Reason, Reference: e.Reference,
		Date: moment(e.Date), Until: moment(e.Until),
	}
	switch e.Kind {
	case eir.Exact, eir.Pair:
		s.Equipment = e.From.String()
	case eir.ByTAC:
		s.Equipment = e.From.TAC().String()
	case eir.Range:
		s.Equipment = e.From.String() + "-" + e.To.String()
	case eir.RangePair:
		s.Equipment = e.From.String() + "-" + e.To.String()
		s.IMSI += "*"
	}
	return s
}

func moment(unix int64) *time.Time {
	if unix == 0 {
		return nil
	}
	t := time.Unix(unix, 0).UTC()
	return &t
}

// Question is what explain asks.
type Question struct {
	// IMEI is the identity as a phone would send it, malformed ones too.
	IMEI string `json:"imei"`
	// SVN and IMSI were not sent where they are empty.
	SVN  string `json:"svn,omitempty"`
	IMSI string `json:"imsi,omitempty"`
}

func (q Question) query(at time.Time) eir.Query {
	sent := func(s string) []byte {
		if s == "" {
			return nil
		}
		return []byte(s)
	}
	return eir.ParseQuery([]byte(q.IMEI), sent(q.SVN), sent(q.IMSI), at.Unix())
}
