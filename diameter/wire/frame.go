package wire

import "encoding/binary"

// MaxMessage is the highest cap on a message that Frame accepts, in octets.
// An answer repeats at most Session-Id, the offending AVP and Proxy-Info of a
// request, so it stays below the 16 MiB that a length field can say.
const MaxMessage = 4 << 20

// Frame finds the message that b begins with: its first n octets. It waits for
// a whole header before it judges one, since an answer needs its identifiers.
//
// n is 0 and err nil where more octets are needed. An err is a *Fault, after
// which the next message can't be found: another version may keep its length
// elsewhere, and a length that can't be has no end. So the connection ends with
// the answer (RFC 6733 7.1.5, DIAMETER_UNSUPPORTED_VERSION and
// DIAMETER_INVALID_MESSAGE_LENGTH). limit is the longest message to accept, at
// most MaxMessage.
func Frame(b []byte, limit int) (n int, err error) {
	if len(b) < HeaderLen {
		return 0, nil
	}
	first := binary.BigEndian.Uint32(b)
	version, length := first>>24, int(first&max24)
	switch {
	case version != Version:
		return 0, &Fault{Kind: UnsupportedVersion, Length: length}
	// RFC 6733 3: "the Message Length field is always a multiple of 4".
	case length < HeaderLen || length%4 != 0 || length > min(limit, MaxMessage):
		return 0, &Fault{Kind: InvalidMessageLength, Length: length}
	case len(b) < length:
		return 0, nil
	}
	return length, nil
}
