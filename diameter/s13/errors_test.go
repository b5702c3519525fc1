package s13

import (
	"encoding/hex"
	"testing"

	"paperweight/diameter/wire"
)

// Every row of the error table that a single message can bring about, with the
// octets that Failed-AVP must hold.
func TestFaults(t *testing.T) {
	const (
		unknownM   = "0000fffe4000000a61620000"
		unknown    = "0000fffe0000000a61620000"
		vendorM    = "0000fffec000000e000028b061620000"
		longState  = "000001154000000d0000000100000000"
		badState   = "000001154000000c00000002"
		noTerminal = "00000579c000000c000028af"
		zeroIMEI   = "0000057ac000001a000028af" + "00000000000000000000000000000000"
	)
	for _, c := range []struct {
		name   string
		msg    []byte
		code   uint32
		failed string
		bare   bool // the request's Session-Id can't be repeated
	}{
		{name: "E bit in a request", msg: message(t, "e000014401000024", usual()...), code: 3008},
		{name: "unknown command", msg: message(t, "c00003e701000024", usual()...), code: 3001},
		{name: "unknown base command", msg: message(t, "c00003e700000000", usual()...), code: 3001},
		{name: "S13's command in the base application", msg: message(t, "c000014400000000", usual()...), code: 3001},
		{name: "another application", msg: message(t, "c000014401000023", usual()...), code: 3007},
		{name: "the relay application", msg: message(t, "c0000144ffffffff", usual()...), code: 3007},
		{name: "Destination-Host not ours", msg: ecr(t, append(usual(), "0000012540000009"+"78000000")...), code: 3002},
		{name: "Destination-Realm not ours", msg: ecr(t, instead(hexToRealm, "0000011b40000009"+"78000000")...), code: 3003},
		{name: "Route-Record names us", msg: ecr(t, append(usual(), "0000011a40000009"+"78000000", "0000011a4000001b"+"4549522e6570632e6578616d706c652e6f726700")...), code: 3005},
		{name: "routing before AVPs", msg: ecr(t, append([]string{unknownM, "0000012540000009" + "78000000"}, usual()...)...), code: 3002},

		{name: "unknown AVP with M", msg: ecr(t, append(usual(), unknown, unknownM)...), code: 5001, failed: unknownM},
		{name: "unknown vendor's AVP with M", msg: ecr(t, append(usual(), vendorM)...), code: 5001, failed: vendorM},
		{name: "Terminal-Information without its Vendor-Id", msg: ecr(t, instead(hexTerminal, "0000057940000008")...), code: 5001, failed: "0000057940000008"},
		{name: "unknown AVP with M in Terminal-Information", msg: ecr(t, instead(hexTerminal, "00000579c0000034000028af"+hexIMEI+unknownM)...),
			code: 5001, failed: "00000579c0000018000028af" + unknownM},
		{name: "first of two", msg: ecr(t, append(usual(), vendorM, unknownM)...), code: 5001, failed: vendorM},

		{name: "Auth-Session-State with a value that is none", msg: ecr(t, instead(hexState, badState)...), code: 5004, failed: badState},

		{name: "Session-Id absent", msg: ecr(t, without(hexSession)...), code: 5005, failed: "0000010740000008", bare: true},
		{name: "Auth-Session-State absent", msg: ecr(t, without(hexState)...), code: 5005, failed: "000001154000000c00000000"},
		{name: "Origin-Host absent", msg: ecr(t, without(hexHost)...), code: 5005, failed: "000001084000000900000000"},
		{name: "Origin-Realm absent", msg: ecr(t, without(hexRealm)...), code: 5005, failed: "000001284000000900000000"},
		{name: "Destination-Realm absent", msg: ecr(t, without(hexToRealm)...), code: 5005, failed: "0000011b4000000900000000"},
		{name: "Terminal-Information absent", msg: ecr(t, without(hexTerminal)...), code: 5005, failed: noTerminal},
		{name: "nothing but the Session-Id", msg: ecr(t, hexSession), code: 5005, failed: "000001154000000c00000000"},

		{name: "Terminal-Information twice", msg: ecr(t, append(usual(), noTerminal)...), code: 5009, failed: noTerminal},
		{name: "Session-Id twice", msg: ecr(t, append(usual(), "0000010740000009"+"78000000")...), code: 5009, failed: "000001074000000978000000"},
		{name: "User-Name twice", msg: ecr(t, append(usual(), hexUser)...), code: 5009, failed: hexUser},
		{name: "IMEI twice", msg: ecr(t, instead(hexTerminal, "00000579c0000054000028af"+hexIMEI+hexIMEI+hexSVN)...), code: 5009, failed: "00000579c0000028000028af" + hexIMEI},

		{name: "too many AVPs", msg: ecr(t, append(usual(), make512(unknown)...)...), code: 5012},
		{name: "nested too deep", msg: ecr(t, append(usual(), nested(t, 9))...), code: 5012},

		{name: "length 0", msg: ecr(t, hexSession, "0000010840000000"), code: 5014, failed: "000001084000000900000000"},
		{name: "length 7", msg: ecr(t, hexSession, "0000011540000007"+"00000001"), code: 5014, failed: "000001154000000c00000000"},
		{name: "length beyond the message", msg: ecr(t, hexSession, "00000579c0000100000028af"), code: 5014, failed: noTerminal},
		{name: "padding beyond the message", msg: ecr(t, hexSession, hexUser[:len(hexUser)-8]), code: 5014, failed: "0000000140000008"},
		{name: "V bit and length 8", msg: ecr(t, hexSession, "0000057ac0000008000028af"), code: 5014, failed: zeroIMEI},
		{name: "half a header", msg: ecr(t, hexSession, "0000fffe"), code: 5014, failed: "0000fffe00000008"},
		{name: "length wrong in Terminal-Information", msg: ecr(t, instead(hexTerminal, "00000579c0000018000028af"+"0000057ac0000010000028af")...),
			code: 5014, failed: "00000579c0000028000028af" + zeroIMEI},
		{name: "length of a group not that of its content", msg: ecr(t, instead(hexTerminal, "00000579c0000036"+hexTerminal[16:])...),
			code: 5014, failed: "00000579c000001c000028af" + "0000057bc000000e000028af00000000"},
		{name: "length not that of the type", msg: ecr(t, instead(hexState, longState)...), code: 5014, failed: "000001154000000c00000000"},
		{name: "length wrong two groups down", msg: ecr(t, append(usual(), "0000011740000018"+"0000010440000010"+"0000010a40000002")...),
			code: 5014, failed: "000001174000001c" + "0000010440000014" + "0000010a4000000c00000000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := newTestIdentity(t)
			var r Request
			if id.Scan(c.msg, &r) {
				t.Fatal("Scan found it usual")
			}
			f := id.Examine(c.msg, &r)
			if f == nil {
				t.Fatal("no fault")
			}
			answer := id.AppendError(nil, c.msg, f)
			if c.bare {
				// The grammar wants a Session-Id, and there is none to repeat.
				answer = withSession(t, answer)
			}
			m := decode(t, answer)
			if got := resultCode(t, m); got != c.code {
				t.Errorf("result code %d, want %d", got, c.code)
			}
			if got := m.Header.CommandFlags&wire.FlagError != 0; got != (c.code/1000 == 3) {
				t.Errorf("E bit %v with %d", got, c.code)
			}
			if got := failed(t, answer); got != c.failed {
				t.Errorf("Failed-AVP\n got %s\nwant %s", got, c.failed)
			}
			if got := find(answer, wire.SessionID); len(got) != 1 || got[0] != hexSession {
				t.Errorf("Session-Id %v", got)
			}
			req, _ := wire.ParseHeader(c.msg)
			if h := m.Header; h.HopByHopID != 0x11223344 || h.EndToEndID != 0x55667788 || h.CommandCode != req.Command ||
				h.ApplicationID != req.App || h.CommandFlags&wire.FlagProxiable == 0 {
				t.Errorf("header %v", h)
			}
		})
	}
}

