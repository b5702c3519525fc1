package s13

import (
	"encoding/hex"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

const (
	hexDRMP0    = "0000012d0000000c00000000"
	hexDRMP15   = "0000012d0000000c0000000f"
	hexDRMP16   = "0000012d0000000c00000010"
	hexFeatures = "0000026d00000018" + "0000026e00000010" + "0000000000000001"
	hexNoVector = "0000026d00000008"
	hexRate     = "0000026d00000018" + "0000026e00000010" + "0000000000000004"
	hexExtended = "0000026d00000024" + "0000026e00000010" + "0000000000000001" + "000002890000000c61626364"
)

// Priority and support of overload reports, read the same on both ways.
func TestPriorityAndFeatures(t *testing.T) {
	id := newTestIdentity(t)
	for name, c := range map[string]struct {
		more     []string
		priority uint8
		loss     bool
		careful  bool // not for the fast way
	}{
		"nothing said":                  {nil, 10, false, false},
		"the highest":                   {[]string{hexDRMP0}, 0, false, false},
		"the lowest, then another":      {[]string{hexDRMP15, hexDRMP0}, 15, false, false},
		"none that exists":              {[]string{hexDRMP16}, 10, false, false},
		"loss":                          {[]string{hexFeatures}, 10, true, false},
		"loss by default":               {[]string{hexNoVector}, 10, true, false},
		"another algorithm":             {[]string{hexRate}, 10, false, false},
		"with what is not known":        {[]string{hexExtended}, 10, true, true},
		"twice, the first of them loss": {[]string{hexFeatures, hexRate}, 10, true, true},
	} {
		msg := ecr(t, append(usual(), c.more...)...)
		var r Request
		if fast := id.Scan(msg, &r); fast == c.careful {
			t.Errorf("%s: fast %v", name, fast)
		}
		careful, f := examined(t, id, msg)
		if f != nil || careful.Priority != c.priority || careful.Loss != c.loss {
			t.Errorf("%s: %v, priority %d, loss %v", name, f, careful.Priority, careful.Loss)
		}
		if !c.careful && (r.Priority != careful.Priority || r.Loss != careful.Loss) {
			t.Errorf("%s: the ways differ: %d %v", name, r.Priority, r.Loss)
		}
	}
}

// RFC 7944 8: the default can be configured, for requests that say nothing.
func TestDefaultPriority(t *testing.T) {
	id, err := NewIdentity(Capabilities{OriginHost: "eir.epc.example.org", OriginRealm: "epc.example.org", ProductName: "P", DefaultPriority: 7})
	if err != nil {
		t.Fatal(err)
	}
	for want, more := range map[uint8][]string{7: nil, 0: {hexDRMP0}, 15: {hexDRMP15}} {
		var r Request
		msg := ecr(t, append(usual(), more...)...)
		if careful, f := examined(t, id, msg); !id.Scan(msg, &r) || f != nil || r.Priority != want || careful.Priority != want {
			t.Errorf("priority %d and %d, want %d", r.Priority, careful.Priority, want)
		}
	}
}

// RFC 7683 5.1.2: who did not ask is told nothing, who asked is told what
// algorithm it is, and of an overload where there is one; in every answer.
func TestOverloadInAnswers(t *testing.T) {
	const report = "0000026f0000003c" + "0000027000000010" + "0000000000000102" + "000002720000000c00000000" +
		"000002730000000c0000002a" + "000002710000000c0000001e"
	id := newTestIdentity(t)
	for name, c := range map[string]struct {
		more   []string
		report *Report
		want   []string
	}{
		"did not ask":       {nil, &Report{Sequence: 1, Reduction: 2}, nil},
		"no overload":       {[]string{hexFeatures}, nil, []string{hexFeatures}},
		"another algorithm": {[]string{hexRate}, &Report{Sequence: 0x102, Reduction: 42, Validity: 30}, []string{hexFeatures}},
		"overload":          {[]string{hexFeatures}, &Report{Sequence: 0x102, Reduction: 42, Validity: 30}, []string{hexFeatures, report}},
	} {
		msg := ecr(t, append(append([]string{hexProxy1}, c.more...), usual()...)...)
		var r Request
		if !id.Scan(msg, &r) {
			t.Fatal("not usual")
		}
		r.Report = c.report
		busy, code := id.AppendBusy(nil, &r)
		foreign, _ := id.AppendForeign(nil, &r)
		for _, answer := range [][]byte{eca(id, &r, &eir.Verdict{Status: eir.Unknown}), busy, foreign} {
			decode(t, answer)
			if got := append(find(answer, wire.OCSupportedFeatures), find(answer, wire.OCOLR)...); !slices.Equal(got, c.want) {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
			if got := find(answer, wire.ProxyInfo); !slices.Equal(got, []string{hexProxy1}) {
				t.Errorf("%s: Proxy-Info %s", name, got)
			}
		}
		if busy[4]&wire.FlagError == 0 || code != wire.DiameterTooBusy {
			t.Errorf("%s: busy is %d, flags %#x", name, code, busy[4])
		}
	}
	for _, asks := range []string{hexFeatures, hexRate} {
		broken := ecr(t, append(without(hexState), asks)...)
		_, f := examined(t, id, broken)
		if got := find(id.AppendError(nil, broken, f), wire.OCSupportedFeatures); !slices.Equal(got, []string{hexFeatures}) {
			t.Errorf("an error to who asked with %s: %s", asks, got)
		}
	}
}

// The two answers that refuse, AVP by AVP.
func TestRefusals(t *testing.T) {
	const ourHost = "000001084000001b6569722e6570632e6578616d706c652e6f726700"
	result := func(code uint32) string {
		return hex.EncodeToString(wire.AppendUint32(nil, wire.ResultCode, 0, wire.FlagMandatory, code))
	}
	id := newTestIdentity(t)
	var r, named Request
	if !id.Scan(ecr(t, usual()...), &r) || !id.Scan(ecr(t, append(usual(), hexToHost)...), &named) {
		t.Fatal("not usual")
	}
	busy, _ := id.AppendBusy(nil, &r)
	busyHere, code := id.AppendBusy(nil, &named)
	foreign, _ := id.AppendForeign(nil, &r)
	for _, c := range []struct {
		got  []byte
		head string
		avps []string
	}{
		{busy, "6000014401000024", []string{hexSession, ourHost, hexRealm, result(3004), hexText(wire.ErrorMessage, "too many requests")}},
		{busyHere, "4000014401000024", []string{hexSession, hexVSAI, result(5012), hexState, ourHost, hexRealm, hexText(wire.ErrorMessage, "too many requests")}},
		{foreign, "4000014401000024", []string{hexSession, hexVSAI, result(5003), hexState, ourHost, hexRealm, hexText(wire.ErrorMessage, "Origin-Realm may not ask here")}},
	} {
		if diff := cmp.Diff(message(t, c.head, c.avps...), c.got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	if code != wire.DiameterUnableToComply {
		t.Errorf("busy where Destination-Host names us: %d", code)
	}
}
