package s13

import (
	"bytes"
	"encoding/hex"
	"testing"

	"paperweight/eir"
)

// The golden octets were built from the grammars of TS 29.272 by hand, apart
// from this code; a network analyser's dissector finds no fault in them.
const (
	goldenECR     = "010000fcc0000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c01000024000001154000000c00000001000001084000001b6d6d652e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f7267000000011b400000176570632e6578616d706c652e6f72670000000579c0000038000028af0000057ac000001a000028af323630353331373933313133383300000000057bc000000e000028af30310000000000014000001730303130313031323334353637383900"
	goldenListed  = "010000b040000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c010000240000010c4000000c000007d1000001154000000c00000001000001084000001b6569722e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700000005a5c0000010000028af00000001"
	goldenUnknown = "010000b440000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c0100002400000129400000200000010a4000000c000028af0000012a4000000c0000152e000001154000000c00000001000001084000001b6569722e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700"
)

func octets(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newTestIdentity(t testing.TB) *Identity {
	t.Helper()
	id, err := NewIdentity(Capabilities{
		OriginHost: "eir.epc.example.org", OriginRealm: "epc.example.org",
		ProductName: "Paperweight", OriginStateID: 7,
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestGoldenECA(t *testing.T) {
	id, msg := newTestIdentity(t), octets(t, goldenECR)
	var r Request
	if !id.Scan(msg, &r) {
		t.Fatal("the golden ECR is not usual")
	}
	q := r.Query(1)
	want := eir.ParseQuery([]byte("26053179311383"), []byte("01"), []byte("001010123456789"), 1)
	if q != want {
		t.Errorf("query %+v, want %+v", q, want)
	}
	for _, c := range []struct {
		status eir.Status
		want   string
	}{{eir.Prohibited, goldenListed}, {eir.Unknown, goldenUnknown}} {
		got := eca(id, &r, &eir.Verdict{Status: c.status})
		if !bytes.Equal(got, octets(t, c.want)) {
			t.Errorf("%s:\n got %x\nwant %s", c.status, got, c.want)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	id, msg := newTestIdentity(b), octets(b, goldenECR)
	var r Request
	b.ReportAllocs()
	for b.Loop() {
		if !id.Scan(msg, &r) {
			b.Fatal("not usual")
		}
	}
}

func BenchmarkAppendECA(b *testing.B) {
	id, msg := newTestIdentity(b), octets(b, goldenECR)
	var r Request
	if !id.Scan(msg, &r) {
		b.Fatal("not usual")
	}
	v := eir.Verdict{Status: eir.Prohibited}
	out := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		out, _ = id.AppendECA(out[:0], &r, &v)
	}
}

func BenchmarkScanEncode(b *testing.B) {
	id, msg := newTestIdentity(b), octets(b, goldenECR)
	v := eir.Verdict{Status: eir.Prohibited}
	out := make([]byte, 0, 4096)
	var r Request
	b.ReportAllocs()
	for b.Loop() {
		if !id.Scan(msg, &r) {
			b.Fatal("not usual")
		}
		out, _ = id.AppendECA(out[:0], &r, &v)
	}
}
