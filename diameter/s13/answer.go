package s13

import (
	"paperweight/diameter/wire"
	"paperweight/eir"
)

// AppendECA appends the answer to r that v asks for. It allocates nothing
// where the capacity of b suffices, but for a verdict of Invalid.
func (id *Identity) AppendECA(b []byte, r *Request, v *eir.Verdict) []byte {
	var body []byte
	switch v.Status {
	case eir.Permitted:
		body = id.permitted
	case eir.Tracked:
		body = id.tracked
	case eir.Prohibited:
		body = id.prohibited
	case eir.Unknown:
		body = id.unknown
	case eir.Invalid:
		body = id.appendFailure(nil, id.invalid(r, v))
	default: // Unable, and whatever is no answer at all
		body = id.unable
	}
	start := len(b)
	b = wire.AppendHeader(b, &wire.Header{
		Version:  wire.Version,
		Flags:    r.Flags & wire.FlagProxiable,
		Command:  wire.MEIdentityCheck,
		App:      wire.AppS13,
		HopByHop: r.HopByHop,
		EndToEnd: r.EndToEnd,
	})
	b = wire.AppendAVP(b, wire.SessionID, 0, wire.FlagMandatory, r.SessionID)
	b = append(b, body...)
	if len(r.proxies) == r.proxyLen {
		b = append(b, r.proxies...)
	} else {
		b = appendProxyInfo(b, wire.Sequence(r.proxies))
	}
	wire.FinishMessage(b, start)
	return b
}

// invalid is the fault of an identity that the policy calls invalid: the IMEI
// where its form is malformed, else the Software-Version.
func (id *Identity) invalid(r *Request, v *eir.Verdict) *Fault {
	const vendor = wire.Vendor3GPP
	code, value := wire.IMEI, r.IMEI
	if !v.Form.Malformed() {
		code, value = wire.SoftwareVersion, r.SoftwareVersion
	}
	var f *Fault
	if value == nil {
		f = id.dictionary.missing(&rule{code: code, vendor: vendor, flags: wire.FlagMandatory})
	} else {
		f = &Fault{
			ResultCode: wire.DiameterInvalidAVPValue,
			Message:    id.dictionary.name(code, vendor) + ": invalid value",
			Failed:     wire.AppendAVP(nil, code, vendor, wire.FlagMandatory, value),
		}
	}
	f.wrap(&wire.AVP{Code: wire.TerminalInformation, Vendor: vendor, Flags: wire.FlagMandatory})
	return f
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
