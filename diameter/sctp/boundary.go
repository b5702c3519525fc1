package sctp

import (
	"errors"

	"paperweight/diameter/wire"
)

// ErrTorn says that an SCTP message ended inside a Diameter message, so what follows
// can't be placed: SCTP messages may overtake one another.
var ErrTorn = errors.New("sctp: an SCTP message ended inside a Diameter message; RFC 6733 2.1.1 has each in one")

// boundary follows the messages through what is read, however it comes in
// pieces. A message that the reader's buffer can't hold arrives in several; it
// is whole where the kernel says so (MSG_EOR) and its own length agrees. The
// zero value is before the first message.
//
// Several Diameter messages in one SCTP message are let pass: RFC 6733 asks a
// sender for one, and their lengths tell them apart.
type boundary struct {
	left int     // octets of the message that are yet to come; -1 past a broken header
	n    int     // octets of head
	head [4]byte // of a header that is not whole
}

// add takes the next octets, and whether an SCTP message ends with them.
func (b *boundary) add(p []byte, end bool) error {
	for len(p) > 0 && b.left >= 0 {
		if b.left > 0 {
			n := min(b.left, len(p))
			b.left -= n
			p = p[n:]
			continue
		}
		n := copy(b.head[b.n:], p)
		b.n += n
		p = p[n:]
		if b.n < len(b.head) {
			continue
		}
		b.n = 0
		b.left = int(b.head[1])<<16 | int(b.head[2])<<8 | int(b.head[3]) - len(b.head)
		// The server refuses such a header (RFC 6733 7.1.5) and reads no more.
		if b.left < wire.HeaderLen-len(b.head) {
			b.left = -1
		}
	}
	if end && (b.left > 0 || b.n > 0) {
		return ErrTorn
	}
	return nil
}
