package s13

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// Each verdict and the AVPs of its answer, in hexadecimal and in order.
func TestAppendECA(t *testing.T) {
	const (
		success   = "0000010c4000000c000007d1"
		unable    = "0000010c4000000c00001394"
		invalid   = "0000010c4000000c0000138c"
		missing   = "0000010c4000000c0000138d"
		unknown   = "00000129400000200000010a4000000c000028af0000012a4000000c0000152e"
		ourHost   = "000001084000001b6569722e6570632e6578616d706c652e6f726700"
		status    = "000005a5c0000010000028af0000000"
		badIMEI   = "00000579c000001c000028af" + "0000057ac0000010000028af6e756c6c"
		emptyIMEI = "00000579c0000018000028af" + "0000057ac000000c000028af"
		badSVN    = "00000579c000001c000028af" + "0000057bc000000d000028af31000000"
	)
	head := []string{hexSession, hexVSAI}
	tail := []string{hexState, ourHost, hexRealm}
	for _, c := range []struct {
		name    string
		tiAVPs  string // Terminal-Information, golden where empty
		verdict eir.Verdict
		result  string
		extra   []string // Equipment-Status or what Failed-AVP holds
		message string
	}{
		{name: "permitted", verdict: eir.Verdict{Status: eir.Permitted}, result: success, extra: []string{status + "0"}},
		{name: "prohibited", verdict: eir.Verdict{Status: eir.Prohibited}, result: success, extra: []string{status + "1"}},
		{name: "tracked", verdict: eir.Verdict{Status: eir.Tracked}, result: success, extra: []string{status + "2"}},
		{name: "unknown", verdict: eir.Verdict{Status: eir.Unknown}, result: unknown},
		{name: "unable", verdict: eir.Verdict{Status: eir.Unable}, result: unable, message: "no answer can be given now"},
		{name: "no verdict", verdict: eir.Verdict{}, result: unable, message: "no answer can be given now"},
		{name: "an IMEI that is none", tiAVPs: badIMEI, verdict: eir.Verdict{Status: eir.Invalid, Form: eir.Null},
			result: invalid, extra: []string{failedAVP(badIMEI)}, message: "IMEI: invalid value"},
		{name: "an empty IMEI", tiAVPs: emptyIMEI, verdict: eir.Verdict{Status: eir.Invalid, Form: eir.Empty},
			result: invalid, extra: []string{failedAVP(emptyIMEI)}, message: "IMEI: invalid value"},
		{name: "a Software-Version that is none", tiAVPs: "00000579c0000038000028af" + hexIMEI + badSVN[24:],
			verdict: eir.Verdict{Status: eir.Invalid, BadSVN: true}, result: invalid, extra: []string{failedAVP(badSVN)}, message: "Software-Version: invalid value"},
		{name: "a Software-Version that is none, without an IMEI", tiAVPs: badSVN,
			verdict: eir.Verdict{Status: eir.Invalid, Form: eir.Absent, BadSVN: true}, result: invalid, extra: []string{failedAVP(badSVN)}, message: "Software-Version: invalid value"},
		{name: "no IMEI", tiAVPs: "00000579c000000c000028af", verdict: eir.Verdict{Status: eir.Invalid, Form: eir.Absent},
			result: missing, message: "IMEI is missing",
			extra: []string{failedAVP("00000579c0000028000028af" + "0000057ac000001a000028af" + "00000000000000000000000000000000")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := newTestIdentity(t)
			avps := usual()
			if c.tiAVPs != "" {
				avps = instead(hexTerminal, fixLength(t, c.tiAVPs))
			}
			var r Request
			if msg := ecr(t, append([]string{hexProxy2}, append(avps, hexProxy1)...)...); !id.Scan(msg, &r) {
				t.Fatal("not usual")
			}
			answer, told := id.AppendECA(nil, &r, &c.verdict)
			decode(t, answer)
			if code := octets(t, c.result); told != binary.BigEndian.Uint32(code[len(code)-4:]) {
				t.Errorf("told result code %d", told)
			}
			want := slices.Concat(head, []string{c.result}, tail)
			if c.message != "" {
				want = append(want, hexText(wire.ErrorMessage, c.message))
			}
			want = slices.Concat(want, c.extra, []string{hexProxy2, hexProxy1})
			if diff := cmp.Diff(message(t, "4000014401000024", want...), answer); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The flags of an answer: P as in the request, no T, no E, nothing reserved.
func TestAnswerFlags(t *testing.T) {
	id := newTestIdentity(t)
	for head, want := range map[string]uint8{"c000014401000024": 0x40, "8000014401000024": 0, "df00014401000024": 0x40, "9f00014401000024": 0} {
		msg := message(t, head, usual()...)
		var r Request
		if !id.Scan(msg, &r) {
			t.Fatal("not usual")
		}
		if b := eca(id, &r, &eir.Verdict{Status: eir.Permitted}); b[4] != want {
			t.Errorf("%s: flags %#x, want %#x", head, b[4], want)
		}
		if b := id.AppendError(nil, msg, &Fault{ResultCode: wire.DiameterUnableToComply}); b[4] != want {
			t.Errorf("%s: flags of an error %#x, want %#x", head, b[4], want)
		}
		if b := id.AppendError(nil, msg, &Fault{ResultCode: wire.DiameterTooBusy}); b[4] != want|wire.FlagError {
			t.Errorf("%s: flags of a protocol error %#x, want %#x", head, b[4], want|wire.FlagError)
		}
	}
}

// Every Proxy-Info comes back in order, wherever it stood and whatever the
// answer; the padding of the Session-Id is zeros, whatever the request's was.
func TestEcho(t *testing.T) {
	dirty := hexSession[:len(hexSession)-2] + "ee"
	for name, avps := range map[string][]string{
		"one":       {dirty, hexProxy1},
		"together":  {dirty, hexProxy2, hexProxy1},
		"apart":     {hexProxy2, dirty, hexProxy1, hexUser, hexProxy2},
		"far apart": append([]string{hexProxy1, dirty}, append(without(hexSession), hexProxy2, hexProxy1)...),
	} {
		want := slices.DeleteFunc(slices.Clone(avps), func(s string) bool { return s != hexProxy1 && s != hexProxy2 })
		rest := slices.DeleteFunc(without(hexSession), func(s string) bool { return slices.Contains(avps, s) })
		id, msg := newTestIdentity(t), ecr(t, append(avps, rest...)...)
		var r Request
		if !id.Scan(msg, &r) {
			t.Fatalf("%s: not usual", name)
		}
		behind, _ := id.AppendECA([]byte("before"), &r, &eir.Verdict{Status: eir.Tracked})
		for _, answer := range [][]byte{
			behind[len("before"):],
			eca(id, &r, &eir.Verdict{Status: eir.Invalid}),
			id.AppendError([]byte("before"), msg, &Fault{ResultCode: wire.DiameterTooBusy})[len("before"):],
			id.AppendError(nil, msg, &Fault{ResultCode: wire.DiameterUnableToComply}),
		} {
			decode(t, answer)
			if diff := cmp.Diff(want, find(answer, wire.ProxyInfo)); diff != "" {
				t.Errorf("%s: (-want +got)\n%s", name, diff)
			}
			if got := find(answer, wire.SessionID); len(got) != 1 || got[0] != hexSession || answer[20+8+23] != 0 {
				t.Errorf("%s: Session-Id %s", name, got)
			}
			if got := append(find(answer, wire.DestinationHost), find(answer, wire.DestinationRealm)...); len(got) > 0 {
				t.Errorf("%s: Destination AVPs %s", name, got)
			}
		}
	}
}

// A Proxy-Info that is broken inside, and all behind an AVP that can't be read,
// can't be repeated.
func TestEchoOfWhatIsBroken(t *testing.T) {
	id := newTestIdentity(t)
	const broken = "0000011c4000001000000118400000ff"
	msg := ecr(t, hexSession, hexProxy1, broken, hexProxy2, "0000010840000000", hexProxy1)
	f := id.Examine(msg, new(Request))
	if f == nil || f.ResultCode != wire.DiameterInvalidAVPLength {
		t.Fatalf("%v", f)
	}
	answer := id.AppendError(nil, msg, f)
	decode(t, answer)
	if diff := cmp.Diff([]string{hexProxy1, hexProxy2}, find(answer, wire.ProxyInfo)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, want := failed(t, answer), "0000011c40000014"+"000001184000000900000000"; got != want {
		t.Errorf("Failed-AVP %s, want %s", got, want)
	}
}
