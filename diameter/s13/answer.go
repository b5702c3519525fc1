package s13

import (
	"paperweight/diameter/wire"
	"paperweight/eir"
)

// AppendECA appends the answer to r that v asks for, and tells its Result-Code
// or Experimental-Result-Code. It allocates nothing where the capacity of b
// suffices.
func (id *Identity) AppendECA(b []byte, r *Request, v *eir.Verdict) (_ []byte, result uint32) {
	var body []byte
	var code uint32 // of the offending AVP, whose value is then failed
	var failed []byte
	result = wire.DiameterSuccess
	switch v.Answer() {
	case eir.Permitted:
		body = id.permitted
	case eir.Tracked:
		body = id.tracked
	case eir.Prohibited:
		body = id.prohibited
	case eir.Unknown:
		body, result = id.unknown, wire.DiameterErrorEquipmentUnknown
	case eir.Invalid:
		result = wire.DiameterInvalidAVPValue
		switch {
		case v.BadSVN:
			body, code, failed = id.invalidSVN, wire.SoftwareVersion, r.SoftwareVersion
		case r.IMEI == nil:
			body, result = id.noIMEI, wire.DiameterMissingAVP
		default:
			body, code, failed = id.invalidIMEI, wire.IMEI, r.IMEI
		}
	default: // Unable, and whatever is no answer at all
		body, result = id.unable, wire.DiameterUnableToComply
	}
	return appendAnswer(b, r, 0, body, code, failed), result
}

// appendAnswer appends an answer to r: body stands behind the Session-Id, and
// where code is not 0 a Failed-AVP with that AVP behind it.
func appendAnswer(b []byte, r *Request, flags uint8, body []byte, code uint32, failed []byte) []byte {
	start := len(b)
	b = wire.AppendHeader(b, &wire.Header{
		Version:  wire.Version,
		Flags:    flags | r.Flags&wire.FlagProxiable,
		Command:  wire.MEIdentityCheck,
		App:      wire.AppS13,
		HopByHop: r.HopByHop,
		EndToEnd: r.EndToEnd,
	})
	b = wire.AppendAVP(b, wire.SessionID, 0, wire.FlagMandatory, r.SessionID)
	b = append(b, body...)
	if code != 0 {
		b = appendFailed(b, code, failed)
	}
	b = appendOverload(b, r)
	if len(r.proxies) == r.proxyLen {
		b = append(b, r.proxies...)
	} else {
		b = appendProxyInfo(b, wire.Sequence(r.proxies))
	}
	wire.FinishMessage(b, start)
	return b
}

// appendFailed appends a Failed-AVP with the one offending AVP of
// Terminal-Information. RFC 6733 7.5: it "MAY contain the grouped AVP, which in
// turn contains the single offending AVP".
func appendFailed(b []byte, code uint32, value []byte) []byte {
	b, outer := wire.BeginGroup(b, wire.FailedAVP, 0, wire.FlagMandatory)
	b, inner := wire.BeginGroup(b, wire.TerminalInformation, wire.Vendor3GPP, wire.FlagMandatory)
	b = wire.AppendAVP(b, code, wire.Vendor3GPP, wire.FlagMandatory, value)
	wire.EndGroup(b, inner)
	wire.EndGroup(b, outer)
	return b
}

// AppendError appends the answer that reports f to the peer that sent msg: a
// whole message, or after a fault of framing no more than its header. Where msg
// is an answer it appends nothing: RFC 6733 7.2, an error "MUST NOT be sent as
// a response to an answer message".
//
// A CER gets its 5xxx from AppendCEA, which knows the addresses.
func (id *Identity) AppendError(b, msg []byte, f *Fault) []byte {
	h, ok := wire.ParseHeader(msg)
	if !ok || !h.Request() {
		return b
	}
	if f.headerOnly() {
		msg = msg[:wire.HeaderLen]
	}
	start := len(b)
	b = appendAnswerHeader(b, &h, f)
	b = appendSessionID(b, msg)
	switch {
	case f.protocolError():
		// RFC 6733 7.2, the grammar of answer-message.
		b = id.appendOrigin(b)
		b = wire.AppendUint32(b, wire.ResultCode, 0, wire.FlagMandatory, f.ResultCode)
		b = f.append(b)
	case h.App == wire.AppS13 && h.Command == wire.MEIdentityCheck:
		b = id.appendFailure(b, f)
		b = appendFeaturesFor(b, msg)
	default:
		b = wire.AppendUint32(b, wire.ResultCode, 0, wire.FlagMandatory, f.ResultCode)
		b = id.appendOrigin(b)
		b = f.append(b)
	}
	b = appendProxyInfo(b, wire.AVPs(msg))
	wire.FinishMessage(b, start)
	return b
}

// appendAnswerHeader appends the header of the answer to h, without its length;
// f is nil for success. RFC 6733 6.2: Hop-by-Hop, End-to-End and the P bit are
// those of the request. T "MUST NOT be set in answer messages" (clause 3).
func appendAnswerHeader(b []byte, h *wire.Header, f *Fault) []byte {
	flags := h.Flags & wire.FlagProxiable
	if f != nil && f.protocolError() {
		flags |= wire.FlagError
	}
	return wire.AppendHeader(b, &wire.Header{
		Version: wire.Version, Flags: flags, Command: h.Command, App: h.App,
		HopByHop: h.HopByHop, EndToEnd: h.EndToEnd,
	})
}

// append appends Error-Message and Failed-AVP where f has them. RFC 6733 4.5:
// Error-Message MUST NOT have the M bit.
func (f *Fault) append(b []byte) []byte {
	if f.Message != "" {
		b = wire.AppendAVP(b, wire.ErrorMessage, 0, 0, f.Message)
	}
	if len(f.Failed) > 0 {
		b = wire.AppendAVP(b, wire.FailedAVP, 0, wire.FlagMandatory, f.Failed)
	}
	return b
}

// appendSessionID repeats the first Session-Id that stands before anything
// unreadable. RFC 6733 6.2: present in the request, "it MUST be included in the
// answer".
func appendSessionID(b, msg []byte) []byte {
	var a wire.AVP
	for c := wire.AVPs(msg); c.Next(&a); {
		if a.Is(wire.SessionID, 0) {
			return wire.AppendAVP(b, wire.SessionID, 0, wire.FlagMandatory, a.Data)
		}
	}
	return b
}

// appendProxyInfo repeats every Proxy-Info. RFC 6733 6.2: "Any Proxy-Info AVPs
// in the request MUST be added to the answer message, in the same order". One
// that is broken inside stays away: it would break the answer.
func appendProxyInfo(b []byte, c wire.Cursor) []byte {
	var a, inner wire.AVP
	for c.Next(&a) {
		if !a.Is(wire.ProxyInfo, 0) {
			continue
		}
		inside := a.AVPs()
		for inside.Next(&inner) {
		}
		if inside.Fault() == nil {
			b = wire.AppendRaw(b, a.Raw)
		}
	}
	return b
}
