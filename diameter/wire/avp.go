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

// Key is an AVP's Vendor-Id above its code, in one word.
type Key uint64

// KeyOf returns the Key of a code; vendor is 0 where the AVP has none.
func KeyOf(code, vendor uint32) Key { return Key(vendor)<<32 | Key(code) }

// Head reads the header of the AVP at b[at:]: its value is b[data:end], and
// the next AVP begins at Padded(end) where at is a multiple of 4. end is 0 where
// there is no AVP, or one with an invalid length.
//
// It is Cursor.Next without the AVP: all in registers, for the fast way.
func Head(b []byte, at int) (key Key, flags uint8, data, end int) {
	if len(b)-at < AVPHeaderLen {
		return 0, 0, 0, 0
	}
	word := binary.BigEndian.Uint64(b[at:])
	key, flags = Key(word>>32), uint8(word>>24)
	data, end = at+AVPHeaderLen, at+int(word&max24)
	if flags&FlagVendor != 0 {
		data = at + VendorAVPHeaderLen
		if data > len(b) {
			return 0, 0, 0, 0
		}
		key |= Key(binary.BigEndian.Uint32(b[at+AVPHeaderLen:])) << 32
	}
	// The octets of the padding may have any value, but they must be there:
	// RFC 6733 3, the message length includes "the padded AVPs".
	if end < data || Padded(end) > len(b) {
		return 0, 0, 0, 0
	}
	return key, flags, data, end
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
	key, flags, data, end := Head(c.rest, 0)
	if end == 0 {
		c.broken = len(c.rest) > 0
		return false
	}
	*a = AVP{Code: uint32(key), Vendor: uint32(key >> 32), Flags: flags, Raw: c.rest[:end], Offset: c.offset}
	a.Data = a.Raw[data:]
	c.rest, c.offset = c.rest[Padded(end):], c.offset+Padded(end)
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
