package s13

import (
	"bytes"
	"testing"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/dict"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// seeds are the golden ECR, its like, and each with one octet changed.
func seeds(f *testing.F) {
	for _, msg := range [][]byte{
		octets(f, goldenECR),
		ecr(f, append([]string{hexProxy1}, append(usual(), hexProxy2, hexToHost, "0000012d4000000c00000001")...)...),
		ecr(f, append(usual(), nested(f, 9))...),
		message(f, headCER, append(cerParts[:len(cerParts):len(cerParts)], hexVSAI)...),
		ecr(f, append(usual(), hexDRMP0, hexFeatures)...), ecr(f, append(usual(), hexExtended)...),
		message(f, headDWR, hexHost, hexRealm, hexStateID),
		message(f, headDPR, hexHost, hexRealm, hexCause),
	} {
		f.Add(msg)
		for i := 0; i < len(msg); i += 7 {
			changed := bytes.Clone(msg)
			changed[i] ^= 0x41
			f.Add(changed)
		}
	}
}

// whole makes the octets of a fuzzer a message as wire.Frame would cut it.
func whole(b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) < wire.HeaderLen {
		return nil
	}
	b = b[:len(b)&^3]
	b[0] = wire.Version
	wire.FinishMessage(b, 0)
	return b
}

// FuzzScan: what Scan accepts Examine accepts, with the same Query, and its
// answer is sound.
func FuzzScan(f *testing.F) {
	seeds(f)
	id := newTestIdentity(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		agree(t, id, b) // as it is: any length, any version
		msg := whole(b)
		agree(t, id, msg)
		var r Request
		if !id.Scan(msg, &r) {
			return
		}
		for status := range eir.Status(eir.NumStatuses) {
			sound(t, id, eca(id, &r, &eir.Verdict{Status: status, Form: r.Query(1).Form}))
		}
	})
}

// FuzzExamine: a fault's answer is sound, stays within bounds, and
// go-diameter can read it.
func FuzzExamine(f *testing.F) {
	seeds(f)
	id := newTestIdentity(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		id.Examine(b, new(Request))
		msg := whole(b)
		if msg == nil {
			return
		}
		fault := id.Examine(msg, new(Request))
		if fault == nil {
			fault = &Fault{ResultCode: wire.DiameterUnableToComply}
		}
		answer := id.AppendError(nil, msg, fault)
		if (len(answer) > 0) != (msg[4]&wire.FlagRequest != 0) {
			t.Fatalf("%x answered with %x", msg, answer)
		}
		if len(answer) > 3*len(msg)+1024 {
			t.Fatalf("an answer of %d octets to %d", len(answer), len(msg))
		}
		sound(t, id, answer)
		_, fault = id.ParseCER(msg, false)
		sound(t, id, id.AppendCEA(nil, msg, fault))
		sound(t, id, id.AppendDWA(nil, msg, id.Examine(msg, new(Request))))
		_, fault = id.ParseDPR(msg)
		sound(t, id, id.AppendDPA(nil, msg, fault))
	})
}

// sound holds an answer to our own validation and to go-diameter's decoder.
func sound(t *testing.T, id *Identity, answer []byte) {
	t.Helper()
	if len(answer) == 0 {
		return
	}
	if n, err := wire.Frame(answer, wire.MaxMessage); n != len(answer) || err != nil {
		t.Fatalf("the answer is no message: %v\n%x", err, answer)
	}
	if f := wire.Validate(answer, wire.Limits{AVPs: 1 << 16, Depth: 16}, func(code, vendor uint32) bool {
		key := wire.KeyOf(code, vendor)
		return key == keyTerminalInformation || key == wire.KeyOf(wire.FailedAVP, 0) || key == wire.KeyOf(wire.VendorSpecificApplicationID, 0)
	}); f != nil && f.Kind != wire.TooDeep {
		t.Fatalf("the answer is broken: %v\n%x", f, answer)
	}
	h, _ := wire.ParseHeader(answer)
	_, err := dict.Default.FindCommand(h.App, h.Command)
	// go-diameter ends in a nil dereference at an Address of zeros, which is
	// what a Failed-AVP holds where one is missing.
	// Proxy-Info is the peer's own, echoed as it came, whatever a dictionary
	// has to say of what stands in it.
	if err == nil && h.Flags&wire.FlagError == 0 && len(find(answer, wire.FailedAVP)) == 0 && len(find(answer, wire.ProxyInfo)) == 0 {
		if _, err := diam.ReadMessage(bytes.NewReader(answer), dict.Default); err != nil {
			t.Fatalf("go-diameter can't read the answer: %v\n%x", err, answer)
		}
	}
}
