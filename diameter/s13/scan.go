package s13

import (
	"encoding/binary"

	"paperweight/diameter/wire"
)

// scanLimit keeps Scan within Examine's limit on AVPs without counting: each
// takes eight octets or more.
const scanLimit = wire.HeaderLen + maxAVPs*wire.AVPHeaderLen

// field is a bit for each AVP that an ECR may hold once.
type field uint

const (
	sessionID field = 1 << iota
	authSessionState
	originHost
	originRealm
	destinationHost
	destinationRealm
	terminalInformation
	userName
	imei
	softwareVersion

	required = sessionID | authSessionState | originHost | originRealm | destinationRealm | terminalInformation
)

// once notes a field; it reports false where it was noted before.
func (seen *field) once(f field) bool {
	fresh := *seen&f == 0
	*seen |= f
	return fresh
}

// Scan is the fast way: one pass over a whole message, no allocation. True
// means an ECR without fault, and r holds what it says. False means only that
// Scan is not sure: Examine decides. msg is one whole message, as wire.Frame
// cut it.
func (id *Identity) Scan(msg []byte, r *Request) bool {
	if len(msg) < wire.HeaderLen || len(msg) > scanLimit || !usualHeader(msg) {
		return false
	}
	*r = Request{
		Flags:    msg[4],
		HopByHop: binary.BigEndian.Uint32(msg[12:]),
		EndToEnd: binary.BigEndian.Uint32(msg[16:]),
	}
	var (
		seen field
		a    wire.AVP
		c    = wire.AVPs(msg)
	)
	for c.Next(&a) {
		if a.Vendor != 0 {
			if a.Is(wire.TerminalInformation, wire.Vendor3GPP) {
				if !seen.once(terminalInformation) || !id.scanTerminal(&a, &seen, r) {
					return false
				}
			} else if !id.ignorable(&a) {
				return false
			}
			continue
		}
		switch a.Code {
		case wire.SessionID:
			if !seen.once(sessionID) {
				return false
			}
			r.SessionID = a.Data
		case wire.AuthSessionState:
			// RFC 6733 8.11. What the peer maintains is its own affair, as
			// long as it is a value that exists.
			if v, ok := a.Uint32(); !ok || v > wire.NoStateMaintained || !seen.once(authSessionState) {
				return false
			}
		case wire.OriginHost:
			if !seen.once(originHost) {
				return false
			}
			r.OriginHost = a.Data
		case wire.OriginRealm:
			if !seen.once(originRealm) {
				return false
			}
			r.OriginRealm = a.Data
		case wire.DestinationHost:
			if !seen.once(destinationHost) || !equalFold(a.Data, id.own.OriginHost) {
				return false
			}
			r.DestinationHost = a.Data
		case wire.DestinationRealm:
			if !seen.once(destinationRealm) || !equalFold(a.Data, id.own.OriginRealm) {
				return false
			}
		case wire.UserName:
			if !seen.once(userName) {
				return false
			}
			r.UserName = a.Data
		case wire.RouteRecord:
			if equalFold(a.Data, id.own.OriginHost) {
				return false
			}
		case wire.ProxyInfo:
			if !flat(a.AVPs()) {
				return false
			}
			r.addProxyInfo(msg, a.Offset, a.Offset+len(a.Raw))
		case wire.VendorSpecificApplicationID:
			if !flat(a.AVPs()) {
				return false
			}
		default:
			if !id.ignorable(&a) {
				return false
			}
		}
	}
	return c.Fault() == nil && seen&required == required
}

// usualHeader reports whether the header is that of an ECR. P and T may be
// set; the reserved bits are ignored, as RFC 6733 3 says.
func usualHeader(msg []byte) bool {
	const judged = uint32(wire.FlagRequest|wire.FlagError)<<24 | 0xffffff
	return binary.BigEndian.Uint32(msg) == wire.Version<<24|uint32(len(msg)) &&
		binary.BigEndian.Uint32(msg[4:])&judged == uint32(wire.FlagRequest)<<24|wire.MEIdentityCheck &&
		binary.BigEndian.Uint32(msg[8:]) == wire.AppS13
}

// scanTerminal reads a Terminal-Information (TS 29.272 7.3.3). An IMEI may be
// absent or be no IMEI: what that gets is the policy's to say.
func (id *Identity) scanTerminal(group *wire.AVP, seen *field, r *Request) bool {
	var a wire.AVP
	c := group.AVPs()
	for c.Next(&a) {
		switch {
		case a.Is(wire.IMEI, wire.Vendor3GPP):
			if !seen.once(imei) {
				return false
			}
			r.IMEI = a.Data
		case a.Is(wire.SoftwareVersion, wire.Vendor3GPP):
			if !seen.once(softwareVersion) {
				return false
			}
			r.SoftwareVersion = a.Data
		case !id.ignorable(&a):
			return false
		}
	}
	return c.Fault() == nil
}

// ignorable reports whether an AVP that is not read here can be passed over
// for certain: it holds no others, and is known or says that it need not be.
func (id *Identity) ignorable(a *wire.AVP) bool {
	d, known := id.dictionary[avpKey(a.Code, a.Vendor)]
	return !d.grouped && (known || !a.Mandatory())
}

// flat reports whether the AVPs inside a Proxy-Info or a
// Vendor-Specific-Application-Id are sound and hold no others.
func flat(c wire.Cursor) bool {
	var a wire.AVP
	for c.Next(&a) {
		switch a.Code {
		case wire.VendorID, wire.AuthApplicationID, wire.AcctApplicationID, wire.ProxyHost, wire.ProxyState:
			if a.Vendor != 0 {
				return false
			}
		default:
			return false
		}
	}
	return c.Fault() == nil
}

// equalFold compares a name of a message with one of ours. Names are in ASCII
// (RFC 6733 4.3.1) and, as in the DNS, without regard to case.
func equalFold(b []byte, s string) bool {
	if string(b) == s {
		return true
	}
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if lower(c) != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
