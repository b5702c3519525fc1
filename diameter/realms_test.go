package diameter

import (
	"testing"

	"paperweight/diameter/wire"
)

// S13 never crosses the operator's border: a check that another realm's node
// sent is refused and told of, though a known agent delivers it.
func TestForeignRealm(t *testing.T) {
	cfg := lab()
	cfg.AnyLoopback = false
	cfg.Peers = []Peer{{Host: "mme.epc.example.org", Realm: "dra.example.org"}}
	cfg.Realms = []string{"MME.example.org"}
	told := make(chan string, 10)
	n := startWith(t, cfg, byLastDigit, Events{ForeignRealm: func(peer, host, realm string) { told <- peer + " " + host + " " + realm }})
	m := n.dial(t)
	m.exchange("mme.epc.example.org", "dra.example.org")
	from := func(realm string) []byte { return ecrFrom("x."+realm, realm) }
	for _, c := range []struct {
		realm string
		want  uint32
	}{
		{"", wire.DiameterAuthorizationRejected},  // before any was let in
		{"epc.example.org", wire.DiameterSuccess}, // ours
		{"dra.example.org", wire.DiameterSuccess}, // the peer's
		{"mme.example.org", wire.DiameterSuccess}, // named
		{"Mme.Example.Org", wire.DiameterSuccess},
		{"roaming.example.net", wire.DiameterAuthorizationRejected},
		{"example.org", wire.DiameterAuthorizationRejected},
		{"mme.example.org", wire.DiameterSuccess},
	} {
		m.send(from(c.realm))
		if code := m.result(wire.MEIdentityCheck); code != c.want {
			t.Errorf("from %s: %d, want %d", c.realm, code, c.want)
		}
	}
	if got := await(t, told); got != "mme.epc.example.org x. " || len(told) != 0 {
		t.Errorf("told of %s, and %d more", got, len(told))
	}
	n.counted(t, func(s Stats) bool { return s.Foreign == 3 })

	// A new table takes effect on the open connection.
	cfg.Peers[0].Addresses = prefixes("127.0.0.0/8")
	cfg.Peers = append(cfg.Peers, Peer{Host: "b.example.org", Realm: "roaming.example.net"})
	if err := n.SetPeers(cfg.Peers, []string{"other.example.org"}); err != nil {
		t.Fatal(err)
	}
	for realm, want := range map[string]uint32{
		"":                    wire.DiameterAuthorizationRejected,
		"roaming.example.net": wire.DiameterSuccess,
		"other.example.org":   wire.DiameterSuccess,
		"mme.example.org":     wire.DiameterAuthorizationRejected, // no longer named
	} {
		m.send(from(realm))
		if code := m.result(wire.MEIdentityCheck); code != want {
			t.Errorf("from %q after a new table: %d, want %d", realm, code, want)
		}
	}
}

// ecrFrom is an ECR of a node, which agents forwarded.
func ecrFrom(host, realm string, agents ...string) []byte {
	b := message(wire.FlagRequest, wire.MEIdentityCheck, 1, func(b []byte) []byte {
		b = wire.AppendAVP(b, wire.SessionID, 0, wire.FlagMandatory, "s")
		b = wire.AppendUint32(b, wire.AuthSessionState, 0, wire.FlagMandatory, 1)
		b = origin(host, realm)(b)
		b = wire.AppendAVP(b, wire.DestinationRealm, 0, wire.FlagMandatory, "epc.example.org")
		b, at := wire.BeginGroup(b, wire.TerminalInformation, wire.Vendor3GPP, wire.FlagMandatory)
		b = wire.AppendAVP(b, wire.IMEI, wire.Vendor3GPP, wire.FlagMandatory, "00101700000003")
		wire.EndGroup(b, at)
		for _, a := range agents {
			b = wire.AppendAVP(b, wire.RouteRecord, 0, wire.FlagMandatory, a)
		}
		return b
	})
	b[8], b[9], b[10], b[11] = 1, 0, 0, 0x24 // S13
	return b
}

// RFC 6733 6.1.9: who forwards appends a Route-Record. A check in another's name
// without one is answered and counted, and told of once; on the fast way and on the
// other.
func TestUnrouted(t *testing.T) {
	cfg := lab()
	cfg.AnyLoopback = false
	cfg.Peers = []Peer{{Host: "dra.epc.example.org", Realm: "epc.example.org"}}
	told := make(chan string, 10)
	n := startWith(t, cfg, byLastDigit, Events{Unrouted: func(peer, host string) { told <- peer + " " + host }})
	m := n.dial(t)
	m.exchange("dra.epc.example.org", "epc.example.org")
	// What does not belong in this group sends a message the other way.
	examined := func(ecr []byte) []byte {
		ecr = wire.AppendAVP(ecr, wire.VendorSpecificApplicationID, 0, wire.FlagMandatory, wire.AppendAVP(nil, wire.ProductName, 0, 0, "x"))
		wire.FinishMessage(ecr, 0)
		return ecr
	}
	const mme, realm = "mme.epc.example.org", "epc.example.org"
	for i, c := range []struct {
		ecr  []byte
		want uint64 // counted after it
	}{
		{ecrFrom("dra.epc.example.org", realm), 0},
		{ecrFrom("DRA.epc.example.org", realm), 0},
		{ecrFrom(mme, realm, mme), 0},
		{ecrFrom(mme, realm), 1},
		{examined(ecrFrom(mme, realm, mme)), 1},
		{examined(ecrFrom(mme, realm)), 2},
		{ecrFrom("x.example.net", "example.net"), 2}, // refused, and counted elsewhere
	} {
		m.send(c.ecr)
		if code := m.result(wire.MEIdentityCheck); (code == wire.DiameterSuccess) != (i < 6) {
			t.Errorf("%d: %d", i, code)
		}
		n.counted(t, func(s Stats) bool { return s.MessagesIn == uint64(i+2) && s.Unrouted == c.want })
	}
	if got := await(t, told); got != "dra.epc.example.org mme.epc.example.org" || len(told) != 0 {
		t.Errorf("told of %s, and %d more", got, len(told))
	}
}
