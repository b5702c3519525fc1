package diameter

import (
	"net"
	"net/netip"
)

// MessageWriter is a net.Conn of a transport that keeps messages apart, as SCTP
// does: RFC 6733 2.1 has each Diameter message in one SCTP message. Where a
// connection implements it, its Write is not used.
//
// Reading needs no such thing: Read may return a part of a message, one, or
// several, since Diameter says its own lengths.
type MessageWriter interface {
	// WriteMessages sends a batch: one or more whole Diameter messages, one
	// behind another, each as long as its header says. It obeys the write
	// deadline, keeps nothing of batch, and after an error the connection is
	// closed. Only one goroutine calls it.
	WriteMessages(batch []byte) error
}

// MultiHomed is a net.Conn with more than one local address. Where a connection
// implements it, the CEA lists these in place of LocalAddr's (RFC 6733 5.3.2:
// for SCTP "a Host-IP-Address AVP MUST be present for each potential IP address
// that MAY be locally used").
//
// RemoteAddr and LocalAddr of such a connection are IP:PORT of its primary path:
// a peer's Addresses are held against that.
type MultiHomed interface {
	LocalAddrs() []net.IP
}

// MultiPath is a net.Conn that may lead to its peer by several paths. Where a
// connection implements it, PeerState shows those that failed.
type MultiPath interface {
	// FailedPaths are the peer's addresses that can't be reached at present. Any
	// goroutine may call it; it does not block, and what it returns does not change.
	FailedPaths() []netip.Addr
}

// write sends the output, which holds whole messages, as the transport wants
// it, and returns how much of it was taken.
func (c *conn) write(b []byte) (int, error) {
	if c.messages == nil {
		return c.nc.Write(b)
	}
	if err := c.messages.WriteMessages(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// below returns the transport under TLS: closing that is heard at once, whatever
// TLS still has to say.
func below(nc net.Conn) net.Conn {
	if s, ok := nc.(*secure); ok {
		return s.below.Conn
	}
	return nc
}

// localAddrs are the connection's own addresses.
func localAddrs(nc net.Conn) []netip.Addr {
	if m, ok := nc.(MultiHomed); ok {
		var addrs []netip.Addr
		for _, ip := range m.LocalAddrs() {
			if a, ok := netip.AddrFromSlice(ip); ok {
				addrs = append(addrs, a.Unmap())
			}
		}
		return addrs
	}
	if own := addrPort(nc.LocalAddr()).Addr(); own.IsValid() {
		return []netip.Addr{own}
	}
	return nil
}
