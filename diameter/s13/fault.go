package s13

import (
	"errors"
	"fmt"

	"paperweight/diameter/wire"
)

// Fault is what a peer is told of its request: our judgement, not what a peer
// told us. Package diameter may make its own: {ResultCode: wire.DiameterUnknownPeer}.
type Fault struct {
	// ResultCode is 3xxx, 4xxx or 5xxx of RFC 6733 7.1.
	ResultCode uint32
	// Message goes into Error-Message: short, without personal data. Empty is
	// no Error-Message.
	Message string
	// Failed is the content of Failed-AVP: whole AVPs with padding. Empty is
	// no Failed-AVP.
	Failed []byte
}

// Error names the result code and the reason.
func (f *Fault) Error() string { return fmt.Sprintf("%d: %s", f.ResultCode, f.Message) }

// protocolError reports whether the answer carries the E bit. RFC 6733 7.1.3:
// codes 3xxx "MUST only be used in answer messages whose 'E' bit is set";
// 7.1.4: 4xxx MUST and 7.1.5: 5xxx SHOULD be used where it is not.
func (f *Fault) protocolError() bool { return f.ResultCode/1000 == 3 }

// headerOnly reports whether nothing behind the header of the request can be
// trusted: another version has another layout, and a wrong length no end.
func (f *Fault) headerOnly() bool {
	return f.ResultCode == wire.DiameterUnsupportedVersion || f.ResultCode == wire.DiameterInvalidMessageLength
}

// FrameFault turns an error of wire.Frame into what the peer is told: 5011 or
// 5015. It needs no more than the header for AppendError.
func FrameFault(err error) *Fault {
	var f *wire.Fault
	if errors.As(err, &f) && f.Kind == wire.UnsupportedVersion {
		return &Fault{ResultCode: wire.DiameterUnsupportedVersion, Message: "only version 1 is supported"}
	}
	return &Fault{ResultCode: wire.DiameterInvalidMessageLength, Message: "message length not acceptable"}
}

// structural turns a fault of wire.Validate into what the peer is told.
func (d dictionary) structural(f *wire.Fault) *Fault {
	switch f.Kind {
	case wire.TooManyAVPs:
		return &Fault{ResultCode: wire.DiameterUnableToComply, Message: "too many AVPs"}
	case wire.TooDeep:
		return &Fault{ResultCode: wire.DiameterUnableToComply, Message: "AVPs nested too deep"}
	case wire.InvalidAVPLength:
		return d.invalidLength(f.Code, f.Vendor, f.AVPFlags, f.Within)
	}
	return FrameFault(f)
}

// invalidLength: RFC 6733 7.5, "a copy of the offending AVP header and a
// zero-filled payload of the minimum required length"; its length is made to
// fit, since the answer must be readable. For the same reason an AVP whose length
// is possible, but not for its type, is not repeated as it came.
func (d dictionary) invalidLength(code, vendor uint32, flags uint8, within []wire.AVP) *Fault {
	f := &Fault{ResultCode: wire.DiameterInvalidAVPLength, Message: d.name(code, vendor) + ": invalid length"}
	f.Failed = wire.AppendZeros(nil, code, vendor, flags&wire.FlagMandatory, d[wire.KeyOf(code, vendor)].least)
	for i := len(within) - 1; i >= 0; i-- {
		f.wrap(&within[i])
	}
	return f
}

// missing: RFC 6733 7.5, "an AVP with the missing AVP code, the missing
// Vendor-Id, and a zero-filled payload of the minimum required length".
func (d dictionary) missing(r *rule) *Fault {
	return &Fault{
		ResultCode: wire.DiameterMissingAVP,
		Message:    d.name(r.code, r.vendor) + " is missing",
		Failed:     wire.AppendZeros(nil, r.code, r.vendor, r.flags, d[wire.KeyOf(r.code, r.vendor)].least),
	}
}

// offending is a fault whose Failed-AVP holds "the entire AVP that could not
// be processed successfully" (RFC 6733 7.5).
func (d dictionary) offending(code uint32, a *wire.AVP, reason string) *Fault {
	return &Fault{ResultCode: code, Message: d.name(a.Code, a.Vendor) + ": " + reason, Failed: wire.AppendRaw(nil, a.Raw)}
}

// wrap puts Failed inside the grouped AVP that holds it. RFC 6733 7.5: "the
// Failed-AVP MAY contain the grouped AVP, which in turn contains the single
// offending AVP".
func (f *Fault) wrap(group *wire.AVP) {
	b, at := wire.BeginGroup(nil, group.Code, group.Vendor, group.Flags&wire.FlagMandatory)
	b = append(b, f.Failed...)
	wire.EndGroup(b, at)
	f.Failed = b
}
