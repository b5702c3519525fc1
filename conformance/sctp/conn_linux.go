package sctp

import (
	"errors"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// conn is an association. Reading it takes the next SCTP message, or as much of
// it as there is room for, and then the rest: Diameter's own lengths tell where
// one ends.
type conn struct {
	*os.File
	local, remote net.Addr
}

// LocalAddr and RemoteAddr are those of the primary path, as addresses of TCP:
// IP and port.
func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// Write sends each Diameter message in b as an SCTP message. What is none, from
// where the lengths lead nowhere, goes out in one: subjects are sent that, too.
func (c *conn) Write(b []byte) (int, error) {
	for sent := 0; sent < len(b); {
		parcel := b[sent : sent+c.Parcel(b[sent:])]
		n, err := c.File.Write(parcel)
		// The kernel takes no message longer than its buffer for sending, and
		// root alone may have one that is long enough for some attacks.
		if errors.Is(err, unix.EMSGSIZE) && c.force(2*len(parcel)) == nil {
			n, err = c.File.Write(parcel)
		}
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return len(b), nil
}

// Parcel is how long the first SCTP message of b is to be, for those who write
// to the socket themselves.
func (*conn) Parcel(b []byte) int {
	const header = 20
	if len(b) < header {
		return len(b)
	}
	n := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
	if n < header || n > len(b) {
		return len(b)
	}
	return n
}

// CloseWrite sends a SHUTDOWN once what was written is acknowledged.
func (c *conn) CloseWrite() error {
	return c.control(func(fd int) error { return unix.Shutdown(fd, unix.SHUT_WR) })
}

// SetLinger with 0 has Close send an ABORT.
func (c *conn) SetLinger(seconds int) error {
	return c.control(func(fd int) error {
		return unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: int32(seconds)})
	})
}

func (c *conn) force(buffer int) error {
	return c.control(func(fd int) error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, buffer) })
}

func (c *conn) control(do func(fd int) error) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil {
		return err
	}
	return failed
}
