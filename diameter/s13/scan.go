package s13

import (
	"encoding/binary"

	"paperweight/diameter/wire"
)

// scanLimit keeps Scan within Examine's limit on AVPs without counting: each
// takes eight octets or more.
const scanLimit = wire.HeaderLen + maxAVPs*wire.AVPHeaderLen

// field is a bit for each AVP of an ECR itself that may stand there once, or of
// which the first counts.
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
	drmp
	supportedFeatures

	required = sessionID | authSessionState | originHost | originRealm | destinationRealm | terminalInformation
)

const (
	keyTerminalInformation = wire.Key(wire.Vendor3GPP)<<32 | wire.Key(wire.TerminalInformation)
	keyIMEI                = wire.Key(wire.Vendor3GPP)<<32 | wire.Key(wire.IMEI)
	keySoftwareVersion     = wire.Key(wire.Vendor3GPP)<<32 | wire.Key(wire.SoftwareVersion)
)

// Scan is the fast way: one pass over a whole message, no allocation. True
// means an ECR without fault, and r holds what it says. False means only that
// Scan is not sure: Examine decides, and fills r anew. msg is one whole message,
// as wire.Frame cut it.
func (id *Identity) Scan(msg []byte, r *Request) bool {
	if len(msg) < wire.HeaderLen || len(msg) > scanLimit || !usualHeader(msg) {
		return false
	}
	*r = Request{
		Flags:    msg[4],
		HopByHop: binary.BigEndian.Uint32(msg[12:]),
		EndToEnd: binary.BigEndian.Uint32(msg[16:]),
		Priority: id.own.DefaultPriority,
	}
	var seen field
	at := wire.HeaderLen
	for at < len(msg) {
		key, flags, from, to := wire.Head(msg, at)
		if to == 0 {
			return false
		}
		value, once := msg[from:to], field(0)
		switch key {
		case wire.Key(wire.SessionID):
			once, r.SessionID = sessionID, value
		case wire.Key(wire.AuthSessionState):
			// RFC 6733 8.11. What the peer maintains is its own affair, as
			// long as it is a value that exists.
			if len(value) != 4 || binary.BigEndian.Uint32(value) > wire.NoStateMaintained {
				return false
			}
			once = authSessionState
		case wire.Key(wire.OriginHost):
			once, r.OriginHost = originHost, value
		case wire.Key(wire.OriginRealm):
			once, r.OriginRealm = originRealm, value
		case wire.Key(wire.DestinationHost):
			if !SameName(value, id.own.OriginHost) {
				return false
			}
			once, r.DestinationHost = destinationHost, value
		case wire.Key(wire.DestinationRealm):
			if !SameName(value, id.own.OriginRealm) {
				return false
			}
			once = destinationRealm
		case keyTerminalInformation:
			if !id.scanTerminal(value, r) {
				return false
			}
			once = terminalInformation
		case wire.Key(wire.UserName):
			once, r.UserName = userName, value
		case wire.Key(wire.DRMP):
			if len(value) != 4 {
				return false
			}
			if seen&drmp == 0 {
				r.Priority = id.priority(value)
			}
			seen |= drmp
		case wire.Key(wire.OCSupportedFeatures):
			loss, plain := supportsLoss(value)
			if !plain {
				return false
			}
			once, r.Features, r.Loss = supportedFeatures, true, loss
		case wire.Key(wire.RouteRecord):
			if SameName(value, id.own.OriginHost) {
				return false
			}
			r.Routed = true
		case wire.Key(wire.ProxyInfo):
			if !flat(value) {
				return false
			}
			r.addProxyInfo(msg, at, to)
		case wire.Key(wire.VendorSpecificApplicationID):
			if !flat(value) {
				return false
			}
		default:
			if !id.ignorable(key, flags) {
				return false
			}
		}
		if seen&once != 0 {
			return false
		}
		seen |= once
		at = wire.Padded(to)
	}
	return seen&required == required
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
func (id *Identity) scanTerminal(group []byte, r *Request) bool {
	for at := 0; at < len(group); {
		key, flags, from, to := wire.Head(group, at)
		switch {
		case to == 0:
			return false
		case key == keyIMEI && r.IMEI == nil:
			r.IMEI = group[from:to]
		case key == keySoftwareVersion && r.SoftwareVersion == nil:
			r.SoftwareVersion = group[from:to]
		case key == keyIMEI || key == keySoftwareVersion: // a second one
			return false
		case !id.ignorable(key, flags):
			return false
		}
		at = wire.Padded(to)
	}
	return true
}

// ignorable reports whether an AVP that is not read here can be passed over
// for certain: it holds no others, and is known or says that it need not be.
func (id *Identity) ignorable(key wire.Key, flags uint8) bool {
	d, known := id.dictionary[key]
	return !d.grouped && (known || flags&wire.FlagMandatory == 0)
}

// flat reports whether the AVPs inside a Proxy-Info or a
// Vendor-Specific-Application-Id are sound and hold no others.
func flat(group []byte) bool {
	for at := 0; at < len(group); {
		key, _, _, to := wire.Head(group, at)
		if to == 0 {
			return false
		}
		switch key {
		case wire.Key(wire.VendorID), wire.Key(wire.AuthApplicationID), wire.Key(wire.AcctApplicationID),
			wire.Key(wire.ProxyHost), wire.Key(wire.ProxyState):
		default:
			return false
		}
		at = wire.Padded(to)
	}
	return true
}

// SameName compares a name of a message with one that is known. Names are in ASCII
// (RFC 6733 4.3.1) and, as in the DNS, without regard to case.
func SameName(b []byte, s string) bool {
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
