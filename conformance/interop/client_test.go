package interop

import (
	"net"
	"testing"
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"
	"github.com/fiorix/go-diameter/v4/diam/sm"
)

const (
	s13        = 16777252
	vendor3GPP = 10415
)

// client is an MME by go-diameter.
type client struct {
	diam.Conn
	answers chan *diam.Message
}

func dialClient(t *testing.T, address string) *client {
	t.Helper()
	machine := sm.New(&sm.Settings{
		OriginHost: mmeHost, OriginRealm: realm, VendorID: vendor3GPP, ProductName: "interop",
		HostIPAddresses: []datatype.Address{datatype.Address(net.IPv4(127, 0, 0, 1))},
	})
	c := &client{answers: make(chan *diam.Message, 1)}
	machine.HandleIdx(diam.CommandIndex{AppID: s13, Code: 324}, diam.HandlerFunc(
		func(_ diam.Conn, m *diam.Message) { c.answers <- m }))
	machine.HandleFunc(diam.DPR, func(conn diam.Conn, m *diam.Message) {
		a := m.Answer(diam.Success)
		a.NewAVP(avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity(mmeHost))
		a.NewAVP(avp.OriginRealm, avp.Mbit, 0, datatype.DiameterIdentity(realm))
		_, _ = a.WriteTo(conn)
	})
	dialer := sm.Client{
		Handler:                     machine,
		SupportedVendorID:           []*diam.AVP{diam.NewAVP(avp.SupportedVendorID, avp.Mbit, 0, datatype.Unsigned32(vendor3GPP))},
		VendorSpecificApplicationID: []*diam.AVP{diam.NewAVP(avp.VendorSpecificApplicationID, avp.Mbit, 0, application())},
	}
	var err error
	if c.Conn, err = dialer.DialTimeout(address, patience); err != nil {
		t.Fatalf("connecting to %s: %v", address, err)
	}
	t.Cleanup(c.Close)
	return c
}

func application() *diam.GroupedAVP {
	return &diam.GroupedAVP{AVP: []*diam.AVP{
		diam.NewAVP(avp.VendorID, avp.Mbit, 0, datatype.Unsigned32(vendor3GPP)),
		diam.NewAVP(avp.AuthApplicationID, avp.Mbit, 0, datatype.Unsigned32(s13)),
	}}
}

// request is an ECR to the register's realm, without Terminal-Information.
func request(session string) *diam.Message {
	m := diam.NewRequest(324, s13, dict.Default)
	m.Header.CommandFlags |= diam.ProxiableFlag
	m.NewAVP(avp.SessionID, avp.Mbit, 0, datatype.UTF8String(mmeHost+";"+session))
	m.NewAVP(avp.VendorSpecificApplicationID, avp.Mbit, 0, application())
	m.NewAVP(avp.AuthSessionState, avp.Mbit, 0, datatype.Enumerated(1))
	m.NewAVP(avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity(mmeHost))
	m.NewAVP(avp.OriginRealm, avp.Mbit, 0, datatype.DiameterIdentity(realm))
	m.NewAVP(avp.DestinationRealm, avp.Mbit, 0, datatype.DiameterIdentity(realm))
	return m
}

// about adds a Terminal-Information with an IMEI.
func about(m *diam.Message, imei string) *diam.Message {
	m.NewAVP(avp.TerminalInformation, avp.Mbit|avp.Vbit, vendor3GPP, &diam.GroupedAVP{AVP: []*diam.AVP{
		diam.NewAVP(avp.IMEI, avp.Mbit|avp.Vbit, vendor3GPP, datatype.UTF8String(imei)),
		diam.NewAVP(avp.SoftwareVersion, avp.Mbit|avp.Vbit, vendor3GPP, datatype.UTF8String("01")),
	}})
	return m
}

// ask sends a request and returns its answer.
func (c *client) ask(t *testing.T, m *diam.Message) *diam.Message {
	t.Helper()
	if _, err := m.WriteTo(c.Conn); err != nil {
		t.Fatal(err)
	}
	select {
	case a := <-c.answers:
		if a.Header.EndToEndID != m.Header.EndToEndID {
			t.Errorf("End-to-End Identifier %x, want %x", a.Header.EndToEndID, m.Header.EndToEndID)
		}
		return a
	case <-time.After(patience):
		t.Fatal("no answer came")
		return nil
	}
}

// verdict is what an ECA says.
type verdict struct {
	SessionID          string              `avp:"Session-Id"`
	OriginHost         string              `avp:"Origin-Host"`
	ResultCode         *uint32             `avp:"Result-Code"`
	ExperimentalResult *experimentalResult `avp:"Experimental-Result"`
	EquipmentStatus    *int32              `avp:"Equipment-Status"`
	FailedAVP          []*diam.AVP         `avp:"Failed-AVP"`
}

type experimentalResult struct {
	VendorID uint32 `avp:"Vendor-Id"`
	Code     uint32 `avp:"Experimental-Result-Code"`
}
