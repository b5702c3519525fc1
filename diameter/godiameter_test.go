package diameter

import (
	"context"
	"testing"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/sm"
	"github.com/google/go-cmp/cmp"

	"paperweight/diameter/wire"
)

// independent is go-diameter's client, which shares no code with this server:
// it connects, asks, and parts as it understands the specifications.
type independent struct {
	conn    diam.Conn
	answers chan *diam.Message
	parted  chan *diam.Message
}

func (n *node) independent(t *testing.T) *independent {
	t.Helper()
	c := &independent{answers: make(chan *diam.Message, 10), parted: make(chan *diam.Message, 1)}
	machine := sm.New(&sm.Settings{
		OriginHost: "mme.epc.example.org", OriginRealm: "epc.example.org",
		VendorID: datatype.Unsigned32(wire.Vendor3GPP), ProductName: "independent",
	})
	machine.HandleFunc("ECA", func(_ diam.Conn, m *diam.Message) { c.answers <- m })
	machine.HandleFunc("DPR", func(conn diam.Conn, m *diam.Message) {
		a := m.Answer(diam.Success)
		a.NewAVP(avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity("mme.epc.example.org"))
		a.NewAVP(avp.OriginRealm, avp.Mbit, 0, datatype.DiameterIdentity("epc.example.org"))
		a.WriteTo(conn)
		c.parted <- m
	})
	client := &sm.Client{
		Handler: machine,
		SupportedVendorID: []*diam.AVP{
			diam.NewAVP(avp.SupportedVendorID, avp.Mbit, 0, datatype.Unsigned32(wire.Vendor3GPP)),
		},
		VendorSpecificApplicationID: []*diam.AVP{
			diam.NewAVP(avp.VendorSpecificApplicationID, avp.Mbit, 0, &diam.GroupedAVP{AVP: []*diam.AVP{
				diam.NewAVP(avp.VendorID, avp.Mbit, 0, datatype.Unsigned32(wire.Vendor3GPP)),
				diam.NewAVP(avp.AuthApplicationID, avp.Mbit, 0, datatype.Unsigned32(wire.AppS13)),
			}}),
		},
	}
	var err error
	if c.conn, err = client.Dial(n.addr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.conn.Close)
	return c
}

// said is what an ECA says.
type said struct {
	Result, Experimental uint32
	Status               int32
}

func (c *independent) ask(t *testing.T, imei string) said {
	t.Helper()
	m := diam.NewRequest(diam.MEIdentityCheck, diam.TGPP_S13_APP_ID, nil)
	add := func(code uint32, flags uint8, vendor uint32, data datatype.Type) {
		if _, err := m.NewAVP(code, flags, vendor, data); err != nil {
			t.Fatal(err)
		}
	}
	add(avp.SessionID, avp.Mbit, 0, datatype.UTF8String("mme.epc.example.org;1;1"))
	add(avp.AuthSessionState, avp.Mbit, 0, datatype.Enumerated(1))
	add(avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity("mme.epc.example.org"))
	add(avp.OriginRealm, avp.Mbit, 0, datatype.DiameterIdentity("epc.example.org"))
	add(avp.DestinationRealm, avp.Mbit, 0, datatype.DiameterIdentity("epc.example.org"))
	add(avp.TerminalInformation, avp.Mbit|avp.Vbit, wire.Vendor3GPP, &diam.GroupedAVP{AVP: []*diam.AVP{
		diam.NewAVP(avp.IMEI, avp.Mbit|avp.Vbit, wire.Vendor3GPP, datatype.UTF8String(imei)),
	}})
	if _, err := m.WriteTo(c.conn); err != nil {
		t.Fatal(err)
	}
	var eca struct {
		Result       uint32 `avp:"Result-Code"`
		Status       int32  `avp:"Equipment-Status"`
		Experimental struct {
			Code uint32 `avp:"Experimental-Result-Code"`
		} `avp:"Experimental-Result"`
	}
	eca.Status = -1
	if err := await(t, c.answers).Unmarshal(&eca); err != nil {
		t.Fatal(err)
	}
	return said{eca.Result, eca.Experimental.Code, eca.Status}
}

func TestIndependentClientReadsEveryStatus(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	c := n.independent(t)
	got := make(map[string]said)
	for _, imei := range []string{"00101700000001", "001017000000020", "0010170000000399", "00101700000004", "00101700000006", "0010170000"} {
		got[imei] = c.ask(t, imei)
	}
	want := map[string]said{
		"00101700000001":   {Result: diam.Success, Status: 0},
		"001017000000020":  {Result: diam.Success, Status: 2},
		"0010170000000399": {Result: diam.Success, Status: 1},
		"00101700000004":   {Experimental: 5422, Status: -1},
		"00101700000006":   {Result: diam.UnableToComply, Status: -1},
		"0010170000":       {Result: diam.InvalidAVPValue, Status: -1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	down := make(chan error, 1)
	go func() { down <- n.Shutdown(context.Background()) }()
	var dpr struct {
		Cause int32  `avp:"Disconnect-Cause"`
		Host  string `avp:"Origin-Host"`
	}
	if err := await(t, c.parted).Unmarshal(&dpr); err != nil || dpr.Cause != 0 || dpr.Host != "eir.epc.example.org" {
		t.Errorf("DPR %+v, %v", dpr, err)
	}
	if err := await(t, down); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := await(t, n.closed); err != errParted {
		t.Errorf("closed: %v", err)
	}
}
