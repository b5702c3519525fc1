package sctp

import (
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/ishidawataru/sctp"
)

// addr is an endpoint's primary address: IP:PORT, as TCP prints it.
type addr netip.AddrPort

func (addr) Network() string  { return "sctp" }
func (a addr) String() string { return netip.AddrPort(a).String() }

// appendSockaddrs writes addresses as the kernel takes them, one behind another.
func appendSockaddrs(addrs []netip.AddrPort) []byte {
	a := sctp.SCTPAddr{Port: int(addrs[0].Port())}
	for _, one := range addrs {
		a.IPAddrs = append(a.IPAddrs, net.IPAddr{IP: one.Addr().AsSlice(), Zone: one.Addr().Zone()})
	}
	return a.ToRawSockAddrBuf()
}

// Address families, and the sizes of their sockaddr.
const (
	inet, inetLen   = 2, 16
	inet6, inet6Len = 10, 28
)

// parseSockaddr reads one of the kernel's addresses and returns what follows.
// An IPv4 address is one on a socket for both families, too. The result is not
// valid where b holds none.
func parseSockaddr(b []byte) (netip.AddrPort, []byte) {
	if len(b) < inetLen {
		return netip.AddrPort{}, nil
	}
	port := binary.BigEndian.Uint16(b[2:])
	switch family := binary.NativeEndian.Uint16(b); {
	case family == inet:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), port), b[inetLen:]
	case family == inet6 && len(b) >= inet6Len:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])).Unmap(), port), b[inet6Len:]
	}
	return netip.AddrPort{}, nil
}

// parseSockaddrs reads n addresses.
func parseSockaddrs(b []byte, n int) []netip.AddrPort {
	var addrs []netip.AddrPort
	for range n {
		var a netip.AddrPort
		if a, b = parseSockaddr(b); !a.IsValid() {
			break
		}
		addrs = append(addrs, a)
	}
	return addrs
}
