package judge

import (
	"fmt"
	"net"
	"net/netip"

	"paperweight/conformance/octets"
)

// The two AVPs by which the subject is known.
const (
	originHost  = octets.OriginHost
	originRealm = octets.OriginRealm
)

// Request returns a request of our own with new identifiers and nothing in it.
func (c *Conn) Request(command, app uint32) octets.Message {
	c.hop++
	return octets.Message{Flags: octets.Request, Command: command, App: app, HopByHop: c.hop, EndToEnd: ^c.hop}
}

// Origin returns the AVPs that say who we are.
func (c *Conn) Origin() []octets.AVP {
	return []octets.AVP{octets.Text(originHost, c.Host), octets.Text(originRealm, c.t.Subject.Peers.Realm)}
}

// CER returns a plain CER that offers S13 (RFC 6733 5.3.1).
func (c *Conn) CER() octets.Message {
	return c.Request(octets.CapabilitiesExchange, octets.AppBase).
		With(c.Origin()...).
		With(octets.AVP{Code: octets.HostIPAddress, Flags: octets.M, Data: c.address()},
			octets.Number(octets.VendorID, octets.Vendor3GPP),
			octets.Text(octets.ProductName, "conformance suite").Optional(),
			octets.Number(octets.SupportedVendorID, octets.Vendor3GPP),
			octets.S13Application())
}

// address is our own in the Address format (RFC 6733 4.3.1).
func (c *Conn) address() []byte {
	local := netip.MustParseAddr("127.0.0.1")
	if host, _, err := net.SplitHostPort(c.nc.LocalAddr().String()); err == nil {
		if a, err := netip.ParseAddr(host); err == nil {
			local = a.Unmap().WithZone("")
		}
	}
	return Address(local)
}

// Address returns an address in the Address format (RFC 6733 4.3.1).
func Address(a netip.Addr) []byte {
	family := byte(1)
	if a.Is6() {
		family = 2
	}
	return append([]byte{0, family}, a.AsSlice()...)
}

// DWR returns a Device-Watchdog-Request (RFC 6733 5.5.1).
func (c *Conn) DWR() octets.Message {
	return c.Request(octets.DeviceWatchdog, octets.AppBase).With(c.Origin()...)
}

// DPR returns a Disconnect-Peer-Request (RFC 6733 5.4.1).
func (c *Conn) DPR(cause uint32) octets.Message {
	return c.Request(octets.DisconnectPeer, octets.AppBase).With(c.Origin()...).With(octets.Number(octets.DisconnectCause, cause))
}

// DWA returns the answer to a DWR of the subject (RFC 6733 5.5.2).
func (c *Conn) DWA(dwr Answer) octets.Message {
	return octets.Message{Command: dwr.Command, HopByHop: dwr.HopByHop, EndToEnd: dwr.EndToEnd}.
		With(octets.Number(octets.ResultCode, Success)).With(c.Origin()...)
}

// ECR returns a plain ME-Identity-Check-Request about an IMEI (TS 29.272
// 7.2.19), without a User-Name.
func (c *Conn) ECR(imei string) octets.Message {
	c.session++
	m := c.Request(octets.MEIdentityCheck, octets.AppS13)
	m.Flags |= octets.Proxiable
	return m.With(
		octets.Text(octets.SessionID, fmt.Sprintf("%s;%d;%d", c.Host, c.hop, c.session)),
		octets.S13Application(),
		octets.Number(octets.AuthSessionState, 1)).
		With(c.Origin()...).
		With(octets.Text(octets.DestinationRealm, c.t.Subject.Realm), octets.Phone(imei, "01"))
}
