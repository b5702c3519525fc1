package s13

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// helper is what *testing.T and *rapid.T have in common here.
type helper interface {
	Helper()
	Fatalf(format string, args ...any)
}

// examined returns what the careful way makes of a message.
func examined(t helper, id *Identity, msg []byte) (Request, *Fault) {
	t.Helper()
	var r Request
	f := id.Examine(msg, &r)
	return r, f
}

// What real peers send stays on the fast way, and both ways read it the same.
func TestUsual(t *testing.T) {
	const (
		msisdn     = "000002bdc0000012000028af3393837261500000" // 701, M though we have no use for it
		drmp       = "0000012d0000000c00000001"
		drmpM      = "0000012d4000000c00000001"
		vendorAVP  = "0000fffe8000000e000028b061620000" // unknown, without M
		route      = "0000011a4000000b64726100"
		meid       = "000005bfc0000010000028afa1b2c3d4"
		dirtyIMEI  = "0000057ae500001a000028af3236303533313739333131333833ffff" // reserved bits, dirty padding
		optionalTI = "0000057980000028000028af" + "0000057a8000001a000028af32363035333137393331313338330000"
	)
	id := newTestIdentity(t)
	imei := eir.IMEI(26053179311383)
	for _, c := range []struct {
		name string
		avps []string
		want eir.Query
	}{
		{"golden", usual(), eir.Query{IMEI: imei, SVN: 1, IMSI: imsiOf(t, "001010123456789")}},
		{"no User-Name", without(hexUser), eir.Query{IMEI: imei, SVN: 1}},
		{"no application AVP", without(hexVSAI), eir.Query{IMEI: imei, SVN: 1, IMSI: imsiOf(t, "001010123456789")}},
		{"application AVP twice", append(without(hexUser), hexVSAI), eir.Query{IMEI: imei, SVN: 1}},
		{"Destination-Host", append(without(hexUser), hexToHost), eir.Query{IMEI: imei, SVN: 1}},
		{"names in capitals", append(without(hexUser), "000001254000001b4549522e4550432e4558414d504c452e4f524700"), eir.Query{IMEI: imei, SVN: 1}},
		{"User-Name is a NAI", instead(hexUser, "0000000140000014"+"303031303131323340657063"), eir.Query{IMEI: imei, SVN: 1, IMSI: imsiOf(t, "00101123")}},
		{"User-Name is no IMSI", instead(hexUser, "000000014000000b"+"61626300"), eir.Query{IMEI: imei, SVN: 1}},
		{"others that are known", append(without(hexUser), msisdn, drmp, drmpM, vendorAVP, route), eir.Query{IMEI: imei, SVN: 1}},
		{"through two proxies", append([]string{hexProxy1}, append(without(hexUser), hexProxy2)...), eir.Query{IMEI: imei, SVN: 1}},
		{"wrong M bits", instead(hexTerminal, optionalTI), eir.Query{IMEI: imei, SVN: eir.NoSVN, IMSI: imsiOf(t, "001010123456789")}},
		{"MEID", instead(hexTerminal, "00000579c0000038000028af"+meid+hexIMEI), eir.Query{IMEI: imei, SVN: eir.NoSVN, IMSI: imsiOf(t, "001010123456789")}},
		{"reserved bits and dirty padding", instead(hexTerminal, "00000579ff000028000028af"+dirtyIMEI), eir.Query{IMEI: imei, SVN: eir.NoSVN, IMSI: imsiOf(t, "001010123456789")}},
		{"no IMEI", instead(hexTerminal, "00000579c000000c000028af"), eir.Query{Form: eir.Absent, SVN: eir.NoSVN, IMSI: imsiOf(t, "001010123456789")}},
		{"an IMEI without octets", append(without(hexTerminal), "00000579c0000018000028af"+"0000057ac000000c000028af"),
			eir.Query{Form: eir.Empty, SVN: eir.NoSVN, IMSI: imsiOf(t, "001010123456789")}},
		{"IMEISV, no Software-Version", instead(hexTerminal, "00000579c0000028000028af"+"0000057ac000001c000028af"+"32363035333137393331313338333432"),
			eir.Query{IMEI: imei, SVN: 42, IMSI: imsiOf(t, "001010123456789")}},
		{"Software-Version is no number", instead(hexTerminal, "00000579c0000038000028af"+hexIMEI+"0000057bc000000f000028af30313200"),
			eir.Query{IMEI: imei, SVN: eir.NoSVN, BadSVN: true, IMSI: imsiOf(t, "001010123456789")}},
	} {
		for _, head := range []string{headECR, "9f00014401000024"} { // P clear; T and the reserved bits set
			msg := message(t, head, c.avps...)
			var r Request
			if !id.Scan(msg, &r) {
				_, f := examined(t, id, msg)
				t.Errorf("%s: not usual: %v", c.name, f)
				continue
			}
			c.want.At = 5
			if diff := cmp.Diff(c.want, r.Query(5)); diff != "" {
				t.Errorf("%s: (-want +got)\n%s", c.name, diff)
			}
			careful, f := examined(t, id, msg)
			if diff := cmp.Diff(careful, r, cmp.AllowUnexported(Request{})); f != nil || diff != "" {
				t.Errorf("%s: fault %v, (-careful +fast)\n%s", c.name, f, diff)
			}
		}
	}
}

