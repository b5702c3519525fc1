package eir

import (
	"bytes"
	"fmt"
)

// Form is the class of an identity as it was sent. Each malformed class has
// an answer of its own in the Policy.
type Form uint8

const (
	// WellFormed is 14, 15 or 16 decimal digits.
	WellFormed Form = iota
	// Absent: no IMEI was sent.
	Absent
	// Empty: an IMEI of no octets.
	Empty
	// Blank: white space only, or digits with white space among them.
	Blank
	// Null: the word "null" in any case, or NUL octets.
	Null
	// TooShort: fewer than 14 decimal digits.
	TooShort
	// TooLong: more than 16 decimal digits.
	TooLong
	// Hexadecimal: digits and at least one of A to F, as an MEID or a
	// filler nibble looks.
	Hexadecimal
	// Symbols: hexadecimal digits with at least one `*` or `#`.
	Symbols
	// Letters: letters beyond F.
	Letters
	// OtherOctets: anything else, text that is not UTF-8 included.
	OtherOctets
	// AllZero: fourteen zeros.
	AllZero
	// Repeated: one other digit fourteen times.
	Repeated
)

var formNames = [...]string{
	"well-formed", "absent", "empty", "blank", "null", "too-short", "too-long",
	"hexadecimal", "symbols", "letters", "other-octets", "all-zero", "repeated-digit",
}

// NumForms is one more than the highest Form, for arrays indexed by it.
const NumForms = len(formNames)

// HasIMEI reports whether the identity has 14 digits to look up. All zero and
// one digit repeated are suspicious, but lists do name them.
func (f Form) HasIMEI() bool { return f == WellFormed || f == AllZero || f == Repeated }

// Malformed reports whether the Policy's answer for the class applies.
func (f Form) Malformed() bool { return f != WellFormed }

func (f Form) String() string {
	if int(f) < len(formNames) {
		return formNames[f]
	}
	return fmt.Sprintf("form(%d)", uint8(f))
}

// MarshalText writes the name.
func (f Form) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// classify names the class of octets that hold no IMEI.
func classify(b []byte) Form {
	if len(b) == 0 {
		return Empty
	}
	if bytes.EqualFold(b, []byte("null")) {
		return Null
	}
	var digits, hex, symbols, letters, blanks, nuls int
	for _, c := range b {
		switch {
		case isDigit(c):
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			hex++
		case c == '*' || c == '#':
			symbols++
		case c|0x20 >= 'g' && c|0x20 <= 'z':
			letters++
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			blanks++
		case c == 0:
			nuls++
		}
	}
	switch n := len(b); {
	case nuls == n:
		return Null
	case blanks > 0 && blanks+digits == n:
		return Blank
	case digits == n && n < 14:
		return TooShort
	case digits == n:
		return TooLong
	case digits+hex == n:
		return Hexadecimal
	case digits+hex+symbols == n:
		return Symbols
	case digits+hex+letters == n:
		return Letters
	}
	return OtherOctets
}