func make512(avp string) []string {
	all := make([]string, 512)
	for i := range all {
		all[i] = avp
	}
	return all
}

// nested is a Failed-AVP in a Failed-AVP, and so on, in hexadecimal.
func nested(t testing.TB, depth int) string {
	b := ""
	for range depth {
		b = hex.EncodeToString(wire.AppendAVP(nil, wire.FailedAVP, 0, 0, octets(t, b)))
	}
	return b
}

// Version and length are found when framing; the answer needs the header alone.
func TestFramingFaults(t *testing.T) {
	id := newTestIdentity(t)
	for _, c := range []struct {
		name, head string
		code       uint32
	}{
		{"version 2", "020000fc", 5011},
		{"length 16", "01000010", 5015},
		{"length 21", "01000015", 5015},
		{"over the cap", "01ffffff", 5015},
	} {
		msg := append(octets(t, c.head), octets(t, goldenECR)[4:]...)
		_, err := wire.Frame(msg, 4096)
		if err == nil {
			t.Fatalf("%s: no fault", c.name)
		}
		answer := id.AppendError(nil, msg[:wire.HeaderLen], FrameFault(err))
		// Nothing behind the header can be trusted, so no Session-Id.
		if got := find(answer, wire.SessionID); got != nil {
			t.Errorf("%s: Session-Id %s", c.name, got)
		}
		m := decode(t, withSession(t, answer))
		if got := resultCode(t, m); got != c.code || m.Header.CommandFlags != wire.FlagProxiable || m.Header.HopByHopID != 0x11223344 {
			t.Errorf("%s: %d, %v", c.name, got, m.Header)
		}
	}
	msg := octets(t, goldenECR)
	msg[0] = 3
	if f := id.Examine(msg, new(Request)); f == nil || f.ResultCode != 5011 {
		t.Errorf("Examine of version 3: %v", f)
	}
	if f := id.Examine(octets(t, goldenECR)[:248], new(Request)); f == nil || f.ResultCode != 5015 {
		t.Errorf("Examine of a shorter message: %v", f)
	}
}

// An answer is never answered (RFC 6733 7.2).
func TestNoAnswerToAnAnswer(t *testing.T) {
	id := newTestIdentity(t)
	f := &Fault{ResultCode: 5014}
	for _, msg := range [][]byte{octets(t, goldenListed), octets(t, goldenListed)[:7], nil} {
		for _, b := range [][]byte{id.AppendError(nil, msg, f), id.AppendCEA(nil, msg, f), id.AppendDWA(nil, msg, nil), id.AppendDPA(nil, msg, f)} {
			if len(b) != 0 {
				t.Errorf("%x", b)
			}
		}
	}
}
