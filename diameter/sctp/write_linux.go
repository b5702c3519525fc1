//go:build !386

package sctp

import (
	"errors"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"paperweight/diameter/wire"
)

// vectorLen is how many messages one system call takes.
const vectorLen = 32

// jumbo is the longest packet that messages are put together for. What the
// kernel holds back until a packet is full must be much less than the send
// buffer takes: else there is room for no message that would release it, and
// nothing to be acknowledged that would make some. 9000 octets of answers
// occupy about 60 KiB of 256 (sendBuffer); the 64 KiB of loopback would occupy
// all.
const jumbo = 16 << 10

// mmsghdr is struct mmsghdr of sendmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

// output is the writing half of a conn. The writer's goroutine owns it.
type output struct {
	*conn
	transmit func(fd uintptr) bool // transmitAll, made once
	together int                   // MSG_MORE, or nothing where packets are too long for it

	vector [vectorLen]mmsghdr
	iov    [vectorLen]unix.Iovec
	filled int           // of vector
	sent   int           // of filled
	errno  syscall.Errno // what ended it
}

func (out *output) init(c *conn, packet int) {
	out.conn = c
	if packet <= jumbo {
		out.together = unix.MSG_MORE
	}
	out.transmit = out.transmitAll
	for i := range out.vector {
		out.vector[i].hdr.Iov = &out.iov[i]
		out.vector[i].hdr.SetIovlen(1)
	}
}

// ErrUnanswered says that the peer sent a SHUTDOWN before it had its answers.
// There is no half-closed association (RFC 9260 1.5.1): from then on it takes
// nothing new.
var ErrUnanswered = errors.New("sctp: the peer ended the association before it was answered")

// errNotWhole is a mistake of the caller.
var errNotWhole = errors.New("sctp: what is written must be whole Diameter messages")

// Write sends whole Diameter messages, as WriteMessages does.
func (c *conn) Write(b []byte) (int, error) {
	if err := c.WriteMessages(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// WriteMessages sends each Diameter message of the batch as an SCTP message of
// its own (RFC 6733 2.1.1), a few system calls for all of them, and as many in
// a packet as fit. It waits where the peer does not read, until the write
// deadline. After an error, ErrUnanswered apart, Close aborts the association:
// some of the batch may have been sent.
func (c *conn) WriteMessages(batch []byte) error {
	out := &c.out
	for len(batch) > 0 {
		out.filled = 0
		for len(batch) > 0 && out.filled < vectorLen {
			n, err := wire.Frame(batch, wire.MaxMessage)
			if n == 0 {
				c.broken.Store(true)
				return errors.Join(errNotWhole, err)
			}
			out.iov[out.filled].Base = &batch[0]
			out.iov[out.filled].SetLen(n)
			out.filled++
			batch = batch[n:]
		}
		out.sent, out.errno = 0, 0
		err := c.raw.Write(out.transmit)
		for i := range out.filled {
			out.iov[i].Base = nil
		}
		switch {
		case err == nil && (out.errno == unix.EPIPE || out.errno == unix.ESHUTDOWN):
			return ErrUnanswered // and what was written before is still on its way
		case err == nil && out.errno != 0:
			err = os.NewSyscallError("sendmmsg", out.errno)
		}
		if err != nil {
			c.broken.Store(true)
			return c.translate(err)
		}
	}
	c.answered.Store(true)
	return nil
}

// transmitAll sends what the vector holds. It returns whether it is done.
//
// All but the last have MSG_MORE: with NODELAY the kernel makes a packet of
// each message at once, and so it fills the packet first.
func (out *output) transmitAll(fd uintptr) bool {
	for out.sent < out.filled {
		n, flags := 1, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL
		if left := out.filled - out.sent; left > 1 {
			n, flags = left-1, flags|out.together
		}
		sent, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&out.vector[out.sent])),
			uintptr(n), uintptr(flags), 0, 0)
		switch errno {
		case 0:
			out.sent += int(sent)
		case unix.EINTR:
		case unix.EAGAIN:
			return false
		default:
			out.errno = errno
			return true
		}
	}
	return true
}
