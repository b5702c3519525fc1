package s13

import "paperweight/diameter/wire"

// Notice is what a DWR or DPR says. Fields that its command does not have are zero.
type Notice struct {
	OriginHost, OriginRealm string
	// OriginStateID stands in a DWR; 0 is not sent.
	OriginStateID uint32
	// DisconnectCause stands in a DPR: wire.Rebooting, wire.Busy,
	// wire.DoNotWantToTalkToYou, or a value of a later specification.
	DisconnectCause uint32
}

// ParseDWR reads a DWR (RFC 6733 5.5.1): one whole message with the R bit. A
// Fault goes out with AppendDWA.
func (id *Identity) ParseDWR(msg []byte) (Notice, *Fault) { return id.parseNotice(msg) }

// ParseDPR reads a DPR (RFC 6733 5.4.1): one whole message with the R bit. A
// Fault goes out with AppendDPA.
func (id *Identity) ParseDPR(msg []byte) (Notice, *Fault) { return id.parseNotice(msg) }

func (id *Identity) parseNotice(msg []byte) (n Notice, f *Fault) {
	_, g, f := id.open(msg)
	if f != nil {
		return n, f
	}
	f = id.walk(wire.AVPs(msg), g, func(a wire.AVP) {
		v, _ := a.Uint32()
		switch a.Code {
		case wire.OriginHost:
			n.OriginHost = string(a.Data)
		case wire.OriginRealm:
			n.OriginRealm = string(a.Data)
		case wire.OriginStateID:
			n.OriginStateID = v
		case wire.DisconnectCause:
			n.DisconnectCause = v
		}
	})
	return n, f
}

// AppendDWA appends the answer to the DWR in msg (RFC 6733 5.5.2): success
// where f is nil. It never answers an answer.
func (id *Identity) AppendDWA(b, msg []byte, f *Fault) []byte {
	return id.appendBaseAnswer(b, msg, f, id.appendState)
}

// AppendDPA appends the answer to the DPR in msg (RFC 6733 5.4.2): success
// where f is nil. It never answers an answer.
func (id *Identity) AppendDPA(b, msg []byte, f *Fault) []byte {
	return id.appendBaseAnswer(b, msg, f, func(b []byte) []byte { return b })
}

func (id *Identity) appendBaseAnswer(b, msg []byte, f *Fault, rest func([]byte) []byte) []byte {
	h, ok := wire.ParseHeader(msg)
	switch {
	case f != nil && f.protocolError():
		return id.AppendError(b, msg, f)
	case !ok || !h.Request():
		return b
	}
	start := len(b)
	b = id.appendBaseResult(b, &h, f)
	if f != nil {
		b = f.append(b)
	}
	b = rest(b)
	wire.FinishMessage(b, start)
	return b
}

// appendBaseResult appends what CEA, DWA and DPA begin with.
func (id *Identity) appendBaseResult(b []byte, h *wire.Header, f *Fault) []byte {
	b = appendAnswerHeader(b, h, f)
	code := wire.DiameterSuccess
	if f != nil {
		code = f.ResultCode
	}
	b = wire.AppendUint32(b, wire.ResultCode, 0, wire.FlagMandatory, code)
	return id.appendOrigin(b)
}

func (id *Identity) appendState(b []byte) []byte {
	if id.own.OriginStateID == 0 {
		return b
	}
	return wire.AppendUint32(b, wire.OriginStateID, 0, wire.FlagMandatory, id.own.OriginStateID)
}

// AppendDWR appends a DWR (RFC 6733 5.5.1).
func (id *Identity) AppendDWR(b []byte, hopByHop, endToEnd uint32) []byte {
	start := len(b)
	b = id.appendState(id.appendRequest(b, wire.DeviceWatchdog, hopByHop, endToEnd))
	wire.FinishMessage(b, start)
	return b
}

// AppendDPR appends a DPR (RFC 6733 5.4.1); cause is wire.Rebooting, wire.Busy
// or wire.DoNotWantToTalkToYou.
func (id *Identity) AppendDPR(b []byte, hopByHop, endToEnd, cause uint32) []byte {
	start := len(b)
	b = id.appendRequest(b, wire.DisconnectPeer, hopByHop, endToEnd)
	b = wire.AppendUint32(b, wire.DisconnectCause, 0, wire.FlagMandatory, cause)
	wire.FinishMessage(b, start)
	return b
}

// appendRequest appends what a base request of ours begins with. Base messages
// MUST NOT be proxied, so P is clear.
func (id *Identity) appendRequest(b []byte, command, hopByHop, endToEnd uint32) []byte {
	b = wire.AppendHeader(b, &wire.Header{
		Version: wire.Version, Flags: wire.FlagRequest, Command: command,
		HopByHop: hopByHop, EndToEnd: endToEnd,
	})
	return id.appendOrigin(b)
}
