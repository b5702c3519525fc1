package mme

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"testing"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/dict"
	"github.com/google/go-cmp/cmp"
)

var (
	peer  = Peer{Host: "mme.epc.example.org", Realm: "epc.example.org"}
	phone = Phone{IMEI: "26053179311383", SVN: "01", IMSI: "001010123456789"}
)

// The golden messages were built from the grammar of TS 29.272 7.2.19 and
// passed by an independent dissector.
const (
	goldenECR = "010000fcc0000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c01000024000001154000000c00000001000001084000001b6d6d652e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f7267000000011b400000176570632e6578616d706c652e6f72670000000579c0000038000028af0000057ac000001a000028af323630353331373933313133383300000000057bc000000e000028af30310000000000014000001730303130313031323334353637383900"
	blackECA  = "010000b040000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c010000240000010c4000000c000007d1000001154000000c00000001000001084000001b6569722e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700000005a5c0000010000028af00000001"
	noneECA   = "010000b440000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c0100002400000129400000200000010a4000000c000028af0000012a4000000c0000152e000001154000000c00000001000001084000001b6569722e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGoldenECR(t *testing.T) {
	got := AppendECR(nil, peer, "mme.epc.example.org;1;1", phone)
	SetIDs(got, 0x11223344, 0x55667788)
	if diff := cmp.Diff(goldenECR, hex.EncodeToString(got)); diff != "" {
		t.Errorf("ECR (-want +got):\n%s", diff)
	}
}

// go-diameter reads what we write, with the values we meant.
func TestBaseRequestsAreDiameter(t *testing.T) {
	for name, msg := range map[string][]byte{
		"CER":      AppendCER(nil, peer, netip.MustParseAddr("127.0.0.1")),
		"CER IPv6": AppendCER(nil, peer, netip.MustParseAddr("::1")),
		"DPR":      AppendDPR(nil, peer),
	} {
		t.Run(name, func(t *testing.T) {
			m, err := diam.ReadMessage(bytes.NewReader(msg), dict.Default)
			if err != nil {
				t.Fatal(err)
			}
			host, err := m.FindAVP("Origin-Host", 0)
			if err != nil || string(host.Data.Serialize()) != peer.Host {
				t.Errorf("Origin-Host: %v, %v", host, err)
			}
			back, err := m.Serialize()
			// go-diameter replaces identifiers of zero by random ones.
			copy(back[12:20], msg[12:20])
			if err != nil || !bytes.Equal(back, msg) {
				t.Errorf("written again: %x, %v\nwant %x", back, err, msg)
			}
		})
	}
}

func TestReadAnswer(t *testing.T) {
	for _, c := range []struct {
		name, hex string
		want      Answer
	}{
		{"prohibited", blackECA, Answer{Result: 2001, Status: 1}},
		{"unknown", noneECA, Answer{Result: 5422, Status: -1}},
	} {
		msg := unhex(t, c.hex)
		got, err := ReadAnswer(msg)
		if err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v; want %+v", c.name, got, err, c.want)
		}
		if n, err := Frame(append(msg, 1)); n != len(msg) || err != nil {
			t.Errorf("%s: frame %d, %v; want %d", c.name, n, err, len(msg))
		}
		for cut := range msg {
			if n, err := Frame(msg[:cut]); n != 0 || err != nil {
				t.Fatalf("%s cut to %d bytes: frame %d, %v; want 0, nil", c.name, cut, n, err)
			}
		}
		if hop, end := IDs(msg); hop != 0x11223344 || end != 0x55667788 {
			t.Errorf("%s: identifiers %x %x", c.name, hop, end)
		}
	}
}

func FuzzReadAnswer(f *testing.F) {
	for _, s := range []string{blackECA, noneECA, goldenECR} {
		b, _ := hex.DecodeString(s)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := Frame(b)
		if n < 0 || n > len(b) || n%4 != 0 || err != nil && n != 0 {
			t.Fatalf("frame of %d bytes: %d, %v", len(b), n, err)
		}
		if n != 0 {
			_, _ = ReadAnswer(b[:n])
		}
	})
}
