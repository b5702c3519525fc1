package s13

import "paperweight/diameter/wire"

// ParseDPR reads the Disconnect-Cause of a DPR (RFC 6733 5.4.1): one whole message
// with the R bit. It is wire.Rebooting, wire.Busy, wire.DoNotWantToTalkToYou, or a
// value of a later specification. A Fault goes out with AppendDPA.
//
// Of a DWR nothing is read: Examine says whether it is sound, and AppendDWA
// answers it.
func (id *Identity) ParseDPR(msg []byte) (cause uint32, f *Fault) {
	_, g, f := id.open(msg)
	if f != nil {
		return 0, f
	}
	f = id.walk(wire.AVPs(msg), g, func(a wire.AVP) {
		if a.Code == wire.DisconnectCause {
			cause, _ = a.Uint32()
		}
	})
	return cause, f
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
