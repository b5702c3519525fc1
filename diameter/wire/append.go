package wire

import "encoding/binary"

// AppendAVP appends one AVP with its padding. flags holds FlagMandatory or
// nothing; the V bit follows from vendor, since RFC 6733 4.1.1 forbids a
// Vendor-Id of 0.
func AppendAVP[T []byte | string](b []byte, code, vendor uint32, flags uint8, data T) []byte {
	b = appendAVPHeader(b, code, vendor, flags, len(data))
	b = append(b, data...)
	return appendPadding(b, len(data))
}

// AppendUint32 appends an AVP of type Unsigned32 or Enumerated.
func AppendUint32(b []byte, code, vendor uint32, flags uint8, v uint32) []byte {
	return binary.BigEndian.AppendUint32(appendAVPHeader(b, code, vendor, flags, 4), v)
}

// AppendUint64 appends an AVP of type Unsigned64.
func AppendUint64(b []byte, code, vendor uint32, flags uint8, v uint64) []byte {
	return binary.BigEndian.AppendUint64(appendAVPHeader(b, code, vendor, flags, 8), v)
}

// AppendZeros appends an AVP whose n octets of value are zero, as Failed-AVP
// shows one that is missing (RFC 6733 7.5).
func AppendZeros(b []byte, code, vendor uint32, flags uint8, n int) []byte {
	b = appendAVPHeader(b, code, vendor, flags, n)
	for range Padded(n) {
		b = append(b, 0)
	}
	return b
}

// AppendRaw appends a whole AVP as it was received (AVP.Raw), with padding of
// zeros whatever its own was.
func AppendRaw(b, raw []byte) []byte { return appendPadding(append(b, raw...), len(raw)) }

// BeginGroup appends the header of a grouped AVP. What is appended next is
// inside it, until EndGroup is called with the offset that came back.
func BeginGroup(b []byte, code, vendor uint32, flags uint8) (_ []byte, start int) {
	start = len(b)
	return appendAVPHeader(b, code, vendor, flags, 0), start
}

// EndGroup sets the length of the grouped AVP that begins at start and ends
// where b ends.
func EndGroup(b []byte, start int) { put24(b[start+5:], len(b)-start) }

func appendAVPHeader(b []byte, code, vendor uint32, flags uint8, length int) []byte {
	length += AVPHeaderLen
	if vendor != 0 {
		flags |= FlagVendor
		length += VendorAVPHeaderLen - AVPHeaderLen
	}
	b = binary.BigEndian.AppendUint32(b, code)
	b = binary.BigEndian.AppendUint32(b, uint32(flags)<<24|uint32(length))
	if vendor != 0 {
		b = binary.BigEndian.AppendUint32(b, vendor)
	}
	return b
}

// RFC 6733 4: "A number of zero-valued bytes are added to the end of the AVP
// Data field until a word boundary is reached."
func appendPadding(b []byte, n int) []byte { return append(b, "\x00\x00\x00"[:Padded(n)-n]...) }
