package s13

import (
	"net/netip"
	"slices"

	"paperweight/diameter/wire"
)

// Capabilities are what one node says of itself in CER or CEA (RFC 6733 5.3), as
// far as this node says or reads it.
type Capabilities struct {
	OriginHost, OriginRealm string
	ProductName             string
	// OriginStateID grows with each loss of state; 0 is not sent. A peer's is
	// not read: it would end sessions (RFC 6733 8.16), and S13 has none.
	OriginStateID uint32
	// DefaultPriority is that of a request without DRMP, 1 to 15; 0 takes
	// DefaultPriority. It is not sent.
	DefaultPriority uint8
	// Applications are all that a peer's CER names, Auth- and
	// Acct-Application-Ids alike. Ours is S13.
	Applications []uint32
}

// ParseCER reads a CER: one whole message with the R bit. A Fault goes out with
// AppendCEA: what is wrong with the message, no common application (5010), or no
// common security (5017). secured says that the connection is over TLS. What could be read of the peer comes back in any
// case, for a log; its octets are the peer's choice.
func (id *Identity) ParseCER(msg []byte, secured bool) (Capabilities, *Fault) {
	var peer Capabilities
	_, g, f := id.open(msg)
	if f != nil {
		return peer, f
	}
	var security []uint32
	f = id.walk(wire.AVPs(msg), g, func(a wire.AVP) {
		v, _ := a.Uint32()
		switch a.Code {
		case wire.OriginHost:
			peer.OriginHost = string(a.Data)
		case wire.OriginRealm:
			peer.OriginRealm = string(a.Data)
		case wire.ProductName:
			peer.ProductName = string(a.Data)
		case wire.AuthApplicationID, wire.AcctApplicationID:
			peer.Applications = append(peer.Applications, v)
		case wire.VendorSpecificApplicationID:
			peer.Applications = appendApplications(peer.Applications, a.AVPs())
		case wire.InbandSecurityID:
			security = append(security, v)
		}
	})
	switch {
	case f != nil:
		return peer, f
	case !slices.Contains(peer.Applications, wire.AppS13) && !slices.Contains(peer.Applications, wire.AppRelay):
		// RFC 6733 5.3: a peer that is a relay "MUST be interpreted as having
		// common applications".
		return peer, &Fault{ResultCode: wire.DiameterNoCommonApplication, Message: "S13 (16777252) is the only application here"}
	// RFC 6733 6.10: TLS "is used in order to advertise support", which a peer
	// that is already on TLS may well do (13 even asks for it). Without TLS
	// below, it would ask to begin one inside the connection, which the clause
	// calls NOT RECOMMENDED and which is not done here.
	case len(security) > 0 && !slices.Contains(security, wire.NoInbandSecurity) && !(secured && slices.Contains(security, wire.InbandTLS)):
		return peer, &Fault{ResultCode: wire.DiameterNoCommonSecurity, Message: "no common security: use TLS from the first octet on, or NO_INBAND_SECURITY"}
	}
	return peer, nil
}

// appendApplications adds the Application-Ids of a
// Vendor-Specific-Application-Id. RFC 6733 5.3: "The value of the Vendor-Id AVP
// in the Vendor-Specific-Application-Id MUST NOT be used during computation."
func appendApplications(ids []uint32, c wire.Cursor) []uint32 {
	var a wire.AVP
	for c.Next(&a) {
		if v, ok := a.Uint32(); ok && (a.Is(wire.AuthApplicationID, 0) || a.Is(wire.AcctApplicationID, 0)) {
			ids = append(ids, v)
		}
	}
	return ids
}

// Address families of the Address type (RFC 6733 4.3.1, IANA).
const (
	familyIPv4 = 1
	familyIPv6 = 2
)

func appendAddress(b []byte, addr netip.Addr) []byte {
	addr = addr.Unmap()
	family := byte(familyIPv4)
	if addr.Is6() {
		family = familyIPv6
	}
	value := append([]byte{0, family}, addr.AsSlice()...)
	return wire.AppendAVP(b, wire.HostIPAddress, 0, wire.FlagMandatory, value)
}

// AppendCEA appends the answer to the CER in msg: success where f is nil.
// addrs are all addresses of ours that the connection may use (RFC 6733 5.3.2).
// It never answers an answer.
func (id *Identity) AppendCEA(b, msg []byte, f *Fault, addrs ...netip.Addr) []byte {
	h, ok := wire.ParseHeader(msg)
	switch {
	case ok && f != nil && f.protocolError():
		return id.AppendError(b, msg, f)
	case !ok || !h.Request():
		return b
	}
	start := len(b)
	b = id.appendBaseResult(b, &h, f)
	for _, addr := range addrs {
		b = appendAddress(b, addr)
	}
	// RFC 6733 5.3.3: a Vendor-Id of zero "is reserved and indicates that this
	// field is ignored". No number is assigned to whoever made this node.
	b = wire.AppendUint32(b, wire.VendorID, 0, wire.FlagMandatory, 0)
	b = wire.AppendAVP(b, wire.ProductName, 0, 0, id.own.ProductName)
	b = id.appendState(b)
	if f != nil {
		b = f.append(b)
	}
	b = wire.AppendUint32(b, wire.SupportedVendorID, 0, wire.FlagMandatory, wire.Vendor3GPP)
	b = appendApplication(b)
	wire.FinishMessage(b, start)
	return b
}
