package wire

import "encoding/binary"

// Version is the only version of Diameter (RFC 6733 3).
const Version = 1

// HeaderLen is the length of a message header in octets.
const HeaderLen = 20

// Command flags (RFC 6733 3). The low four bits are reserved: "they MUST be
// set to zero and ignored by the receiver".
const (
	FlagRequest       uint8 = 0x80
	FlagProxiable     uint8 = 0x40
	FlagError         uint8 = 0x20
	FlagRetransmitted uint8 = 0x10
)

// Header is the header of a message (RFC 6733 3).
type Header struct {
	Version uint8
	// Length counts header and AVPs with their padding: 24 bits.
	Length uint32
	Flags  uint8
	// Command has 24 bits.
	Command  uint32
	App      uint32
	HopByHop uint32
	EndToEnd uint32
}

// Request reports whether the R bit is set.
func (h *Header) Request() bool { return h.Flags&FlagRequest != 0 }

// ParseHeader reads the first HeaderLen octets of b. It judges nothing: that
// is for Frame. It reports false where b is shorter.
func ParseHeader(b []byte) (Header, bool) {
	if len(b) < HeaderLen {
		return Header{}, false
	}
	first, second := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	return Header{
		Version:  uint8(first >> 24),
		Length:   first & max24,
		Flags:    uint8(second >> 24),
		Command:  second & max24,
		App:      binary.BigEndian.Uint32(b[8:]),
		HopByHop: binary.BigEndian.Uint32(b[12:]),
		EndToEnd: binary.BigEndian.Uint32(b[16:]),
	}, true
}

// AppendHeader appends h. Where the length is not known yet, FinishMessage
// sets it later.
func AppendHeader(b []byte, h *Header) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(h.Version)<<24|h.Length&max24)
	b = binary.BigEndian.AppendUint32(b, uint32(h.Flags)<<24|h.Command&max24)
	b = binary.BigEndian.AppendUint32(b, h.App)
	b = binary.BigEndian.AppendUint32(b, h.HopByHop)
	return binary.BigEndian.AppendUint32(b, h.EndToEnd)
}

// FinishMessage sets the length of the message that begins at start and ends
// where b ends.
func FinishMessage(b []byte, start int) { put24(b[start+1:], len(b)-start) }

const max24 = 1<<24 - 1

func put24(b []byte, n int) { b[0], b[1], b[2] = byte(n>>16), byte(n>>8), byte(n) }
