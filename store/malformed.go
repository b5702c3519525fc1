package store

import (
	"fmt"

	"paperweight/eir"
)

// MaxMalformed is the length of the longest malformed identity, in octets.
const MaxMalformed = 16

// kindMalformed is the kind of an entry whose identity is malformed: its
// Target is zero.
const kindMalformed = eir.Kind(0)

// Listed is what a list says: of a Target, or of a malformed identity, which
// then stands in Malformed as the list wrote it, and the Target is zero.
type Listed struct {
	eir.Entry
	Malformed string
}

// validate reports what is wrong with the entry, in words for whoever wrote it.
func (l *Listed) validate() error {
	if l.Malformed == "" {
		return l.Entry.Validate()
	}
	if l.Target != (eir.Target{}) {
		return fmt.Errorf("a malformed identity has no target beside it")
	}
	if n := len(l.Malformed); n > MaxMalformed {
		return fmt.Errorf("a malformed identity has %d octets, %d are allowed", n, MaxMalformed)
	}
	// What is listed here is never answered, so it must not be an IMEI.
	if _, _, form := eir.ParseIMEI([]byte(l.Malformed)); form.HasIMEI() {
		return fmt.Errorf("%d digits are an IMEI, not a malformed identity", len(l.Malformed))
	}
	// What is said of it is held to the limits of any entry.
	as := l.Entry
	as.Kind = eir.Exact
	return as.Validate()
}

// appendMalformed appends the place of a malformed identity.
func appendMalformed(b []byte, identity string) []byte {
	return append(append(b, classMalformed), identity...)
}

// String names what the entry is about without naming one phone or person.
func (l *Listed) String() string {
	if n := len(l.Malformed); n > 0 {
		return fmt.Sprintf("malformed identity of %d octets", n)
	}
	switch l.Kind {
	case eir.BySubscriber:
		return l.Kind.String() + " " + l.IMSI.Masked()
	case eir.ByTAC:
		return l.Kind.String() + " " + l.From.TAC().String()
	}
	return l.Kind.String() + " " + l.From.Masked()
}
