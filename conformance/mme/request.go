package mme

import (
	"encoding/binary"
	"net/netip"
)

const (
	flagRequest   = 0x80
	flagProxiable = 0x40

	commandCapabilities = 257
	commandDisconnect   = 282
	commandIdentity     = 324

	vendor3GPP = 10415
	appS13     = 16777252
)

// Peer is who sends.
type Peer struct{ Host, Realm string }

// Phone is whom a request asks about. An empty SVN or IMSI is not sent.
type Phone struct{ IMEI, SVN, IMSI string }

// AppendCER appends a Capabilities-Exchange-Request that offers S13 alone,
// with zero identifiers: SetIDs gives it others.
func AppendCER(b []byte, p Peer, local netip.Addr) []byte {
	at := len(b)
	b = appendHeader(b, flagRequest, commandCapabilities, 0)
	b = p.append(b)
	b = appendAVP(b, 257, avpM, 0, appendAddress(nil, local)) // Host-IP-Address
	b = appendUint32(b, 266, avpM, 0, vendor3GPP)             // Vendor-Id
	// RFC 6733 5.3.7: "the Product-Name AVP [...] MUST NOT have the 'M' bit
	// set": 4.5's table says the same.
	b = appendAVP(b, 269, 0, 0, []byte("paperweight-conformance"))
	b = appendUint32(b, 265, avpM, 0, vendor3GPP) // Supported-Vendor-Id
	b = appendApplication(b)
	return finish(b, at)
}

// AppendDPR appends a Disconnect-Peer-Request with the cause
// DO_NOT_WANT_TO_TALK_TO_YOU: nobody should dial a load generator back.
func AppendDPR(b []byte, p Peer) []byte {
	at := len(b)
	b = appendHeader(b, flagRequest, commandDisconnect, 0)
	b = p.append(b)
	b = appendUint32(b, 273, avpM, 0, 2) // Disconnect-Cause
	return finish(b, at)
}

// AppendECR appends a ME-Identity-Check-Request to the peer's own realm, with
// zero identifiers.
func AppendECR(b []byte, p Peer, session string, f Phone) []byte {
	at := len(b)
	b = appendHeader(b, flagRequest|flagProxiable, commandIdentity, appS13)
	b = appendAVP(b, 263, avpM, 0, []byte(session)) // Session-Id
	b = appendApplication(b)
	b = appendUint32(b, 277, avpM, 0, 1) // Auth-Session-State: NO_STATE_MAINTAINED
	b = p.append(b)
	b = appendAVP(b, 283, avpM, 0, []byte(p.Realm)) // Destination-Realm
	info := appendAVP(nil, 1402, avpV|avpM, vendor3GPP, []byte(f.IMEI))
	if f.SVN != "" {
		info = appendAVP(info, 1403, avpV|avpM, vendor3GPP, []byte(f.SVN))
	}
	b = appendAVP(b, 1401, avpV|avpM, vendor3GPP, info) // Terminal-Information
	if f.IMSI != "" {
		b = appendAVP(b, 1, avpM, 0, []byte(f.IMSI)) // User-Name
	}
	return finish(b, at)
}

// SetIDs puts the Hop-by-Hop and End-to-End Identifiers into a message.
func SetIDs(msg []byte, hopByHop, endToEnd uint32) {
	binary.BigEndian.PutUint32(msg[12:], hopByHop)
	binary.BigEndian.PutUint32(msg[16:], endToEnd)
}

func (p Peer) append(b []byte) []byte {
	b = appendAVP(b, 264, avpM, 0, []byte(p.Host)) // Origin-Host
	return appendAVP(b, 296, avpM, 0, []byte(p.Realm))
}

// appendApplication appends the Vendor-Specific-Application-Id of S13.
func appendApplication(b []byte) []byte {
	id := appendUint32(nil, 266, avpM, 0, vendor3GPP)
	return appendAVP(b, 260, avpM, 0, appendUint32(id, 258, avpM, 0, appS13))
}
