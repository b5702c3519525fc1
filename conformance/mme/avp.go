package mme

import (
	"encoding/binary"
	"net/netip"
)

// HeaderLen is the length of a Diameter header in bytes.
const HeaderLen = 20

const (
	avpV = 0x80
	avpM = 0x40
)

func appendHeader(b []byte, flags byte, command, app uint32) []byte {
	b = append(b, 1, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(flags)<<24|command)
	b = binary.BigEndian.AppendUint32(b, app)
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0)
}

// finish writes the length of the message that begins at b[at].
func finish(b []byte, at int) []byte {
	binary.BigEndian.PutUint32(b[at:], 1<<24|uint32(len(b)-at))
	return b
}

func appendAVP(b []byte, code uint32, flags byte, vendor uint32, data []byte) []byte {
	length := 8 + len(data)
	if flags&avpV != 0 {
		length += 4
	}
	b = binary.BigEndian.AppendUint32(b, code)
	b = binary.BigEndian.AppendUint32(b, uint32(flags)<<24|uint32(length))
	if flags&avpV != 0 {
		b = binary.BigEndian.AppendUint32(b, vendor)
	}
	b = append(b, data...)
	// RFC 6733 4.1: the padding is not reflected in the AVP Length.
	for n := length; n%4 != 0; n++ {
		b = append(b, 0)
	}
	return b
}

func appendUint32(b []byte, code uint32, flags byte, vendor, value uint32) []byte {
	return appendAVP(b, code, flags, vendor, binary.BigEndian.AppendUint32(nil, value))
}

// appendAddress appends the Address format of RFC 6733 4.3.1.
func appendAddress(b []byte, a netip.Addr) []byte {
	a = a.Unmap()
	if a.Is4() {
		b = append(b, 0, 1)
	} else {
		b = append(b, 0, 2)
	}
	return append(b, a.AsSlice()...)
}
