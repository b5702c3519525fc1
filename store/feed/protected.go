package feed

import (
	"fmt"
	"strings"

	"paperweight/eir"
)

// Range is a span of equipment, both ends included.
type Range struct{ From, To eir.IMEI }

// String writes what UnmarshalText reads.
func (r Range) String() string {
	if r.From == r.To {
		return r.From.String()
	}
	return r.From.String() + "-" + r.To.String()
}

// MarshalText writes what UnmarshalText reads.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads an IMEI, a TAC, or two IMEIs with a hyphen between.
func (r *Range) UnmarshalText(b []byte) error {
	first, last, two := strings.Cut(string(b), "-")
	if !two && len(first) == 8 {
		first, last, two = first+"000000", first+"999999", true
	}
	if !two {
		last = first
	}
	from, _, a := eir.ParseIMEI([]byte(first))
	to, _, z := eir.ParseIMEI([]byte(last))
	if !a.HasIMEI() || !z.HasIMEI() || from > to {
		return fmt.Errorf("%q is no range: use an IMEI, a TAC or FROM-TO", b)
	}
	*r = Range{from, to}
	return nil
}

// IMSIPrefix is a subscriber's IMSI, or the digits that several begin with.
type IMSIPrefix eir.IMSI

// MarshalText writes what UnmarshalText reads.
func (p IMSIPrefix) MarshalText() ([]byte, error) { return []byte(eir.IMSI(p).String()), nil }

// UnmarshalText reads 1 to 15 digits.
func (p *IMSIPrefix) UnmarshalText(b []byte) error {
	i, ok := eir.ParseIMSIPrefix(b)
	if !ok {
		return fmt.Errorf("%q is no IMSI and no beginning of one: use 1 to 15 digits", b)
	}
	*p = IMSIPrefix(i)
	return nil
}

// protects reports whether a target reaches into what is protected.
func (g *Guard) protects(t *eir.Target) bool {
	for _, p := range g.ProtectedIMSIs {
		// Of two prefixes the shorter one holds the longer.
		if prefix := eir.IMSI(p); t.IMSI.HasPrefix(prefix) || prefix.HasPrefix(t.IMSI) {
			return true
		}
	}
	if t.Kind == 0 || t.Kind == eir.BySubscriber {
		return false
	}
	for _, r := range g.Protected {
		if t.From <= r.To && r.From <= t.To {
			return true
		}
	}
	return false
}
