package wire

import "encoding/binary"

// AVP flags (RFC 6733 4.1). The other bits are reserved, and P has no use
// yet: "the receiver SHOULD ignore all 'R' (reserved) bits". So a bit unknown
// here is never a fault: a later specification, or a careless peer, may set one.
const (
	FlagVendor    uint8 = 0x80
	FlagMandatory uint8 = 0x40
)

// AVPHeaderLen and VendorAVPHeaderLen are the lengths of an AVP's header
// without and with a Vendor-Id, in octets.
const (
	AVPHeaderLen       = 8
	VendorAVPHeaderLen = 12
)

// AVP is one attribute-value pair as it stands in a message.
type AVP struct {
	Code uint32
	// Vendor is 0 where the V bit is clear.
	Vendor uint32
	Flags  uint8
	// Data is the value and Raw the whole AVP; neither holds the padding.
	Data, Raw []byte
	// Offset is that of the AVP's header in the message.
	Offset int
}

// Mandatory reports whether the M bit is set.
func (a *AVP) Mandatory() bool { return a.Flags&FlagMandatory != 0 }

// Is reports whether the AVP has this code and vendor.
func (a *AVP) Is(code, vendor uint32) bool { return a.Code == code && a.Vendor == vendor }

// Uint32 reads a value of four octets (Unsigned32, Enumerated).
func (a *AVP) Uint32() (uint32, bool) {
	if len(a.Data) != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(a.Data), true
}

// AVPs returns a cursor over the AVPs inside a, which must be of type Grouped.
func (a *AVP) AVPs() Cursor {
	return Cursor{rest: a.Data, offset: a.Offset + len(a.Raw) - len(a.Data)}
}

// AVPs returns a cursor over the AVPs of a message with its header.
func AVPs(msg []byte) Cursor {
	return Cursor{rest: msg[min(HeaderLen, len(msg)):], offset: HeaderLen}
}

// Sequence returns a cursor over AVPs that stand one behind another outside a
// message; offsets count from the first.
func Sequence(avps []byte) Cursor { return Cursor{rest: avps} }

// Cursor walks AVPs that stand one behind another. It allocates nothing.
type Cursor struct {
	rest   []byte
	offset int
	broken bool
}

// Next reads the next AVP into a. It reports false at the end and at an AVP
// with an invalid length; Fault tells the two apart.
func (c *Cursor) Next(a *AVP) bool {
	b := c.rest
	if len(b) < AVPHeaderLen {
		c.broken = len(b) > 0
		return false
	}
	second := binary.BigEndian.Uint32(b[4:])
	head, length := AVPHeaderLen, int(second&max24)
	a.Code, a.Vendor, a.Flags, a.Offset = binary.BigEndian.Uint32(b), 0, uint8(second>>24), c.offset
	if a.Flags&FlagVendor != 0 {
		head = VendorAVPHeaderLen
	}
	// The octets of the padding may have any value, but they must be there:
	// RFC 6733 3, the message length includes "the padded AVPs".
	padded := Padded(length)
	if length < head || padded > len(b) {
		c.broken = true
		return false
	}
	if head == VendorAVPHeaderLen {
		a.Vendor = binary.BigEndian.Uint32(b[8:])
	}
	a.Data, a.Raw = b[head:length:length], b[:length:length]
	c.rest, c.offset = b[padded:], c.offset+padded
	return true
}

// Fault returns nil where every AVP was sound, else what is wrong with the
// one that Next stopped at.
func (c *Cursor) Fault() *Fault {
	if !c.broken {
		return nil
	}
	// RFC 6733 7.1.5: an incomplete header is padded with zeros.
	var head [VendorAVPHeaderLen]byte
	copy(head[:], c.rest)
	second := binary.BigEndian.Uint32(head[4:])
	f := &Fault{
		Kind: InvalidAVPLength, Offset: c.offset, Length: int(second & max24),
		Code: binary.BigEndian.Uint32(head[:]), AVPFlags: uint8(second >> 24),
	}
	if f.AVPFlags&FlagVendor != 0 {
		f.Vendor = binary.BigEndian.Uint32(head[8:])
	}
	return f
}

// Padded rounds a length up to the next multiple of 4.
func Padded(n int) int { return (n + 3) &^ 3 }
