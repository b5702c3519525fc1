package s13

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/diameter/wire"
)

const (
	hexAddress  = "000001014000000e0001" + "0a00000a0000"
	hexAddress6 = "000001014000001a0002" + "20010db80000000000000000000000010000"
	noAddress   = "000001014000000e0000" + "000000000000"
	hexVendor   = "0000010a4000000c000028af"
	hexProduct  = "0000010d0000000a" + "4d4d0000"
	hexStateID  = "000001164000000c00000005"
	hexAuthS13  = "000001024000000c01000024"
	hexRelay    = "000001024000000cffffffff"
	hexAcctS13  = "000001034000000c01000024"
	hexAuthS6a  = "000001024000000c01000023"
	hexNoSec    = "0000012b4000000c00000000"
	hexTLS      = "0000012b4000000c00000001"
	hexCause    = "000001114000000c00000001"
)

var cerParts = []string{hexHost, hexRealm, hexAddress, hexVendor, hexProduct}

func TestParseCER(t *testing.T) {
	peer := Capabilities{OriginHost: "mme.epc.example.org", OriginRealm: "epc.example.org", ProductName: "MM"}
	for _, c := range []struct {
		name   string
		more   []string
		offers []uint32 // where it is looked at
		code   uint32
		failed string
	}{
		{name: "S13 for 3GPP", more: []string{hexVSAI}},
		{name: "S13 for another vendor", more: []string{"0000010440000020" + "0000010a4000000c00000009" + hexAuthS13}},
		{name: "S13 alone", more: []string{hexAuthS13}},
		{name: "S13 as accounting", more: []string{hexAcctS13}},
		{name: "S13 as accounting of a vendor", more: []string{"0000010440000020" + hexVendor + hexAcctS13}},
		{name: "one of several", more: []string{hexAuthS6a, hexVSAI, hexAcctS13}, offers: []uint32{16777251, 16777252, 16777252}},
		{name: "relay", more: []string{hexRelay}},
		{name: "relay of a vendor", more: []string{"0000010440000020" + hexVendor + hexRelay}},
		{name: "all that a CER may say", more: []string{hexVSAI, hexAddress6, hexStateID, hexNoSec, hexTLS, "0000010b0000000c0000002a", "0000010140000011" + "0008" + "34393137303000000000"}},

		{name: "no application", code: 5010},
		{name: "another application", more: []string{hexAuthS6a}, code: 5010},
		{name: "the vendor's number is no application", more: []string{"0000010440000020" + "0000010a4000000c01000024" + hexAuthS6a}, code: 5010},
		{name: "TLS inside the connection", more: []string{hexVSAI, hexTLS}, code: 5017},
		{name: "unknown AVP with M", more: []string{hexVSAI, "0000fffe40000008"}, code: 5001, failed: "0000fffe40000008"},
		{name: "Origin-Host twice", more: []string{hexVSAI, hexHost}, code: 5009, failed: hexHost},
		{name: "length of a number", more: []string{hexVSAI, "0000011640000009" + "05000000"}, code: 5014, failed: "000001164000000c00000000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := newTestIdentity(t)
			msg := message(t, headCER, append(slices.Clone(cerParts), c.more...)...)
			got, f := id.ParseCER(msg, false)
			if c.failed == "" {
				if c.offers == nil {
					got.Applications = nil
				}
				peer.Applications = c.offers
				if diff := cmp.Diff(peer, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			}
			checkBase(t, id.AppendCEA(nil, msg, f, netip.MustParseAddr("192.0.2.1")), f, c.code, c.failed)
		})
	}
}

// RFC 6733 6.10: over TLS a peer may say that it supports it, or nothing.
func TestInbandSecurityOverTLS(t *testing.T) {
	id := newTestIdentity(t)
	for name, c := range map[string]struct {
		security []string
		plain    uint32 // the result without TLS below
		secured  uint32
	}{
		"nothing said": {nil, 0, 0},
		"none":         {[]string{hexNoSec}, 0, 0},
		"TLS":          {[]string{hexTLS}, 5017, 0},
		"either":       {[]string{hexTLS, hexNoSec}, 0, 0},
		"another":      {[]string{"0000012b4000000c00000007"}, 5017, 5017},
	} {
		msg := message(t, headCER, append(append(slices.Clone(cerParts), hexVSAI), c.security...)...)
		for secured, want := range map[bool]uint32{false: c.plain, true: c.secured} {
			_, f := id.ParseCER(msg, secured)
			if (f != nil) != (want != 0) || f != nil && f.ResultCode != want {
				t.Errorf("%s, over TLS %v: %v, want %d", name, secured, f, want)
			}
		}
	}
}

