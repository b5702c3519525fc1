//go:build !386

package sctp

import (
	"errors"
	"io"
	"syscall"
	"unsafe"

	"github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"
)

// input is the reading half of a conn. The reader's goroutine owns it.
type input struct {
	*conn
	receive func(fd uintptr) bool // receiveAll, made once

	p   []byte // Read's, while it runs
	n   int    // octets of it that are filled
	end error  // what Read returns from now on, once nothing is left

	hdr unix.Msghdr
	iov unix.Iovec

	boundary  boundary
	unordered bool // is how answers go out
	note      [noteLen]byte
	noted     int
	cause     uint16 // of the loss that the socket is about to report
}

func (in *input) init(c *conn) {
	in.conn = c
	in.receive = in.receiveAll
	in.hdr.Iov = &in.iov
	in.hdr.SetIovlen(1)
}

// Read waits for a message and fills p with as many as the kernel has. What p
// can't hold comes next. The end of the association is io.EOF, an *AbortError,
// ErrTorn, ErrRestarted or ErrPartial, after all that came before it.
func (c *conn) Read(p []byte) (int, error) {
	in := &c.in
	if in.end != nil || len(p) == 0 {
		return 0, in.end
	}
	in.p, in.n = p, 0
	err := c.raw.Read(in.receive)
	in.p, in.iov.Base = nil, nil
	switch {
	case in.n > 0:
		return in.n, nil
	case err != nil:
		return 0, c.translate(err)
	}
	return 0, in.end
}

// receiveAll reads until p is full or the kernel has no more. It returns
// whether Read is done.
func (in *input) receiveAll(fd uintptr) bool {
	for in.n < len(in.p) {
		in.iov.Base = &in.p[in.n]
		in.iov.SetLen(len(in.p) - in.n)
		n, _, errno := unix.Syscall(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&in.hdr)), unix.MSG_DONTWAIT)
		switch {
		case errno == unix.EINTR:
		case errno == unix.EAGAIN:
			return in.n > 0
		case errno != 0:
			in.fail(in.lost(errno))
		case in.hdr.Flags&sctp.MSG_NOTIFICATION != 0:
			in.notify(in.p[in.n:in.n+int(n)], in.hdr.Flags&unix.MSG_EOR != 0)
		case n == 0:
			in.end = io.EOF // an SCTP message is never empty (RFC 9260 3.3.1)
		default:
			in.take(fd, in.p[in.n:in.n+int(n)], in.hdr.Flags&unix.MSG_EOR != 0)
			in.n += int(n)
		}
		if in.end != nil {
			return true
		}
	}
	return true
}

// take notes what was read.
func (in *input) take(fd uintptr, p []byte, end bool) {
	// What arrives while the rest of it is thrown away need not be whole.
	if err := in.boundary.add(p, end); err != nil && !in.parted.Load() {
		in.fail(err)
	}
	if !end || in.unordered || !in.answered.Load() {
		return
	}
	// RFC 6733 2.1.1: "the receiver side SHOULD NOT use out-of-order delivery
	// methods until the first message has been received from the initiator,
	// proving that it has moved to I-Open state". What came before the CEA went
	// out, as the CER and whatever its sender did not wait with, proves nothing.
	// From then on, "send every Diameter message [...] over stream zero with
	// the unordered flag set": a lost packet delays its own answers alone.
	in.unordered = true
	if err := setOptions(int(fd), option{"SCTP_DEFAULT_SENT_PARAM", sctp.SCTP_DEFAULT_SENT_PARAM, sentParam(sctp.SCTP_UNORDERED)}); err != nil {
		in.fail(err)
	}
}

// notify collects a notification, which may come in pieces, and heeds it.
func (in *input) notify(p []byte, end bool) {
	in.noted += copy(in.note[in.noted:], p)
	if !end {
		return
	}
	n := parseNote(in.note[:in.noted])
	in.noted = 0
	if n.path.Address.IsValid() {
		in.paths.note(n.path)
		if in.events.Path != nil {
			in.events.Path(n.path.remote(in.remote))
		}
	}
	if n.over {
		// Where CloseWrite began the end, the kernel says it in no other way.
		in.end = io.EOF
	}
	if n.lost {
		in.cause = n.cause
	}
	if n.failure != nil {
		in.fail(n.failure)
	}
}

// fail is an end without grace.
func (in *input) fail(err error) {
	in.end = err
	in.broken.Store(true)
}

func (in *input) lost(errno syscall.Errno) error {
	if errors.Is(errno, unix.ECONNRESET) || errors.Is(errno, unix.ETIMEDOUT) || errors.Is(errno, unix.EHOSTUNREACH) {
		return &AbortError{Cause: in.cause, Err: errno}
	}
	return errno
}