func imsiOf(t *testing.T, s string) eir.IMSI {
	t.Helper()
	n, ok := eir.ParseIMSI([]byte(s))
	if !ok {
		t.Fatal(s)
	}
	return n
}

// What Scan leaves to Examine though nothing is wrong with it.
func TestUnusualButSound(t *testing.T) {
	const features = "000002740000001c" + "0000010a4000000c000028af" + "0000fffe00000008" // 628: Supported-Features of no vendor
	id := newTestIdentity(t)
	for name, avps := range map[string][]string{
		"a grouped AVP that is not read":   append(usual(), "0000026d00000018"+"0000026e00000010"+"0000000000000001"), // OC-Supported-Features
		"something else in an application": instead(hexVSAI, "0000010440000028"+hexVSAI[16:]+"0000fffe00000008"),
		"an unknown group without M":       append(usual(), features),
		"very many AVPs":                   append(usual(), make512("0000fffe00000008")[:490]...),
	} {
		msg := ecr(t, avps...)
		r, f := examined(t, id, msg)
		if f != nil || string(r.IMEI) != "26053179311383" {
			t.Errorf("%s: %v, IMEI %q", name, f, r.IMEI)
		}
	}
}

// Cut at every octet, with the header's length left and corrected, the golden
// ECR is never usual, and the careful way names a fault.
func TestScanTruncated(t *testing.T) {
	id, whole := newTestIdentity(t), octets(t, goldenECR)
	userName := len(whole) - 24 // optional, so cutting it off whole is no fault
	for n := range whole {
		cut := bytes.Clone(whole[:n])
		for range 2 {
			var r Request
			if id.Scan(cut, &r) && n != userName {
				t.Errorf("%d octets are usual", n)
			}
			if _, f := examined(t, id, cut); f == nil && n != userName {
				t.Errorf("%d octets are sound", n)
			}
			if n >= wire.HeaderLen {
				wire.FinishMessage(cut, 0)
			}
		}
	}
}

// Whatever AVPs an ECR is put together from, and whatever octet is changed:
// what Scan accepts Examine accepts, and both read the same.
func TestScanAgreesWithExamine(tt *testing.T) {
	id := newTestIdentity(tt)
	parts := append(usual(), hexToHost, hexProxy1, hexProxy2, "0000fffe00000008", "0000fffe40000008",
		"0000012d4000000c00000001", "0000011a4000000978000000", "00000579c000000c000028af", "0000026d00000008")
	rapid.Check(tt, func(t *rapid.T) {
		chosen := rapid.SliceOfN(rapid.SampledFrom(parts), 0, 4).Draw(t, "more")
		msg := ecr(tt, rapid.Permutation(append(usual(), chosen...)).Draw(t, "order")...)
		if rapid.Bool().Draw(t, "mutate") {
			msg[rapid.IntRange(0, len(msg)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "octet")
		}
		agree(t, id, msg)
	})
}

// agree is the property that holds the two ways together.
func agree(t helper, id *Identity, msg []byte) {
	var fast Request
	if !id.Scan(msg, &fast) {
		return
	}
	careful, f := examined(t, id, msg)
	if f != nil {
		t.Fatalf("Scan accepts what Examine refuses: %v\n%x", f, msg)
	}
	if diff := cmp.Diff(careful, fast, cmp.AllowUnexported(Request{})); diff != "" {
		t.Fatalf("(-careful +fast)\n%s\n%x", diff, msg)
	}
	if careful.Query(1) != fast.Query(1) {
		t.Fatalf("two questions: %+v, %+v", careful.Query(1), fast.Query(1))
	}
}

func TestNoAllocation(t *testing.T) {
	id := newTestIdentity(t)
	golden := octets(t, goldenECR)
	proxied := ecr(t, slices.Concat([]string{hexProxy1}, usual(), []string{hexProxy2, "0000012d4000000c00000001"})...)
	out := make([]byte, 0, 1024)
	for _, status := range []eir.Status{eir.Permitted, eir.Tracked, eir.Prohibited, eir.Unknown, eir.Unable, eir.Invalid} {
		v := eir.Verdict{Status: status}
		for _, msg := range [][]byte{golden, proxied} {
			var r Request
			n := testing.AllocsPerRun(100, func() {
				if !id.Scan(msg, &r) || r.Query(1).IMEI != 26053179311383 {
					t.Fatal("not usual")
				}
				out, _ = id.AppendECA(out[:0], &r, &v)
			})
			if n != 0 {
				t.Errorf("%s: %v allocations", status, n)
			}
		}
	}
	var r Request
	if n := testing.AllocsPerRun(100, func() {
		if id.Examine(proxied, &r) != nil {
			t.Fatal("a fault")
		}
	}); n != 0 {
		t.Errorf("Examine of a sound ECR: %v allocations", n)
	}
}
