package sctp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	lib "github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"
)

// ppid is the payload protocol identifier of Diameter in clear (RFC 6733 2.1.1).
const ppid = 46

// Dial sets up an association with address, HOST:PORT. A multi-homed subject
// tells its other addresses by itself. What the system says is in the error.
func Dial(ctx context.Context, address string) (net.Conn, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%s: %q is no port number", address, service)
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var failed error
	for _, ip := range ips {
		c, err := dial(ctx, netip.AddrPortFrom(ip.Unmap(), uint16(port)))
		if err == nil {
			return c, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

func dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	family := unix.AF_INET
	var peer unix.Sockaddr
	if to.Addr().Is4() {
		peer = &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())}
	} else {
		family, peer = unix.AF_INET6, &unix.SockaddrInet6{Addr: to.Addr().As16(), Port: int(to.Port())}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_SCTP)
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.ESOCKTNOSUPPORT) {
		return nil, errors.New("this kernel has no SCTP (EPROTONOSUPPORT): load its module, `modprobe sctp`")
	}
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	c := &conn{File: os.NewFile(uintptr(fd), "sctp"), remote: net.TCPAddrFromAddrPort(to)}
	if err := errors.Join(setUp(fd), c.connect(ctx, peer)); err != nil {
		return nil, errors.Join(fmt.Errorf("dial sctp %s: %w", to, err), c.Close())
	}
	if at, err := unix.Getsockname(fd); err == nil {
		c.local = address(at)
	}
	return c, nil
}

// setUp has every message sent at once, and say that it is Diameter.
func setUp(fd int) error {
	if err := unix.SetsockoptInt(fd, lib.SOL_SCTP, lib.SCTP_NODELAY, 1); err != nil {
		return os.NewSyscallError("setsockopt SCTP_NODELAY", err)
	}
	// struct sctp_sndrcvinfo: the stream first, the identifier at 8.
	b := make([]byte, 32)
	binary.BigEndian.PutUint32(b[8:], ppid)
	return os.NewSyscallError("setsockopt SCTP_DEFAULT_SENT_PARAM",
		unix.SetsockoptString(fd, lib.SOL_SCTP, lib.SCTP_DEFAULT_SENT_PARAM, string(b)))
}

// connect waits for the association, no longer than ctx lives.
func (c *conn) connect(ctx context.Context, peer unix.Sockaddr) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	release := context.AfterFunc(ctx, func() { c.SetWriteDeadline(time.Unix(1, 0)) })
	defer release()
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		// A call that failed has left its error; asked again, it would begin anew.
		code, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && code == 0 {
			err = unix.Connect(int(fd), peer)
		} else if err == nil {
			err = unix.Errno(code)
		}
		switch {
		case errors.Is(err, unix.EINPROGRESS), errors.Is(err, unix.EALREADY), errors.Is(err, unix.EINTR):
			return false
		case !errors.Is(err, unix.EISCONN):
			failed = os.NewSyscallError("connect", err)
		}
		return true
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(err, failed)
}

func address(a unix.Sockaddr) net.Addr {
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return &net.TCPAddr{IP: a.Addr[:], Port: a.Port}
	case *unix.SockaddrInet6:
		return &net.TCPAddr{IP: a.Addr[:], Port: a.Port}
	}
	return nil
}
