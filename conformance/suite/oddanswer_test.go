package suite

import (
	"encoding/binary"
	"slices"
	"strings"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// missing finds what is missing of the AVPs that have to be there, for which a
// Failed-AVP only SHOULD be, and what has the M bit and is not understood; 0 where
// there is neither.
func missing(m octets.Message, required ...uint32) (uint32, []octets.AVP) {
	for _, code := range required {
		if _, ok := m.Find(code, 0); !ok {
			return 5005, nil
		}
	}
	if failed := unknown(m.AVPs); failed != nil {
		return 5001, failed
	}
	return 0, nil
}

// unknown returns the first AVP that is not understood and has the M bit.
func unknown(avps []octets.AVP) []octets.AVP {
	for _, a := range avps {
		if a.Flags&octets.M != 0 && (a.Code >= 16777000 || a.Flags&octets.V != 0 && a.Vendor != tgpp) {
			return []octets.AVP{a}
		}
	}
	return nil
}

// answer answers a request of an open peer.
func (e *oddEIR) answer(m octets.Message) octets.Message {
	if code, failed := examine(e, m); code != 0 {
		return e.fault(m, code, failed)
	}
	if m.App == octets.AppBase {
		// Its own names, in another case than in the CEA: names are the DNS's.
		return answerTo(m).With(octets.Number(octets.ResultCode, judge.Success), octets.Number(octets.OriginStateID, 1),
			octets.Text(octets.OriginRealm, strings.ToUpper(e.realm)), octets.Text(octets.OriginHost, strings.ToLower(e.host)),
			octets.Text(4711, "?").Of(99999).Optional())
	}
	return e.check(m)
}

// examine finds the first fault of a request, in an order of its own.
func examine(e *oddEIR, m octets.Message) (uint32, []octets.AVP) {
	if e.blind {
		return 0, nil
	}
	if m.Flags&octets.ErrorBit != 0 || m.Flags&octets.Reserved != 0 {
		return 5013, nil
	}
	if bad := broken(m); bad != nil {
		return 5014, bad
	}
	switch {
	case m.App == octets.AppBase && m.Command == octets.DeviceWatchdog:
		return missing(m, octets.OriginHost, octets.OriginRealm)
	case m.App == octets.AppBase && m.Command == octets.DisconnectPeer:
		return missing(m, octets.OriginHost, octets.OriginRealm, octets.DisconnectCause)
	case m.App == octets.AppS13 && m.Command == 275:
		return 5002, nil
	case m.Command != octets.MEIdentityCheck:
		return 3001, nil
	case m.App != octets.AppS13:
		return 3007, nil
	}
	for _, a := range m.AVPs {
		if a.Flags&0x1f != 0 {
			return 3009, nil
		}
	}
	if code, failed := missing(m, octets.SessionID, octets.AuthSessionState, octets.OriginHost, octets.OriginRealm, octets.DestinationRealm); code != 0 {
		return code, failed
	}
	phones := m.All(octets.TerminalInformation, tgpp)
	if len(phones) == 0 {
		// 5005: an example with something in it. It should be zeros.
		return 5005, []octets.AVP{octets.Phone("00000000000000", "")}
	}
	if len(phones) > 1 {
		return 5009, phones[1:2]
	}
	inner, _ := phones[0].Inner()
	for _, code := range []uint32{octets.IMEI, octets.SoftwareVersion} {
		if all := of(inner, code); len(all) > 1 {
			return 5009, []octets.AVP{octets.Group(octets.TerminalInformation, all[1]).Of(tgpp)}
		}
	}
	if bad := unknown(inner); bad != nil {
		return 5001, []octets.AVP{octets.Group(octets.TerminalInformation, bad...).Of(tgpp)}
	}
	for _, code := range []uint32{octets.SessionID, octets.OriginHost, octets.OriginRealm, octets.AuthSessionState, octets.UserName} {
		if all := m.All(code, 0); len(all) > 1 {
			return 5009, all[1:2]
		}
	}
	return e.routed(m)
}

// routed finds what is wrong with the way of a request, and with the values that
// it looks at.
func (e *oddEIR) routed(m octets.Message) (uint32, []octets.AVP) {
	a := Answer{Message: m}
	if host := a.Text(octets.DestinationHost); host != "" && !strings.EqualFold(host, e.host) {
		return 3002, nil
	}
	if !strings.EqualFold(a.Text(octets.DestinationRealm), e.realm) {
		return 3003, nil
	}
	// 1 is what a check has; what the grammar does not know is not looked at.
	state, _ := m.Find(octets.AuthSessionState, 0)
	switch v, ok := state.Uint32(); {
	case !ok:
		return 5014, []octets.AVP{state}
	case v == 0:
		return 5004, []octets.AVP{state}
	}
	if imsi, ok := m.Find(octets.UserName, 0); ok && !digits(string(imsi.Data), 15) {
		return 5004, []octets.AVP{imsi}
	}
	return 0, nil
}

// broken returns the header of the first AVP whose length can't be, with as little
// behind it as there may be, inside its group; nil where all are sound.
func broken(m octets.Message) []octets.AVP {
	for _, a := range m.AVPs {
		if a.Is(octets.TerminalInformation, tgpp) || a.Is(octets.ProxyInfo, 0) {
			if _, err := a.Inner(); err != nil {
				return []octets.AVP{{Code: a.Code, Flags: a.Flags, Vendor: a.Vendor}}
			}
		}
		if a.Is(octets.AuthSessionState, 0) && len(a.Data) != 4 {
			return []octets.AVP{octets.Number(a.Code, 0)}
		}
	}
	if len(m.Tail) == 0 {
		return nil
	}
	b := append(slices.Clone(m.Tail), make([]byte, 8)...) // an incomplete header, padded with zeros
	return []octets.AVP{{Code: binary.BigEndian.Uint32(b), Flags: b[4] &^ octets.V}}
}

// check answers a sound check.
func (e *oddEIR) check(m octets.Message) octets.Message {
	a := answerTo(m)
	phone, _ := m.Find(octets.TerminalInformation, tgpp)
	inner, _ := phone.Inner()
	imei := ""
	if all := of(inner, octets.IMEI); len(all) > 0 {
		imei = string(all[0].Data)
	}
	status := uint32(judge.Blacklisted)
	switch {
	case e.blind:
		status = judge.Whitelisted
	case len(imei) == 16 && digits(imei, 16):
		return e.fault(m, 5004, of(inner, octets.IMEI)) // an IMEISV is no IMEI
	case !digits(imei, 14) && !digits(imei, 15) && !digits(imei, max(17, len(imei))):
		return e.fault(m, 5012, nil)
	case imei[:14] == e.pair.IMEI && Answer{Message: m}.Text(octets.UserName) == e.pair.IMSI:
		status = judge.Whitelisted
	default:
		if s, ok := e.lists[imei[:14]]; ok {
			status = s
		}
	}
	e1 := octets.Number(octets.EquipmentStatus, status).Of(tgpp)
	e1.Flags |= octets.P
	return a.With(octets.Text(4711, "\xff\x00").Of(99999).Optional(), octets.Text(octets.ProductName, "odd").Optional(), e1).
		With(m.All(octets.ProxyInfo, 0)...).
		With(octets.Text(octets.OriginRealm, e.realm), octets.Text(octets.OriginHost, e.host),
			octets.Number(octets.AuthSessionState, 1), octets.Number(octets.ResultCode, judge.Success))
}

func of(avps []octets.AVP, code uint32) []octets.AVP {
	var all []octets.AVP
	for _, a := range avps {
		if a.Is(code, tgpp) {
			all = append(all, a)
		}
	}
	return all
}

func digits(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789") == ""
}
