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
	from := func(realm string) []byte {
		b := message(wire.FlagRequest, wire.MEIdentityCheck, 1, func(b []byte) []byte {
			b = wire.AppendAVP(b, wire.SessionID, 0, wire.FlagMandatory, "s")
			b = wire.AppendUint32(b, wire.AuthSessionState, 0, wire.FlagMandatory, 1)
			b = wire.AppendAVP(b, wire.OriginHost, 0, wire.FlagMandatory, "x."+realm)
			b = wire.AppendAVP(b, wire.OriginRealm, 0, wire.FlagMandatory, realm)
			b = wire.AppendAVP(b, wire.DestinationRealm, 0, wire.FlagMandatory, "epc.example.org")
			b, at := wire.BeginGroup(b, wire.TerminalInformation, wire.Vendor3GPP, wire.FlagMandatory)
			b = wire.AppendAVP(b, wire.IMEI, wire.Vendor3GPP, wire.FlagMandatory, "00101700000003")
			wire.EndGroup(b, at)
			return b
		})
		b[8], b[9], b[10], b[11] = 1, 0, 0, 0x24 // S13
		return b
	}
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
