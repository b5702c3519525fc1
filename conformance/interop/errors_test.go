package interop

import (
	"testing"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
)

// What the register says to requests that it can't serve is Diameter too, to
// go-diameter and to the dissector. Requests whose answer must repeat what
// nobody knows (a command, an application, an AVP) are left out: of those the
// dissector complains whoever repeats them.
func TestErrorAnswers(t *testing.T) {
	gate(t, diameterTools...)
	n := startNode(t)
	c := startCapture(t, n.port)
	mme := dialClient(t, loopback(n.port))
	const imei = "00100100000001"
	asks := []struct {
		name     string
		make     func() *diam.Message
		result   uint32
		errorBit bool
	}{
		{"another realm", func() *diam.Message {
			m := about(request("realm"), imei)
			realm, _ := m.FindAVP(avp.DestinationRealm, 0)
			realm.Data = datatype.DiameterIdentity("epc.example.net")
			return m
		}, 3003, true},
		{"another host", func() *diam.Message {
			m := about(request("host"), imei)
			m.NewAVP(avp.DestinationHost, avp.Mbit, 0, datatype.DiameterIdentity("other."+realm))
			return m
		}, 3002, true},
		{"the error bit", func() *diam.Message {
			m := about(request("bit"), imei)
			m.Header.CommandFlags |= diam.ErrorFlag
			return m
		}, 3008, true},
		{"no Terminal-Information", func() *diam.Message {
			return request("none")
		}, 5005, false},
		{"no IMEI", func() *diam.Message {
			m := request("empty")
			m.NewAVP(avp.TerminalInformation, avp.Mbit|avp.Vbit, vendor3GPP, &diam.GroupedAVP{AVP: []*diam.AVP{
				diam.NewAVP(avp.SoftwareVersion, avp.Mbit|avp.Vbit, vendor3GPP, datatype.UTF8String("01")),
			}})
			return m
		}, 5005, false},
		{"two phones", func() *diam.Message {
			return about(about(request("two"), imei), "00100100000002")
		}, 5009, false},
		{"letters for digits", func() *diam.Message {
			return about(request("letters"), "ABCDEFGHIJKLMN")
		}, 5004, false},
	}
	for _, ask := range asks {
		t.Run(ask.name, func(t *testing.T) {
			a := mme.ask(t, ask.make())
			code, err := a.FindAVP(avp.ResultCode, 0)
			if err != nil {
				t.Fatalf("no Result-Code: %v\n%v", err, a)
			}
			if got := uint32(code.Data.(datatype.Unsigned32)); got != ask.result {
				t.Errorf("Result-Code %d, want %d", got, ask.result)
			}
			if got := a.Header.CommandFlags&diam.ErrorFlag != 0; got != ask.errorBit {
				t.Errorf("E bit %v, want %v", got, ask.errorBit)
			}
		})
	}
	c.finish(t)
	// The CEA and an answer each.
	c.clean(t, 1+len(asks), 1)
}
