package octets

import (
	"encoding/binary"
	"fmt"
)

// Frame returns the length of the message that b begins with; 0 where more
// octets are needed. It fails on what can't be a Diameter message.
func Frame(b []byte) (int, error) {
	if len(b) < 4 {
		return 0, nil
	}
	word := binary.BigEndian.Uint32(b)
	n := int(word & 0xffffff)
	if word>>24 != 1 {
		return 0, fmt.Errorf("the octets %x begin no Diameter message: version %d", b[:4], word>>24)
	}
	// RFC 6733 3: "the Message Length field is always a multiple of 4".
	if n < HeaderLen || n%4 != 0 {
		return 0, fmt.Errorf("the octets %x begin no Diameter message: length %d", b[:4], n)
	}
	if len(b) < n {
		return 0, nil
	}
	return n, nil
}

// Parse reads one whole message and the AVPs at its top. It fails on an AVP that
// leaves the message, naming its offset; what was read until then comes back.
// The AVPs share the octets of b.
func Parse(b []byte) (Message, error) {
	n, err := Frame(b)
	if err != nil {
		return Message{}, err
	}
	if n == 0 || n != len(b) {
		return Message{}, fmt.Errorf("%d octets are not one message: its length says %d", len(b), n)
	}
	m := Message{
		Flags: b[4], Command: binary.BigEndian.Uint32(b[4:]) & 0xffffff,
		App: binary.BigEndian.Uint32(b[8:]), HopByHop: binary.BigEndian.Uint32(b[12:]), EndToEnd: binary.BigEndian.Uint32(b[16:]),
	}
	m.AVPs, err = sequence(b[HeaderLen:], HeaderLen)
	return m, err
}

// Inner reads the AVPs that a grouped AVP holds. Offsets in errors count from
// its value.
func (a AVP) Inner() ([]AVP, error) { return sequence(a.Data, 0) }

// maxAVPs bounds what is read of one level: no sane message has more.
const maxAVPs = 1 << 16

func sequence(b []byte, offset int) ([]AVP, error) {
	var all []AVP
	for at := 0; at < len(b); {
		if len(all) == maxAVPs {
			return all, fmt.Errorf("offset %d: more than %d AVPs", offset+at, maxAVPs)
		}
		rest := b[at:]
		if len(rest) < 8 {
			return all, fmt.Errorf("offset %d: %d octets are no AVP", offset+at, len(rest))
		}
		a := AVP{Code: binary.BigEndian.Uint32(rest), Flags: rest[4]}
		length, data := int(binary.BigEndian.Uint32(rest[4:])&0xffffff), 8
		if a.Flags&V != 0 {
			data = 12
		}
		if length < data || (length+3)&^3 > len(rest) {
			return all, fmt.Errorf("offset %d: AVP %d has length %d, %d octets are left", offset+at, a.Code, length, len(rest))
		}
		if a.Flags&V != 0 {
			a.Vendor = binary.BigEndian.Uint32(rest[8:])
		}
		a.Data = rest[data:length:length]
		all = append(all, a)
		at += (length + 3) &^ 3
	}
	return all, nil
}

// maxDepth bounds Sound and String: no sane answer nests deeper.
const maxDepth = 8

// Sound reports the first AVP, however deep, whose length leaves what holds it:
// in the groups that the dictionary knows. What is sound may meet a decoder
// that follows lengths blindly.
func (m Message) Sound() error { return sound(m.AVPs, 1) }

func sound(avps []AVP, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("AVPs are nested deeper than %d", maxDepth)
	}
	for _, a := range avps {
		if d, ok := describe(a.Code, a.vendor()); !ok || !d.grouped {
			continue
		}
		inner, err := a.Inner()
		if err == nil {
			err = sound(inner, depth+1)
		}
		if err != nil {
			return fmt.Errorf("inside AVP %d: %w", a.Code, err)
		}
	}
	return nil
}

func (a AVP) vendor() uint32 {
	if a.Flags&V == 0 {
		return 0
	}
	return a.Vendor
}
