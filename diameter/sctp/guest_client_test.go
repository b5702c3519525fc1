//go:build sctpguest

package sctp_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	lib "github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"

	"paperweight/diameter/wire"
)

// The golden vectors of TS 29.272's S13: IMEI 26053179311383, SVN 01, IMSI
// 001010123456789 from mme.epc.example.org.
const (
	goldenIMEI = "26053179311383"
	goldenECR  = "010000fcc0000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c01000024000001154000000c00000001000001084000001b6d6d652e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f72670000000" +
		"11b400000176570632e6578616d706c652e6f72670000000579c0000038000028af0000057ac000001a000028af323630353331373933313133383300000000057bc000000e000028af30310000000000014000001730303130313031323334353637383900"
	goldenECA        = "010000b040000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c010000240000010c4000000c000007d1000001154000000c00000001000001084000001b6569722e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700000005a5c0000010000028af00000001"
	goldenUnknownECA = "010000b440000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c0100002400000129400000200000010a4000000c000028af0000012a4000000c0000152e000001154000000c00000001000001084000001b6569722e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ecr is the golden ECR with another Hop-by-Hop Identifier.
func ecr(t testing.TB, hop uint32) []byte {
	b := unhex(t, goldenECR)
	binary.BigEndian.PutUint32(b[12:], hop)
	return b
}

// client is the other end: a one-to-one socket of the kernel, of which read(2)
// takes one SCTP message and write(2) makes one. It shares nothing with the
// package but the kernel.
type client struct {
	t    testing.TB
	fd   int
	file *os.File
	buf  []byte
}

// option is a change of a client's socket before it connects.
type option func(t testing.TB, fd int)

// from binds to addresses, and to a port where it is not 0.
func from(port int, addrs ...string) option {
	return func(t testing.TB, fd int) {
		a := lib.SCTPAddr{Port: port}
		for _, s := range addrs {
			a.IPAddrs = append(a.IPAddrs, net.IPAddr{IP: net.ParseIP(s)})
		}
		set(t, fd, lib.SCTP_SOCKOPT_BINDX_ADD, a.ToRawSockAddrBuf())
	}
}

// patience bounds the RTO.
func patience(least, most time.Duration) option {
	return func(t testing.TB, fd int) {
		var b []byte
		for _, v := range []uint32{0, uint32(most.Milliseconds()), uint32(most.Milliseconds()), uint32(least.Milliseconds())} {
			b = binary.NativeEndian.AppendUint32(b, v)
		}
		set(t, fd, lib.SCTP_RTOINFO, b)
	}
}

// sending sets the stream that messages go out on.
func sending(stream uint16) option { return sendingAs(stream, 0, 46) }

// sendingAs sets all that messages go out with.
func sendingAs(stream, flags uint16, ppid uint32) option {
	return func(t testing.TB, fd int) {
		b := make([]byte, 32)
		binary.NativeEndian.PutUint16(b, stream)
		binary.NativeEndian.PutUint16(b[4:], flags)
		binary.BigEndian.PutUint32(b[8:], ppid)
		set(t, fd, lib.SCTP_DEFAULT_SENT_PARAM, b)
	}
}

func set(t testing.TB, fd, name int, value []byte) {
	t.Helper()
	if err := unix.SetsockoptString(fd, lib.SOL_SCTP, name, string(value)); err != nil {
		t.Fatalf("setsockopt %d: %v", name, err)
	}
}

// dial connects a client; its end is the test's.
func dial(t testing.TB, to netip.AddrPort, options ...option) *client {
	t.Helper()
	c, err := call(t, to, options...)
	if err != nil {
		t.Fatalf("connecting to %s: %v", to, err)
	}
	return c
}

// call is dial for those who expect that it fails.
func call(t testing.TB, to netip.AddrPort, options ...option) (*client, error) {
	t.Helper()
	family := unix.AF_INET
	var at unix.Sockaddr = &unix.SockaddrInet4{Addr: [4]byte(to.Addr().AsSlice()), Port: int(to.Port())}
	if to.Addr().Is6() {
		family, at = unix.AF_INET6, &unix.SockaddrInet6{Addr: to.Addr().As16(), Port: int(to.Port())}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_SCTP)
	if err != nil {
		t.Fatal(err)
	}
	set(t, fd, lib.SCTP_NODELAY, binary.NativeEndian.AppendUint32(nil, 1))
	sending(0)(t, fd)
	for _, o := range options {
		o(t, fd)
	}
	// A signal of the runtime's may cut the call short, and the next one finds
	// the association on its way, or there.
	err = unix.Connect(fd, at)
	for errors.Is(err, unix.EINTR) || errors.Is(err, unix.EALREADY) {
		time.Sleep(time.Millisecond)
		err = unix.Connect(fd, at)
	}
	if errors.Is(err, unix.EISCONN) {
		err = nil
	}
	if err := errors.Join(err, unix.SetNonblock(fd, true)); err != nil {
		unix.Close(fd)
		return nil, err
	}
	c := &client{t: t, fd: fd, file: os.NewFile(uintptr(fd), "client"), buf: make([]byte, 8<<10)}
	t.Cleanup(func() { c.file.Close() })
	return c, nil
}

// dial is dial from there.
func (e *elsewhere) dial(t testing.TB, to netip.AddrPort, options ...option) *client {
	t.Helper()
	c, err := e.call(t, to, options...)
	if err != nil {
		t.Fatalf("connecting to %s: %v", to, err)
	}
	return c
}

func (e *elsewhere) call(t testing.TB, to netip.AddrPort, options ...option) (c *client, err error) {
	e.do(func() { c, err = call(t, to, options...) })
	return c, err
}

// send sends each message as an SCTP message.
func (c *client) send(messages ...[]byte) {
	c.t.Helper()
	for _, m := range messages {
		if _, err := c.file.Write(m); err != nil {
			c.t.Fatal(err)
		}
	}
}

// read returns the next SCTP message, until it is called again, or why there is
// none.
func (c *client) read() ([]byte, error) {
	c.file.SetReadDeadline(time.Now().Add(hang))
	n, err := c.file.Read(c.buf)
	return c.buf[:n], err
}

// hang is how long nothing may happen in a test that then fails.
const hang = 30 * time.Second

// answer returns the next message, which must be an answer to command; but a
// peer that came back is asked three times for a sign of life (RFC 3539 3.4.1
// [5]), and those DWRs are passed over.
func (c *client) answer(command uint32) []byte {
	c.t.Helper()
	b, err := c.read()
	if err != nil {
		c.t.Fatalf("instead of an answer to %d: %v", command, err)
	}
	h, ok := wire.ParseHeader(b)
	if ok && h.Request() && h.Command == wire.DeviceWatchdog {
		return c.answer(command)
	}
	if !ok || int(h.Length) != len(b) || h.Command != command || h.Request() {
		c.t.Fatalf("instead of an answer to %d: %x", command, b)
	}
	return b
}

// exchange is CER and CEA.
func (c *client) exchange(host string) []byte {
	c.t.Helper()
	c.send(base(wire.CapabilitiesExchange, 1, host, func(b []byte) []byte {
		b = wire.AppendAVP(b, wire.HostIPAddress, 0, wire.FlagMandatory, []byte{0, 1, 127, 0, 0, 1})
		b = wire.AppendUint32(b, wire.VendorID, 0, wire.FlagMandatory, 0)
		b = wire.AppendAVP(b, wire.ProductName, 0, 0, "guest")
		return wire.AppendUint32(b, wire.AuthApplicationID, 0, wire.FlagMandatory, wire.AppS13)
	}))
	cea := c.answer(wire.CapabilitiesExchange)
	if code := resultCode(cea); code != wire.DiameterSuccess {
		c.t.Fatalf("CEA: %d", code)
	}
	return cea
}

// ended wants the end of the association and returns what the kernel says: nil
// for a SHUTDOWN, ECONNRESET for an ABORT.
func (c *client) ended() error {
	c.t.Helper()
	b, err := c.read()
	if len(b) > 0 {
		c.t.Fatalf("still there: %x", b)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatal("still there")
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// abort ends the association with an ABORT.
func (c *client) abort() {
	unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	c.file.Close()
}

// base is a request of the base protocol.
func base(command, hop uint32, host string, more func([]byte) []byte) []byte {
	b := wire.AppendHeader(nil, &wire.Header{Version: 1, Flags: wire.FlagRequest, Command: command, HopByHop: hop, EndToEnd: hop})
	b = wire.AppendAVP(b, wire.OriginHost, 0, wire.FlagMandatory, host)
	b = wire.AppendAVP(b, wire.OriginRealm, 0, wire.FlagMandatory, "epc.example.org")
	if more != nil {
		b = more(b)
	}
	wire.FinishMessage(b, 0)
	return b
}

func disconnect(host string) []byte {
	return base(wire.DisconnectPeer, 9, host, func(b []byte) []byte {
		return wire.AppendUint32(b, wire.DisconnectCause, 0, wire.FlagMandatory, wire.Rebooting)
	})
}

func resultCode(msg []byte) uint32 {
	var a wire.AVP
	for c := wire.AVPs(msg); c.Next(&a); {
		if a.Code == wire.ResultCode {
			v, _ := a.Uint32()
			return v
		}
	}
	return 0
}

// hostAddresses are the Host-IP-Address of a message.
func hostAddresses(msg []byte) (list []string) {
	var a wire.AVP
	for c := wire.AVPs(msg); c.Next(&a); {
		if a.Code == wire.HostIPAddress {
			list = append(list, net.IP(a.Data[2:]).String())
		}
	}
	return list
}

// sameButHop compares without the Hop-by-Hop Identifier.
func sameButHop(a, b []byte) bool {
	return len(a) == len(b) && bytes.Equal(a[:12], b[:12]) && bytes.Equal(a[16:], b[16:])
}
