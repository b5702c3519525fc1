package listfile

import (
	"bytes"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"paperweight/eir"
)

// The layouts of dates, each tried in turn.
var (
	compactDate = []string{"20060102"}
	gsmaDate    = []string{"02-Jan-2006"}
	ownDates    = []string{time.RFC3339, time.DateOnly, "20060102"}
)

// parseDate returns Unix seconds; a day is its beginning in UTC.
func parseDate(b []byte, layouts []string) (int64, bool) {
	if len(b) == 8 && layouts[len(layouts)-1] == compactDate[0] {
		return parseDay(b)
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, string(b)); err == nil {
			return t.Unix(), true
		}
	}
	return 0, false
}

// parseDay reads YYYYMMDD, ten times as fast as package time: every line of a
// blacklist has one.
func parseDay(b []byte) (int64, bool) {
	n := 0
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	y, m, d := n/10000, time.Month(n/100%100), n%100
	t := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	// time.Date turns 31 February into March.
	if t.Month() != m || t.Day() != d || y == 0 {
		return 0, false
	}
	return t.Unix(), true
}

// parseSVNs reads a list of two-digit Software Version Numbers, separated by
// commas, bars or blanks.
func parseSVNs(b []byte) (set eir.SVNSet, ok bool) {
	for _, part := range bytes.FieldsFunc(b, func(r rune) bool { return r == ',' || r == '|' || r == ' ' }) {
		v, ok := eir.ParseSVN(part)
		if !ok {
			return eir.SVNSet{}, false
		}
		set = set.With(v)
	}
	return set, !set.Any()
}

// parseTAC reads exactly eight digits: a shorter number may have lost leading
// zeros, and to guess them would name another model.
func parseTAC(b []byte) (eir.TAC, bool) {
	if len(b) != 8 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return eir.TAC(n), true
}

// The faults of ParseTarget.
var (
	errTarget  = errors.New("an IMEI (14 to 16 digits), a TAC (8 digits) or FROM-TO is expected")
	errBounds  = errors.New("the range ends before it begins")
	errIMSI    = errors.New("an IMSI has 6 to 15 digits; a prefix has 1 to 15 and ends with *")
	errRange   = errors.New("a TAC or a range takes the prefix of an IMSI: end it with *")
	errNothing = errors.New("neither equipment nor an IMSI is named")
)

// ParseTarget reads what an operator writes for equipment (an IMEI, an IMEISV,
// a TAC or FROM-TO, whose ends are IMEIs or TACs) and for the IMSI of an
// exception (whole, or a prefix that ends with *); either may be empty, not
// both. An IMEISV names the phone whatever its software: its last two digits
// are no SVN limit.
func ParseTarget(equipment, imsi string) (eir.Target, error) {
	t, err := parseTarget([]byte(equipment), []byte(imsi))
	if err != nil {
		return eir.Target{}, err
	}
	return t, t.Validate()
}

func parseTarget(equipment, imsi []byte) (t eir.Target, err error) {
	first, last, isRange := bytes.Cut(equipment, []byte("-"))
	if len(equipment) > 0 {
		if t.From, t.To, t.Kind, err = parseEnd(first); err != nil {
			return t, err
		}
	}
	if isRange {
		t.Kind = eir.Range
		if _, t.To, _, err = parseEnd(last); err != nil {
			return t, err
		}
		if t.To < t.From {
			return t, errBounds
		}
	}
	if len(imsi) == 0 {
		if t.Kind == 0 {
			return t, errNothing
		}
		return t, nil
	}
	return withIMSI(t, imsi)
}

// parseEnd reads an IMEI or a TAC.
func parseEnd(b []byte) (from, to eir.IMEI, kind eir.Kind, err error) {
	if tac, ok := parseTAC(b); ok {
		return tac.First(), tac.Last(), eir.ByTAC, nil
	}
	imei, _, form := eir.ParseIMEI(b)
	if !form.HasIMEI() {
		return 0, 0, 0, errTarget
	}
	return imei, imei, eir.Exact, nil
}

// withIMSI makes an exception of what names equipment.
func withIMSI(t eir.Target, b []byte) (_ eir.Target, err error) {
	var ok bool
	prefix, isPrefix := bytes.CutSuffix(b, []byte("*"))
	if isPrefix {
		t.IMSI, ok = eir.ParseIMSIPrefix(prefix)
	} else {
		t.IMSI, ok = eir.ParseIMSI(b)
	}
	switch {
	case !ok, isPrefix && t.Kind == 0:
		return t, errIMSI
	case t.Kind == 0:
		t.Kind = eir.BySubscriber
	case isPrefix:
		t.Kind = eir.RangePair
	case t.Kind == eir.Exact:
		t.Kind = eir.Pair
	default:
		return t, errRange
	}
	return t, nil
}

// texts interns strings: a list of a million lines has a handful of reasons.
type texts map[string]string

// maxTexts bounds the memory of a list that has a reason of its own in every
// line; those beyond are allocated one by one.
const maxTexts = 1 << 14

// clean returns a field as text. Where it had to be changed to be UTF-8
// without control characters (they become spaces) and within max octets,
// reason says so.
func (t texts) clean(b []byte, max int) (s string, reason Reason) {
	if s, ok := t[string(b)]; ok {
		return s, ""
	}
	s = string(b)
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		reason, s = Encoding, printable(s)
	}
	if len(s) > max {
		reason = TextLength
		for s = s[:max]; !utf8.ValidString(s); {
			s = s[:len(s)-1]
		}
	}
	if reason == "" && len(t) < maxTexts {
		t[s] = s
	}
	return s, reason
}

// printable makes of a string valid UTF-8 without control characters.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
