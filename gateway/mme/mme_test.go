package mme

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"
	"github.com/fiorix/go-diameter/v4/diam/sm"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// eir is a register of go-diameter's making that answers by what it is asked.
func eir(t *testing.T, answer func(conn diam.Conn, imei, svn, imsi string, a *diam.Message)) string {
	t.Helper()
	machine := sm.New(&sm.Settings{OriginHost: "eir.example.org", OriginRealm: "example.org", VendorID: vendor3GPP, ProductName: "test"})
	machine.HandleFunc("ECR", func(conn diam.Conn, m *diam.Message) {
		var q struct {
			Terminal struct {
				IMEI string `avp:"IMEI"`
				SVN  string `avp:"Software-Version"`
			} `avp:"Terminal-Information"`
			IMSI  string `avp:"User-Name"`
			Realm string `avp:"Destination-Realm"`
		}
		if err := m.Unmarshal(&q); err != nil {
			t.Error(err)
		}
		if q.Realm != "example.org" {
			t.Errorf("Destination-Realm %q is not that of the CEA", q.Realm)
		}
		a := diam.NewMessage(m.Header.CommandCode, 0, m.Header.ApplicationID, m.Header.HopByHopID, m.Header.EndToEndID, nil)
		add(a, avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity("eir.example.org"))
		answer(conn, q.Terminal.IMEI, q.Terminal.SVN, q.IMSI, a)
	})
	machine.HandleFunc("DPR", func(conn diam.Conn, m *diam.Message) {
		if _, err := m.Answer(diam.Success).WriteTo(conn); err != nil {
			t.Error(err)
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { _ = diam.Serve(l, machine) }()
	return l.Addr().String()
}

func options(target string) Options {
	return Options{Target: target, OriginHost: "mme.example.org", OriginRealm: "example.org", Timeout: 5 * time.Second}
}

func TestAsk(t *testing.T) {
	known := func(a *diam.Message, status int32) {
		add(a, avp.ResultCode, avp.Mbit, 0, datatype.Unsigned32(diam.Success))
		add(a, avp.EquipmentStatus, avp.Vbit|avp.Mbit, vendor3GPP, datatype.Enumerated(status))
	}
	target := eir(t, func(conn diam.Conn, imei, svn, imsi string, a *diam.Message) {
		switch imei {
		case "00440100000001":
			known(a, 0)
		case "00440100000002":
			known(a, 1)
		case "00440100000003":
			known(a, 2)
		case "00440100000004":
			known(a, 7)
		case "0044010000000599":
			if svn != "07" || imsi != "001010123456789" {
				t.Errorf("asked with SVN %q and IMSI %q", svn, imsi)
			}
			add(a, avp.ExperimentalResult, avp.Mbit, 0, &diam.GroupedAVP{AVP: []*diam.AVP{
				diam.NewAVP(avp.VendorID, avp.Mbit, 0, datatype.Unsigned32(vendor3GPP)),
				diam.NewAVP(avp.ExperimentalResultCode, avp.Mbit, 0, datatype.Unsigned32(5422)),
			}})
		default:
			add(a, avp.ResultCode, avp.Mbit, 0, datatype.Unsigned32(diam.InvalidAVPValue))
			add(a, avp.ErrorMessage, 0, 0, datatype.UTF8String("no IMEI"))
			add(a, avp.FailedAVP, avp.Mbit, 0, &diam.GroupedAVP{AVP: []*diam.AVP{
				diam.NewAVP(avp.IMEI, avp.Vbit|avp.Mbit, vendor3GPP, datatype.UTF8String(imei)),
			}})
		}
		if _, err := a.WriteTo(conn); err != nil {
			t.Error(err)
		}
	})
	c, err := Dial(context.Background(), options(target))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	status := func(n int32) *int32 { return &n }
	for _, test := range []struct {
		q    Question
		want Answer
	}{
		{Question{IMEI: "00440100000001"}, Answer{Status: "permitted", ResultCode: 2001, EquipmentStatus: status(0)}},
		{Question{IMEI: "00440100000002"}, Answer{Status: "prohibited", ResultCode: 2001, EquipmentStatus: status(1)}},
		{Question{IMEI: "00440100000003"}, Answer{Status: "tracked", ResultCode: 2001, EquipmentStatus: status(2)}},
		{Question{IMEI: "00440100000004"}, Answer{Status: "error", ResultCode: 2001, EquipmentStatus: status(7)}},
		{Question{IMEI: "0044010000000599", SVN: "07", IMSI: "001010123456789"}, Answer{Status: "unknown", ExperimentalResult: 5422}},
		{Question{IMEI: "null"}, Answer{Status: "error", ResultCode: 5004, FailedAVP: 1402, Message: "no IMEI"}},
	} {
		test.want.OriginHost = "eir.example.org"
		got, err := c.Ask(context.Background(), test.q)
		if err != nil {
			t.Fatalf("%+v: %v", test.q, err)
		}
		if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(Answer{}, "Took")); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.q, diff)
		}
	}
}

func TestNoAnswer(t *testing.T) {
	target := eir(t, func(conn diam.Conn, imei, _, _ string, _ *diam.Message) {
		if imei == "close" {
			conn.Close()
		}
	})
	o := options(target)
	o.Timeout = time.Second
	c, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Ask(context.Background(), Question{IMEI: "silence"})
	if err == nil || !strings.Contains(err.Error(), "no answer from") {
		t.Errorf("error %v, want that there was no answer", err)
	}
	_, err = c.Ask(context.Background(), Question{IMEI: "close"})
	if err == nil || !strings.Contains(err.Error(), "closed the connection") {
		t.Errorf("error %v, want that the connection was closed", err)
	}
}

// TestRefused asks those that are no EIR, or not ours.
func TestRefused(t *testing.T) {
	refusing := func(do func(net.Conn)) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			if conn, err := l.Accept(); err == nil {
				do(conn)
			}
		}()
		return l.Addr().String()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	l.Close()
	unknownPeer := func(conn net.Conn) {
		m, err := diam.ReadMessage(conn, dict.Default)
		if err != nil {
			t.Error(err)
			return
		}
		a := m.Answer(diam.UnknownPeer)
		a.Header.CommandFlags |= diam.ErrorFlag
		add(a, avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity("eir.example.org"))
		add(a, avp.OriginRealm, avp.Mbit, 0, datatype.DiameterIdentity("example.org"))
		if _, err := a.WriteTo(conn); err != nil {
			t.Error(err)
		}
		conn.Close()
	}
	for want, target := range map[string]string{
		"no EIR listens at":     gone,
		"closed the connection": refusing(func(c net.Conn) { c.Close() }),
		// Held to the end: a socket that nobody names is closed when the
		// garbage collector finds it.
		"sent no CEA within":         refusing(func(c net.Conn) { t.Cleanup(func() { c.Close() }) }),
		"does not know the peer":     refusing(unknownPeer),
		"3010 DIAMETER_UNKNOWN_PEER": refusing(unknownPeer),
	} {
		o := options(target)
		o.Timeout = time.Second
		c, err := Dial(context.Background(), o)
		if err == nil {
			c.Close()
			t.Errorf("want %q, got a client", want)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
