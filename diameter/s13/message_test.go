package s13

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/dict"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// The AVPs of the golden ECR by themselves, as octets in hexadecimal.
const (
	hexSession  = "000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b3100"
	hexVSAI     = "00000104400000200000010a4000000c000028af000001024000000c01000024"
	hexState    = "000001154000000c00000001"
	hexHost     = "000001084000001b6d6d652e6570632e6578616d706c652e6f726700"
	hexRealm    = "00000128400000176570632e6578616d706c652e6f726700"
	hexToRealm  = "0000011b400000176570632e6578616d706c652e6f726700"
	hexToHost   = "000001254000001b6569722e6570632e6578616d706c652e6f726700"
	hexIMEI     = "0000057ac000001a000028af32363035333137393331313338330000"
	hexSVN      = "0000057bc000000e000028af30310000"
	hexTerminal = "00000579c0000038000028af" + hexIMEI + hexSVN
	hexUser     = "000000014000001730303130313031323334353637383900"
	hexProxy1   = "0000011c400000200000011840000009610000000000002140000009" + "31000000"
	hexProxy2   = "0000011c400000200000011840000009620000000000002140000009" + "32000000"
)

// usual is the golden ECR in parts.
func usual() []string {
	return []string{hexSession, hexVSAI, hexState, hexHost, hexRealm, hexToRealm, hexTerminal, hexUser}
}

// without leaves one part out.
func without(part string) []string {
	return slices.DeleteFunc(usual(), func(p string) bool { return p == part })
}

// instead puts other parts in the place of one.
func instead(part string, others ...string) []string {
	parts := usual()
	i := slices.Index(parts, part)
	return slices.Replace(parts, i, i+1, others...)
}

// message makes a message of AVPs in hexadecimal. head is flags and command,
// application.
func message(t testing.TB, head string, avps ...string) []byte {
	t.Helper()
	b := octets(t, "01000000"+head+"1122334455667788"+strings.Join(avps, ""))
	wire.FinishMessage(b, 0)
	return b
}

const (
	headECR = "c000014401000024"
	headCER = "8000010100000000"
	headDWR = "8000011800000000"
	headDPR = "8000011a00000000"
)

func ecr(t testing.TB, avps ...string) []byte { return message(t, headECR, avps...) }

// decode reads an answer with go-diameter, which shares nothing with this
// package, and holds it to the command's grammar in go-diameter's dictionary, or
// with the E bit to RFC 6733 7.2.
func decode(t *testing.T, b []byte) *diam.Message {
	t.Helper()
	readable := bytes.Clone(b)
	if b[4]&wire.FlagError != 0 {
		// The grammar with the E bit is the same for every command, but
		// go-diameter reads only commands that it knows.
		copy(readable[5:12], octets(t, headECR)[1:])
	}
	m, err := diam.ReadMessage(bytes.NewReader(readable), dict.Default)
	if err != nil {
		t.Fatalf("go-diameter can't read the answer: %v\n%x", err, b)
	}
	if m.Header, err = diam.DecodeHeader(b); err != nil {
		t.Fatal(err)
	}
	if m.Header.CommandFlags&^(diam.ProxiableFlag|diam.ErrorFlag) != 0 {
		t.Errorf("flags %#x: only P and E stand in an answer", m.Header.CommandFlags)
	}
	rules := []*dict.Rule{
		{AVP: "Session-Id", Max: 1}, {AVP: "Origin-Host", Required: true, Max: 1},
		{AVP: "Origin-Realm", Required: true, Max: 1}, {AVP: "Result-Code", Required: true, Max: 1},
		{AVP: "Error-Message", Max: 1}, {AVP: "Failed-AVP", Max: 1}, {AVP: "Proxy-Info"},
	}
	if m.Header.CommandFlags&diam.ErrorFlag == 0 {
		cmd, err := dict.Default.FindCommand(m.Header.ApplicationID, m.Header.CommandCode)
		if err != nil {
			t.Fatal(err)
		}
		rules = cmd.Answer.Rule
	}
	counts := map[string]int{}
	for _, a := range m.AVP {
		known, err := dict.Default.FindAVPWithVendor(m.Header.ApplicationID, a.Code, a.VendorID)
		if err != nil {
			t.Errorf("AVP %d: %v", a.Code, err)
			continue
		}
		counts[known.Name]++
		if must := known.Must; (a.Flags&wire.FlagMandatory != 0) != (bytes.Contains([]byte(must), []byte("M"))) {
			t.Errorf("%s: flags %#x, the dictionary says %q", known.Name, a.Flags, must)
		}
	}
	for _, r := range rules {
		if n := counts[r.AVP]; r.Required && n == 0 || r.Max != 0 && n > r.Max {
			t.Errorf("%s stands %d times in the answer", r.AVP, n)
		}
	}
	return m
}

// withSession adds the Session-Id that an answer owes to the grammar where the
// request had none to repeat.
func withSession(t testing.TB, answer []byte) []byte {
	answer = append(answer, octets(t, hexSession)...)
	wire.FinishMessage(answer, 0)
	return answer
}

// find returns the octets of each AVP with a code as they stand in a message,
// padding included.
func find(msg []byte, code uint32) []string {
	var a wire.AVP
	var found []string
	for c := wire.AVPs(msg); c.Next(&a); {
		if a.Code == code {
			found = append(found, hex.EncodeToString(wire.AppendRaw(nil, a.Raw)))
		}
	}
	return found
}

// failed returns what Failed-AVP holds, in hexadecimal.
func failed(t *testing.T, msg []byte) string {
	t.Helper()
	switch all := find(msg, wire.FailedAVP); len(all) {
	case 0:
		return ""
	case 1:
		return all[0][2*wire.AVPHeaderLen:]
	default:
		t.Fatalf("%d Failed-AVPs", len(all))
		return ""
	}
}

func resultCode(t *testing.T, m *diam.Message) uint32 {
	t.Helper()
	a, err := m.FindAVP(uint32(wire.ResultCode), 0)
	if err != nil {
		t.Fatal(err)
	}
	b := a.Data.Serialize()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// hexText returns an AVP without flags whose value is text, in hexadecimal.
func hexText(code uint32, text string) string {
	return hex.EncodeToString(wire.AppendAVP(nil, code, 0, 0, text))
}

// failedAVP puts AVPs in hexadecimal into a Failed-AVP.
func failedAVP(avps string) string {
	return fmt.Sprintf("0000011740%06x", wire.AVPHeaderLen+len(avps)/2) + avps
}

// fixLength sets the length of a grouped AVP in hexadecimal to what it holds.
func fixLength(t testing.TB, avp string) string {
	b := octets(t, avp)
	wire.EndGroup(b, 0)
	return hex.EncodeToString(b)
}

// eca makes an ECA alone.
func eca(id *Identity, r *Request, v *eir.Verdict) []byte {
	b, _ := id.AppendECA(nil, r, v)
	return b
}