// checkBase holds an answer to a base message to a result and its Failed-AVP.
func checkBase(t *testing.T, answer []byte, f *Fault, code uint32, failedWant string) {
	t.Helper()
	if (f != nil) != (code != 0) {
		t.Fatalf("fault %v, want %d", f, code)
	}
	if code == 0 {
		code = wire.DiameterSuccess
	}
	if got := failed(t, answer); got != failedWant {
		t.Errorf("Failed-AVP %s, want %s", got, failedWant)
	}
	if failedWant == noAddress {
		// go-diameter ends in a nil dereference at an address of no family,
		// the zeros that RFC 6733 7.5 asks for.
		answer = bytes.Replace(answer, octets(t, noAddress), octets(t, hexAddress), 1)
	}
	m := decode(t, answer)
	if got := resultCode(t, m); got != code {
		t.Errorf("result code %d, want %d (%v)", got, code, f)
	}
	if h := m.Header; h.HopByHopID != 0x11223344 || h.EndToEndID != 0x55667788 {
		t.Errorf("header %v", h)
	}
}

func TestMissingInBaseMessages(t *testing.T) {
	id := newTestIdentity(t)
	addr := netip.MustParseAddr("192.0.2.1")
	for head, parts := range map[string]map[string]string{
		headCER: {
			hexHost: "000001084000000900000000", hexRealm: "000001284000000900000000",
			hexAddress: noAddress, hexVendor: "0000010a4000000c00000000", hexProduct: "0000010d00000008",
		},
		headDWR: {hexHost: "000001084000000900000000", hexRealm: "000001284000000900000000"},
		headDPR: {hexHost: "000001084000000900000000", hexRealm: "000001284000000900000000", hexCause: "000001114000000c00000000"},
	} {
		all := []string{hexHost, hexRealm}
		for part := range parts {
			if part != hexHost && part != hexRealm {
				all = append(all, part)
			}
		}
		for part, want := range parts {
			msg := message(t, head, slices.DeleteFunc(slices.Clone(all), func(p string) bool { return p == part })...)
			var f *Fault
			var answer []byte
			switch head {
			case headCER:
				_, f = id.ParseCER(msg, false)
				answer = id.AppendCEA(nil, msg, f, addr)
			case headDWR:
				f = id.Examine(msg, new(Request))
				answer = id.AppendDWA(nil, msg, f)
			case headDPR:
				_, f = id.ParseDPR(msg)
				answer = id.AppendDPA(nil, msg, f)
			}
			checkBase(t, answer, f, wire.DiameterMissingAVP, want)
			if examined := id.Examine(msg, new(Request)); examined == nil || examined.ResultCode != wire.DiameterMissingAVP {
				t.Errorf("Examine: %v", examined)
			}
		}
	}
}

// Each base answer whole, AVP by AVP.
func TestBaseAnswers(t *testing.T) {
	const (
		success = "0000010c4000000c000007d1"
		ourHost = "000001084000001b6569722e6570632e6578616d706c652e6f726700"
		state   = "000001164000000c00000007"
	)
	id := newTestIdentity(t)
	product := hexText(wire.ProductName, "Paperweight")
	for _, c := range []struct {
		name string
		got  []byte
		head string
		avps []string
	}{
		{"CEA", id.AppendCEA(nil, message(t, headCER), nil, netip.MustParseAddr("::ffff:10.0.0.10"), netip.MustParseAddr("2001:db8::1")), "0000010100000000",
			[]string{success, ourHost, hexRealm, hexAddress, hexAddress6, "0000010a4000000c00000000", product, state, "000001094000000c000028af", hexVSAI}},
		{"CEA to a stranger", id.AppendCEA(nil, message(t, headCER), &Fault{ResultCode: wire.DiameterUnknownPeer}), "2000010100000000",
			[]string{ourHost, hexRealm, "0000010c4000000c00000bc2"}},
		{"DWA", id.AppendDWA(nil, message(t, headDWR), nil), "0000011800000000", []string{success, ourHost, hexRealm, state}},
		{"DPA", id.AppendDPA(nil, message(t, headDPR), nil), "0000011a00000000", []string{success, ourHost, hexRealm}},
		{"DWR", id.AppendDWR(nil, 0x11223344, 0x55667788), headDWR, []string{ourHost, hexRealm, state}},
		{"DPR", id.AppendDPR(nil, 0x11223344, 0x55667788, wire.Busy), headDPR, []string{ourHost, hexRealm, hexCause}},
	} {
		if diff := cmp.Diff(message(t, c.head, c.avps...), c.got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
		if c.got[4]&wire.FlagRequest == 0 {
			decode(t, c.got)
		}
	}
}

func TestParseDPR(t *testing.T) {
	id := newTestIdentity(t)
	if cause, f := id.ParseDPR(message(t, headDPR, hexHost, hexRealm, hexCause)); f != nil || cause != wire.Busy {
		t.Errorf("%d, %v", cause, f)
	}
}
