package eir

import "fmt"

// IMSI is a subscriber's identity (TS 23.003 2.2), or the leading digits of
// one, packed so that leading zeros count: the number of digits in the bits
// from 50 up, their value below. The zero value is no IMSI.
type IMSI uint64

const imsiValueBits = 50

// ParseIMSI reads a whole IMSI, 6 to 15 decimal digits.
func ParseIMSI(b []byte) (IMSI, bool) {
	if len(b) < 6 {
		return 0, false
	}
	return ParseIMSIPrefix(b)
}

// ParseIMSIPrefix reads 1 to 15 leading digits of an IMSI.
func ParseIMSIPrefix(b []byte) (IMSI, bool) {
	if len(b) < 1 || len(b) > 15 {
		return 0, false
	}
	n, ok := parseDigits(b)
	if !ok {
		return 0, false
	}
	return IMSI(uint64(len(b))<<imsiValueBits | n), true
}

// Len returns the number of digits.
func (i IMSI) Len() int { return int(i >> imsiValueBits) }

func (i IMSI) value() uint64 { return uint64(i) & (1<<imsiValueBits - 1) }

// HasPrefix reports whether the digits of i begin with those of p. No IMSI has
// a prefix, and every IMSI begins with itself.
func (i IMSI) HasPrefix(p IMSI) bool {
	n, m := i.Len(), p.Len()
	if m == 0 || n < m {
		return false
	}
	return i.value()/pow10[n-m] == p.value()
}

// String returns the digits, or nothing where there is no IMSI.
func (i IMSI) String() string {
	if i == 0 {
		return ""
	}
	return fmt.Sprintf("%0*d", i.Len(), i.value())
}

// Masked returns the first five digits (MCC and the start of the MNC) and an
// asterisk for each of the others: all of an IMSI that a log may hold.
func (i IMSI) Masked() string {
	b := []byte(i.String())
	for n := 5; n < len(b); n++ {
		b[n] = '*'
	}
	return string(b)
}

var pow10 = [16]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}
