//go:build !386

package sctp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"unsafe"

	"github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"
)

// Listener is an SCTP endpoint that takes associations. It is a net.Listener,
// and its methods may be called by many goroutines.
type Listener struct {
	socket
	addrs  []netip.AddrPort
	events Events
}

// Listen opens the endpoint. Where the kernel has no SCTP its error is
// ErrUnsupported; otherwise it holds what the system said, as EADDRINUSE.
func Listen(c Config) (*Listener, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	family := unix.AF_INET
	if slices.ContainsFunc(c.Addresses, func(a netip.AddrPort) bool { return !a.Addr().Unmap().Is4() }) {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_SCTP)
	switch {
	case errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.ESOCKTNOSUPPORT):
		return nil, ErrUnsupported
	case err != nil:
		return nil, os.NewSyscallError("socket", err)
	}
	l, err := listen(fd, family, c)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("sctp: listening on %v: %w", c.Addresses, err)
	}
	return l, nil
}

func listen(fd, family int, c Config) (*Listener, error) {
	if family == unix.AF_INET6 {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0); err != nil {
			return nil, os.NewSyscallError("setsockopt IPV6_V6ONLY", err)
		}
	}
	// As net.Listen does: a restart need not wait for associations that end.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return nil, os.NewSyscallError("setsockopt SO_REUSEADDR", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer); err != nil {
		return nil, os.NewSyscallError("setsockopt SO_RCVBUF", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer); err != nil {
		return nil, os.NewSyscallError("setsockopt SO_SNDBUF", err)
	}
	if err := setOptions(fd, endpointOptions(&c)...); err != nil {
		return nil, err
	}
	for _, a := range c.Addresses { // one by one, to say which can't be had
		if err := setOptions(fd, option{"SCTP_SOCKOPT_BINDX_ADD", sctp.SCTP_SOCKOPT_BINDX_ADD, appendSockaddrs([]netip.AddrPort{a})}); err != nil {
			return nil, fmt.Errorf("%s: %w", a, err)
		}
	}
	if err := unix.Listen(fd, unix.SOMAXCONN); err != nil {
		return nil, os.NewSyscallError("listen", err)
	}
	addrs, err := localAddrs(fd, 0)
	if err != nil {
		return nil, err
	}
	if len(addrs) == 0 { // bound to every address, it lists none on some kernels
		addrs = c.Addresses
	}
	l := &Listener{addrs: addrs, events: c.Events}
	return l, l.open(fd)
}

// Addr is the first of the endpoint's addresses.
func (l *Listener) Addr() net.Addr { return addr(l.addrs[0]) }

// Addrs are all of the endpoint's addresses; they have one port.
func (l *Listener) Addrs() []netip.AddrPort { return slices.Clone(l.addrs) }

// Close stops accepting and wakes Accept. Associations stay.
func (l *Listener) Close() error { return l.socket.Close() }

// Accept returns the next association as a net.Conn that implements
// diameter.MessageWriter and diameter.MultiHomed.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		fd, remote, err := l.acceptOne()
		if err != nil {
			return nil, err
		}
		// An association that is gone already has no addresses. It is the
		// peer's affair, so the next one is waited for.
		if c, err := newConn(fd, remote, l.events); err == nil {
			return c, nil
		}
		unix.Close(fd)
	}
}

func (l *Listener) acceptOne() (fd int, remote netip.AddrPort, err error) {
	var sockaddr [inet6Len]byte
	var errno syscall.Errno
	waitErr := l.raw.Read(func(listener uintptr) bool {
		for {
			size := uint32(len(sockaddr))
			var r uintptr
			r, _, errno = unix.Syscall6(unix.SYS_ACCEPT4, listener, uintptr(unsafe.Pointer(&sockaddr[0])),
				uintptr(unsafe.Pointer(&size)), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
			switch errno {
			case unix.EINTR, unix.ECONNABORTED:
				continue
			case unix.EAGAIN:
				return false
			}
			fd = int(r)
			return true
		}
	})
	switch {
	case waitErr != nil:
		return 0, remote, l.translate(waitErr)
	case errno != 0:
		return 0, remote, os.NewSyscallError("accept4", errno)
	}
	remote, _ = parseSockaddr(sockaddr[:])
	return fd, remote, nil
}
