package octets

import (
	"encoding/binary"
	"slices"
)

// HeaderLen is the length of a message header in octets.
const HeaderLen = 20

// Command flags (RFC 6733 3).
const (
	Request       uint8 = 0x80
	Proxiable     uint8 = 0x40
	ErrorBit      uint8 = 0x20
	Retransmitted uint8 = 0x10
	Reserved      uint8 = 0x0f
)

// AVP flags (RFC 6733 4.1).
const (
	V uint8 = 0x80
	M uint8 = 0x40
	P uint8 = 0x20
)

// Stated is a length field. Its zero value is the truth.
type Stated struct {
	n   uint32
	lie bool
}

// State makes a length field say n, whatever the truth.
func State(n int) Stated { return Stated{uint32(n), true} }

func (s Stated) or(truth int) uint32 {
	if s.lie {
		return s.n & 0xffffff
	}
	return uint32(truth) & 0xffffff
}

// Message is a message to write, or one that was read.
type Message struct {
	// Version is what the version field says minus 1, so that the zero value
	// is version 1.
	Version uint8
	// Length is the Message Length field; after Parse the truth.
	Length                           Stated
	Flags                            uint8
	Command, App, HopByHop, EndToEnd uint32
	AVPs                             []AVP
	// Tail stands behind the AVPs as it is, and counts in Length.
	Tail []byte
}

// AVP is one attribute-value pair.
type AVP struct {
	Code uint32
	// Flags are written as they are: the V bit decides whether Vendor is.
	Flags  uint8
	Vendor uint32
	// Length is the AVP Length field; after Parse the truth.
	Length Stated
	// Data is the value of an AVP that is not built of Group.
	Data []byte
	// Group is what a grouped AVP to write holds. Parse leaves it nil: Inner
	// reads what Data holds.
	Group []AVP
	// Filler is the value of the octets of padding; NoPadding leaves them out.
	Filler    byte
	NoPadding bool
}

// Append appends the message.
func (m Message) Append(b []byte) []byte {
	at := len(b)
	b = append(b, m.Version+1, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(m.Flags)<<24|m.Command&0xffffff)
	b = binary.BigEndian.AppendUint32(b, m.App)
	b = binary.BigEndian.AppendUint32(b, m.HopByHop)
	b = binary.BigEndian.AppendUint32(b, m.EndToEnd)
	for _, a := range m.AVPs {
		b = a.Append(b)
	}
	b = append(b, m.Tail...)
	put24(b[at+1:], m.Length.or(len(b)-at))
	return b
}

// Bytes returns the message as octets.
func (m Message) Bytes() []byte { return m.Append(nil) }

// Append appends the AVP with its padding.
func (a AVP) Append(b []byte) []byte {
	at := len(b)
	b = binary.BigEndian.AppendUint32(b, a.Code)
	b = append(b, a.Flags, 0, 0, 0)
	if a.Flags&V != 0 {
		b = binary.BigEndian.AppendUint32(b, a.Vendor)
	}
	b = append(b, a.Data...)
	for _, inner := range a.Group {
		b = inner.Append(b)
	}
	put24(b[at+5:], a.Length.or(len(b)-at))
	// RFC 6733 4.1: the padding is not reflected in the AVP Length.
	for n := len(b) - at; n%4 != 0 && !a.NoPadding; n++ {
		b = append(b, a.Filler)
	}
	return b
}

func put24(b []byte, n uint32) { b[0], b[1], b[2] = byte(n>>16), byte(n>>8), byte(n) }

// Is reports whether the AVP has this code and vendor. Vendor 0 is none.
func (a AVP) Is(code, vendor uint32) bool {
	if a.Flags&V == 0 {
		return a.Code == code && vendor == 0
	}
	return a.Code == code && a.Vendor == vendor
}

// Flagged reports whether the AVP has these flags and no others. The P bit does
// not count: it "SHOULD be set to 0" (RFC 6733 4.1), no more.
func (a AVP) Flagged(flags uint8) bool { return a.Flags&^P == flags }

// Uint32 reads a value of four octets; false where it has another length.
func (a AVP) Uint32() (uint32, bool) {
	if len(a.Data) != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(a.Data), true
}

// With returns a copy of the message with more AVPs at its end.
func (m Message) With(more ...AVP) Message {
	m.AVPs = append(slices.Clone(m.AVPs), more...)
	return m
}

// Without returns a copy of the message without the AVPs of a code, whatever
// their vendor.
func (m Message) Without(code uint32) Message {
	m.AVPs = slices.DeleteFunc(slices.Clone(m.AVPs), func(a AVP) bool { return a.Code == code })
	return m
}

// Replace returns a copy of the message in which the first AVP of a code, whatever
// its vendor, gives way to others, in its place. Where there is none they go to
// the end.
func (m Message) Replace(code uint32, by ...AVP) Message {
	i := slices.IndexFunc(m.AVPs, func(a AVP) bool { return a.Code == code })
	if i < 0 {
		return m.With(by...)
	}
	m.AVPs = slices.Replace(slices.Clone(m.AVPs), i, i+1, by...)
	return m
}

// Flag returns a copy of the message with other command flags: some set, some
// cleared.
func (m Message) Flag(set, clear uint8) Message {
	m.Flags = m.Flags&^clear | set
	return m
}

// Find returns the first AVP of a code and vendor at the top of the message.
func (m Message) Find(code, vendor uint32) (AVP, bool) {
	for _, a := range m.AVPs {
		if a.Is(code, vendor) {
			return a, true
		}
	}
	return AVP{}, false
}

// All returns every AVP of a code and vendor at the top of the message.
func (m Message) All(code, vendor uint32) []AVP {
	var found []AVP
	for _, a := range m.AVPs {
		if a.Is(code, vendor) {
			found = append(found, a)
		}
	}
	return found
}
