package eir

import "fmt"

// IMEI is the identity of a piece of equipment: the first 14 digits (TAC and
// SNR) of an IMEI or IMEISV as one integer, 0 to 99999999999999.
//
// TS 29.272 6.2.1.3: the EIR identifies the equipment by the first 14 digits
// and ignores a 15th. TS 23.003 6.2.1: the check digit is not transmitted and
// a spare 0 may stand in its place. So 14, 15 and 16 digits of one phone are
// one IMEI here.
type IMEI uint64

// MaxIMEI is the largest IMEI, fourteen nines.
const MaxIMEI IMEI = 99_999_999_999_999

const snrPerTAC = 1_000_000

// TAC returns the Type Allocation Code, the first eight digits.
func (i IMEI) TAC() TAC { return TAC(i / snrPerTAC) }

// String returns all 14 digits.
func (i IMEI) String() string { return fmt.Sprintf("%014d", uint64(i)) }

// Masked returns the TAC and six asterisks: all of an IMEI that a log may hold.
func (i IMEI) Masked() string { return i.TAC().String() + "******" }

// CheckDigit returns the Luhn digit of TS 23.003 annex B. It serves
// provisioning alone: a check never looks at it.
func (i IMEI) CheckDigit() int {
	sum := 0
	for n, pos := uint64(i), 0; pos < 14; n, pos = n/10, pos+1 {
		d := int(n % 10)
		// Counted from the right, the digits in even positions of the
		// 15-digit IMEI are doubled: those are pos 0, 2, 4 ... here.
		if pos%2 == 0 {
			d *= 2
			d = d/10 + d%10
		}
		sum += d
	}
	return (10 - sum%10) % 10
}

// TAC is a Type Allocation Code, eight digits: the model of equipment.
type TAC uint32

// MaxTAC is the largest TAC, eight nines.
const MaxTAC TAC = 99_999_999

// First and Last bound the one million IMEIs of the TAC.
func (t TAC) First() IMEI { return IMEI(t) * snrPerTAC }

// Last returns the highest IMEI of the TAC.
func (t TAC) Last() IMEI { return t.First() + snrPerTAC - 1 }

// String returns all eight digits.
func (t TAC) String() string { return fmt.Sprintf("%08d", uint32(t)) }

// SVN is the Software Version Number, the last two digits of an IMEISV, 0 to
// 99, or NoSVN. TS 23.003 6.2.2 reserves 99.
type SVN uint8

// NoSVN says that no usable Software Version Number came with the identity.
const NoSVN SVN = 0xff

// ParseSVN reads exactly two digits.
func ParseSVN(b []byte) (SVN, bool) {
	if len(b) != 2 || !isDigit(b[0]) || !isDigit(b[1]) {
		return NoSVN, false
	}
	return SVN(b[0]-'0')*10 + SVN(b[1]-'0'), true
}

func (s SVN) String() string {
	if s == NoSVN {
		return ""
	}
	return fmt.Sprintf("%02d", uint8(s))
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// parseDigits reads decimal digits; ok is false at the first other octet.
func parseDigits(b []byte) (n uint64, ok bool) {
	for _, c := range b {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + uint64(d)
	}
	return n, true
}

// ParseIMEI reads the octets of an IMEI AVP (TS 29.272 7.3.4), which may be 14
// digits, 15 (the last ignored, whatever it is), or 16 (an IMEISV, whose last
// two are the SVN). The class of what it read comes back in every case; the
// IMEI is meaningful where Form.HasIMEI says so. It allocates nothing.
func ParseIMEI(b []byte) (IMEI, SVN, Form) {
	if n := len(b); n < 14 || n > 16 {
		return 0, NoSVN, classify(b)
	}
	n, ok := parseDigits(b[:14])
	if !ok {
		return 0, NoSVN, classify(b)
	}
	svn := NoSVN
	switch len(b) {
	case 15:
		if !isDigit(b[14]) {
			return 0, NoSVN, classify(b)
		}
	case 16:
		if svn, ok = ParseSVN(b[14:]); !ok {
			return 0, NoSVN, classify(b)
		}
	}
	if n%repunit14 == 0 && n/repunit14 <= 9 {
		if n == 0 {
			return 0, svn, AllZero
		}
		return IMEI(n), svn, Repeated
	}
	return IMEI(n), svn, WellFormed
}

// repunit14 is fourteen ones: its multiples up to nine times are the IMEIs of
// one digit repeated.
const repunit14 = 11_111_111_111_111
