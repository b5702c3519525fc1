package mme

// AppendECA appends the answer that permitted equipment gets, with zero
// identifiers: what a stand-in for a register sends.
func AppendECA(b []byte, p Peer, session string) []byte {
	at := len(b)
	b = appendHeader(b, flagProxiable, commandIdentity, appS13)
	b = appendAVP(b, 263, avpM, 0, []byte(session)) // Session-Id
	b = appendApplication(b)
	b = appendUint32(b, 268, avpM, 0, 2001) // Result-Code: DIAMETER_SUCCESS
	b = appendUint32(b, 277, avpM, 0, 1)    // Auth-Session-State: NO_STATE_MAINTAINED
	b = p.append(b)
	b = appendUint32(b, 1445, avpV|avpM, vendor3GPP, 0) // Equipment-Status: WHITELISTED
	return finish(b, at)
}

// AppendSuccess appends the shortest answer that lets a CER or a DPR succeed,
// with zero identifiers.
func AppendSuccess(b, request []byte, p Peer) []byte {
	at := len(b)
	b = appendHeader(b, 0, command(request), 0)
	b = appendUint32(b, 268, avpM, 0, 2001) // Result-Code: DIAMETER_SUCCESS
	b = p.append(b)
	return finish(b, at)
}
