//go:build !386

package sctp

import (
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// conn is one association. One goroutine reads and one writes, as a net.Conn
// allows; Close and the deadlines are anybody's.
type conn struct {
	socket
	local, remote addr
	locals        []net.IP
	events        Events
	paths         paths

	in  input
	out output

	// parted: CloseWrite was called.
	parted atomic.Bool
	// answered: something was written.
	answered atomic.Bool
	// broken: no graceful end is possible any more.
	broken atomic.Bool
}

func newConn(fd int, remote netip.AddrPort, events Events) (*conn, error) {
	association, packet, err := status(fd)
	if err != nil {
		return nil, err
	}
	locals, err := localAddrs(fd, association)
	if err != nil {
		return nil, err
	}
	if len(locals) == 0 || !remote.IsValid() {
		return nil, unix.ENOTCONN
	}
	c := &conn{events: events,
		local: addr(locals[0]), remote: addr(remote), locals: ips(locals),
	}
	if err := c.open(fd); err != nil {
		return nil, err
	}
	c.in.init(c)
	c.out.init(c, packet)
	return c, nil
}

// LocalAddr is the first of the association's own addresses.
func (c *conn) LocalAddr() net.Addr { return c.local }

// LocalAddrs are all of them. RFC 6733 5.3.2: each "MUST be advertised in the
// CER and CEA messages".
func (c *conn) LocalAddrs() []net.IP { return c.locals }

// RemoteAddr is the peer's primary address: the one it called from, which it
// has proved to hold by returning the cookie sent there (RFC 9260 5.1).
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// FailedPaths are the peer's addresses that can't be reached at present; anybody
// may ask, and may not change them.
func (c *conn) FailedPaths() []netip.Addr { return c.paths.list() }

func (c *conn) SetDeadline(t time.Time) error      { return c.translate(c.file.SetDeadline(t)) }
func (c *conn) SetReadDeadline(t time.Time) error  { return c.translate(c.file.SetReadDeadline(t)) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.translate(c.file.SetWriteDeadline(t)) }

// CloseWrite sends a SHUTDOWN once all that was written is acknowledged. The
// peer's input can be read until it has ended, too.
func (c *conn) CloseWrite() error {
	c.parted.Store(true)
	var err error
	if failed := c.raw.Control(func(fd uintptr) { err = unix.Shutdown(int(fd), unix.SHUT_WR) }); failed != nil {
		return c.translate(failed)
	}
	return os.NewSyscallError("shutdown", err)
}

// Close ends the association and wakes who reads or writes. It is graceful: the
// kernel delivers what was written and sends a SHUTDOWN, in the background. An
// association that broke is aborted, and so is one with unread input.
func (c *conn) Close() error {
	if c.broken.Load() {
		// RFC 6733 2.1: where the data can't be parsed, the connection
		// "MUST be closed using a RESET call (send a TCP RST bit) or an
		// SCTP ABORT message".
		c.raw.Control(func(fd uintptr) {
			unix.SetsockoptLinger(int(fd), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		})
	}
	return c.socket.Close()
}
