package octets

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/dict"
	"github.com/google/go-cmp/cmp"
)

// The golden ECR was built from the grammar of TS 29.272 7.2.19 and passed by an
// independent dissector.
const golden = "010000fcc0000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c01000024000001154000000c00000001000001084000001b6d6d652e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f7267000000011b400000176570632e6578616d706c652e6f72670000000579c0000038000028af0000057ac000001a000028af323630353331373933313133383300000000057bc000000e000028af30310000000000014000001730303130313031323334353637383900"

func ecr() Message {
	return Message{
		Flags: Request | Proxiable, Command: MEIdentityCheck, App: AppS13, HopByHop: 0x11223344, EndToEnd: 0x55667788,
		AVPs: []AVP{
			Text(SessionID, "mme.epc.example.org;1;1"), S13Application(), Number(AuthSessionState, 1),
			Text(OriginHost, "mme.epc.example.org"), Text(OriginRealm, "epc.example.org"), Text(DestinationRealm, "epc.example.org"),
			Phone("26053179311383", "01"), Text(UserName, "001010123456789"),
		},
	}
}

func TestGolden(t *testing.T) {
	b := ecr().Bytes()
	if diff := cmp.Diff(golden, hex.EncodeToString(b)); diff != "" {
		t.Errorf("ECR (-want +got):\n%s", diff)
	}
	m, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Sound(); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(m.Bytes(), b) {
		t.Errorf("read and written again: %x", m.Bytes())
	}
	if _, err := diam.ReadMessage(bytes.NewReader(b), dict.Default); err != nil {
		t.Errorf("go-diameter: %v", err)
	}
	// Cut anywhere, it is either not whole or not a message; Show bears it.
	for n := range b {
		if _, err := Parse(b[:n]); err == nil {
			t.Fatalf("%d of %d octets are taken for a message", n, len(b))
		}
		_ = Show(b[:n])
	}
}

func TestLies(t *testing.T) {
	for _, c := range []struct {
		name string
		m    Message
		at   int // where the lie is
		want string
	}{
		{"message length", Message{Length: State(7)}, 1, "000007"},
		{"version", Message{Version: 1}, 0, "02"},
		{"AVP length", Message{AVPs: []AVP{Number(278, 1).Says(0)}}, 25, "000000"},
		{"V bit without vendor", Message{AVPs: []AVP{{Code: 278, Flags: V, Data: []byte{1, 2, 3, 4}}}}, 24, "80000010"},
		{"filler", Message{AVPs: []AVP{{Code: 1, Data: []byte("x"), Filler: 0xee}}}, 28, "78eeeeee"},
		{"tail", Message{Tail: []byte{9, 9, 9}}, 1, "000017"},
	} {
		got := hex.EncodeToString(c.m.Bytes()[c.at:])
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s at %d, want %s", c.name, got, c.at, c.want)
		}
	}
	if n := len(AVP{Code: 1, Data: []byte("x"), NoPadding: true}.Append(nil)); n != 9 {
		t.Errorf("without padding: %d octets, want 9", n)
	}
}

func TestEdits(t *testing.T) {
	m := ecr()
	if _, ok := m.Without(UserName).Find(UserName, 0); ok {
		t.Error("Without left it")
	}
	if _, ok := m.Find(UserName, 0); !ok {
		t.Error("Without changed its receiver")
	}
	r := m.Replace(DestinationRealm, Number(1, 1), Number(2, 2))
	if len(r.AVPs) != len(m.AVPs)+1 || r.AVPs[5].Code != 1 || r.AVPs[6].Code != 2 {
		t.Errorf("Replace: %v", r.AVPs)
	}
}

func TestUnsound(t *testing.T) {
	bad := Message{AVPs: []AVP{Group(ProxyInfo, Text(ProxyHost, "h").Says(99))}}
	m, err := Parse(bad.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Sound(); err == nil || !strings.Contains(err.Error(), "length 99") {
		t.Errorf("Sound: %v", err)
	}
	deep := Text(1, "x")
	for range maxDepth + 1 {
		deep = Group(FailedAVP, deep)
	}
	m, _ = Parse(Message{AVPs: []AVP{deep}}.Bytes())
	if err := m.Sound(); err == nil || !strings.Contains(err.Error(), "deeper") {
		t.Errorf("Sound of a deep one: %v", err)
	}
}

func TestCountlessAVPs(t *testing.T) {
	m := Message{Tail: make([]byte, 8*(maxAVPs+1))}
	for at := 7; at < len(m.Tail); at += 8 {
		m.Tail[at] = 8
	}
	got, err := Parse(m.Bytes())
	if len(got.AVPs) != maxAVPs || err == nil || !strings.Contains(err.Error(), "more than 65536 AVPs") {
		t.Errorf("%d AVPs, %v", len(got.AVPs), err)
	}
}

func TestShow(t *testing.T) {
	got := Show(ecr().Bytes())
	for _, want := range []string{"ME-Identity-Check-Request 324 R P, application 16777252", `Session-Id 263 [M] = "mme.epc.example.org;1;1"`,
		"Terminal-Information 1401 [VM]:", `    IMEI 1402 [VM] = "26053179311383"`, "Auth-Session-State 277 [M] = 1"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	b, _ := hex.DecodeString(golden)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = Show(b)
		m, err := Parse(b)
		if err != nil {
			return
		}
		_ = m.Sound()
		again, err := Parse(m.Bytes())
		if err != nil || len(again.AVPs) != len(m.AVPs) {
			t.Fatalf("written again it has %d AVPs, not %d: %v", len(again.AVPs), len(m.AVPs), err)
		}
	})
}
