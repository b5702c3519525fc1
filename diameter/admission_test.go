package diameter

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

func refusedFor(t *testing.T, n *node, want Cause) {
	t.Helper()
	if r := await(t, n.refused); r.Cause != want {
		t.Errorf("refused for %v, want %v", r.Cause, want)
	}
}

// says reports whether err holds words; none means no error.
func says(err error, words string) bool {
	if err == nil || words == "" {
		return err == nil && words == ""
	}
	return strings.Contains(err.Error(), words)
}

// Who says who it is, and what becomes of it. A refused peer reads why.
func TestAdmission(t *testing.T) {
	cfg := lab()
	cfg.AnyLoopback = false
	cfg.Peers = []Peer{
		{Host: "mme.epc.example.org", Realm: "epc.example.org", Addresses: prefixes("127.0.0.0/8 ::1/128")},
		{Host: "far.epc.example.org", Realm: "epc.example.org", Addresses: prefixes("192.0.2.0/24")},
		{Host: "any.epc.example.org", Realm: "epc.example.org"},
	}
	n := start(t, cfg, byLastDigit)
	for _, c := range []struct {
		name, host, realm string
		app               uint32
		want              uint32
		cause             Cause
		why               string
	}{
		{"in the table", "mme.epc.example.org", "epc.example.org", wire.AppS13, wire.DiameterSuccess, 0, ""},
		{"in other letters", "MME.epc.Example.org", "EPC.example.org", wire.AppS13, wire.DiameterSuccess, 0, ""},
		{"from anywhere", "any.epc.example.org", "epc.example.org", wire.AppS13, wire.DiameterSuccess, 0, ""},
		{"a relay", "any.epc.example.org", "epc.example.org", wire.AppRelay, wire.DiameterSuccess, 0, ""},
		{"a stranger", "who.epc.example.org", "epc.example.org", wire.AppS13, wire.DiameterUnknownPeer, UnknownPeer, ""},
		{"another realm", "mme.epc.example.org", "example.com", wire.AppS13, wire.DiameterUnknownPeer, WrongRealm, "in the realm epc.example.org"},
		{"another address", "far.epc.example.org", "epc.example.org", wire.AppS13, wire.DiameterUnknownPeer, WrongAddress, "at [192.0.2.0/24]"},
		{"our own name", "EIR.epc.example.org", "epc.example.org", wire.AppS13, wire.DiameterUnknownPeer, OwnHost, ""},
		{"another application", "mme.epc.example.org", "epc.example.org", 16777251, wire.DiameterNoCommonApplication, NoCommonApplication, "applications [16777251]"},
		{"no host", "", "epc.example.org", wire.AppS13, wire.DiameterUnknownPeer, BadCER, "not 0"},
		{"no name", "mme\x00epc", "epc.example.org", wire.AppS13, wire.DiameterUnknownPeer, BadCER, `"mme\x00epc" can't be a name`},
	} {
		m := n.dial(t)
		m.send(cer(c.host, c.realm, c.app))
		if code := m.result(wire.CapabilitiesExchange); code != c.want {
			t.Errorf("%s: %d, want %d", c.name, code, c.want)
		}
		if c.want == wire.DiameterSuccess {
			m.conn.Close()
			await(t, n.closed)
			continue
		}
		m.ended()
		m.conn.Close()
		if r := await(t, n.refused); r.Cause != c.cause || !says(r.Err, c.why) {
			t.Errorf("%s: refused for %v (%v), want %v (%q)", c.name, r.Cause, r.Err, c.cause, c.why)
		}
	}
	if s := n.Stats(); s.Refused[WrongRealm] != 1 || s.Refused[UnknownPeer] != 1 || s.Connections != 0 || s.Peers != 0 {
		t.Errorf("stats: %+v", s)
	}
}

// RFC 6733 5.6, R-Open: R-Conn-CER, R-Reject. The open one lives on.
func TestSecondConnectionOfAnOpenPeerIsRefused(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	first := n.open(t)
	second := n.dial(t)
	second.send(cer("MME.epc.example.org", "epc.example.org", wire.AppS13))
	second.ended()
	refusedFor(t, n, AlreadyOpen)

	first.send(answerTo(first.request(wire.DeviceWatchdog)))
	first.send(ecr(1, "00101700000003"))
	if code := first.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
		t.Errorf("on the first: %d", code)
	}
	first.conn.Close()
	await(t, n.closed)
	n.open(t) // now it may
}

// A peer that hangs up and calls again is not held against itself, though its call
// may be heard before its hanging up.
func TestCallsRightAfterHangingUp(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	for range 300 {
		m := n.open(t)
		m.conn.Close()
	}
	if refused := n.Stats().Refused[AlreadyOpen]; refused > 0 {
		t.Errorf("%d of its calls were refused", refused)
	}
}

// The first message is a CER, or the connection is closed without a word.
func TestBeforeTheCER(t *testing.T) {
	for name, c := range map[string]struct {
		octets []byte
		why    string
	}{
		"an ECR":           {ecr(1, "00101700000003"), "a request of command 324, application 16777252"},
		"a DWR":            {dwr(1), "command 280"},
		"a DPR":            {dpr(1), "command 282"},
		"a CEA":            {answerTo(cer("mme.epc.example.org", "epc.example.org", wire.AppS13)), "an answer of command 257"},
		"another protocol": {[]byte("GET /metrics HTTP/1.1\r\nHost: eir\r\n\r\n"), "version"},
		"TLS":              {append([]byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3}, make([]byte, 506)...), "handshake of TLS"},
		"zeros":            {make([]byte, 100), "version"},
	} {
		n := start(t, lab(), byLastDigit)
		m := n.dial(t)
		m.send(c.octets)
		m.ended()
		if r := await(t, n.refused); r.Cause != NotACER || !says(r.Err, c.why) {
			t.Errorf("%s: refused for %v (%v)", name, r.Cause, r.Err)
		}
	}
}

func TestNoCERInTime(t *testing.T) {
	cfg := lab()
	cfg.CERTimeout = 20 * time.Millisecond
	n := start(t, cfg, byLastDigit)
	m := n.dial(t)
	m.send(cer("mme.epc.example.org", "epc.example.org", wire.AppS13)[:50]) // half a CER is none
	m.ended()
	refusedFor(t, n, NoCER)
}

// RFC 3588 let a peer repeat its CER; one that says something else is not it.
func TestCEROnAnOpenConnection(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	m := n.open(t)
	m.exchange("mme.epc.example.org", "epc.example.org")
	m.send(cer("other.epc.example.org", "epc.example.org", wire.AppS13))
	if code := m.result(wire.CapabilitiesExchange); code != wire.DiameterUnableToComply {
		t.Errorf("another host: %d", code)
	}
	m.ended()
	m.conn.Close()
	if err := await(t, n.closed); !errors.Is(err, errBadCER) {
		t.Errorf("closed: %v", err)
	}
}

func TestCEAListsOurAddress(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	m := n.dial(t)
	m.send(cer("mme.epc.example.org", "epc.example.org", wire.AppS13))
	var addrs []netip.Addr
	var a wire.AVP
	for c := wire.AVPs(m.read()); c.Next(&a); {
		if a.Code == wire.HostIPAddress {
			addr, _ := netip.AddrFromSlice(a.Data[2:])
			addrs = append(addrs, addr)
		}
	}
	if len(addrs) != 1 || addrs[0] != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("Host-IP-Address %v", addrs)
	}
}

func TestFamiliar(t *testing.T) {
	var s table
	s.set([]Peer{
		{Host: "a", Addresses: prefixes("192.0.2.1/32 10.0.0.0/8 2001:db8::1/128")},
		{Host: "b", Addresses: prefixes("192.0.2.1/32 10.1.2.3/8 2001:db8:1::/48")},
		{Host: "c"},
	})
	for a, want := range map[string]bool{
		"192.0.2.1": true, "192.0.2.2": false, "10.255.0.1": true, "11.0.0.1": false,
		"2001:db8::1": true, "2001:db8::2": false, "2001:db8:1:2::3": true, "2001:db8:2::": false,
	} {
		if got := s.familiar(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: %v", a, got)
		}
	}
	if len(s.nets) != 2 || s.hosts[netip.MustParseAddr("192.0.2.1")] != 2 {
		t.Errorf("looks at %v and %v", s.hosts, s.nets)
	}
	s.set([]Peer{{Host: "a", Addresses: prefixes("192.0.2.2/32")}})
	if s.familiar(netip.MustParseAddr("192.0.2.1")) || s.familiar(netip.MustParseAddr("10.0.0.1")) || !s.familiar(netip.MustParseAddr("192.0.2.2")) {
		t.Errorf("a new table: %v, %v", s.hosts, s.nets)
	}
	for a, want := range map[string]string{"192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::"} {
		if got := hostOf(netip.MustParseAddr(a)); got.String() != want {
			t.Errorf("the host of %s is %s", a, got)
		}
	}
}

// What may be long is for peers: a stranger's first message is not waited for
// where no CER is as long.
func TestNoCERIsLong(t *testing.T) {
	cfg := lab()
	cfg.MaxMessage, cfg.CERTimeout = wire.MaxMessage, time.Hour
	n := start(t, cfg, byLastDigit)
	m := n.dial(t)
	m.send([]byte{1, 1, 0, 4, 0x80, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1}) // 64 KiB and 4 octets
	m.ended()
	refusedFor(t, n, NotACER)
}

// SetPeers: who is not in the new table is asked to leave, the others stay.
func TestSetPeers(t *testing.T) {
	cfg := lab()
	cfg.AnyLoopback = false
	keep := Peer{Host: "mme.epc.example.org", Realm: "epc.example.org"}
	drop := Peer{Host: "old.epc.example.org", Realm: "epc.example.org"}
	add := Peer{Host: "new.epc.example.org", Realm: "epc.example.org"}
	cfg.Peers = []Peer{keep, drop}
	n := start(t, cfg, byLastDigit)
	kept, dropped := n.open(t), n.dial(t)
	dropped.exchange(drop.Host, drop.Realm)
	await(t, n.opened)
	await(t, n.opened)

	if err := n.SetPeers([]Peer{keep, keep}, nil); err == nil {
		t.Error("a host twice was taken")
	}
	if err := n.SetPeers([]Peer{keep, add}, nil); err != nil {
		t.Fatal(err)
	}
	request := dropped.request(wire.DisconnectPeer)
	var a wire.AVP
	for c := wire.AVPs(request); c.Next(&a); {
		if v, _ := a.Uint32(); a.Code == wire.DisconnectCause && v != wire.DoNotWantToTalkToYou {
			t.Errorf("Disconnect-Cause %d", v)
		}
	}
	dropped.send(answerTo(request))
	dropped.ended()
	await(t, n.closed)

	back := n.dial(t)
	back.send(cer(drop.Host, drop.Realm, wire.AppS13))
	if code := back.result(wire.CapabilitiesExchange); code != wire.DiameterUnknownPeer {
		t.Errorf("it came back: %d", code)
	}
	n.dial(t).exchange(add.Host, add.Realm)
	kept.send(ecr(1, "00101700000003"))
	if code := kept.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
		t.Errorf("the one that stays: %d", code)
	}
	await(t, n.opened)
	for i, p := range n.Peers() {
		if want := []string{keep.Host, add.Host}[i]; p.Host != want || p.State.String() != "R-Open" || p.Watchdog.String() != "OKAY" {
			t.Errorf("peer %d: %+v", i, p)
		}
	}
	n.counted(t, func(s Stats) bool { return s.Peers == 2 && s.Statuses[eir.Prohibited] == 1 })
}

// A CER is answered with what is wrong with it, in the words of s13.
func TestCERWithAFault(t *testing.T) {
	for _, c := range []struct {
		name  string
		fill  func(b []byte) []byte
		want  uint32
		cause Cause
		why   string
	}{
		{"no Host-IP-Address", fromMME, wire.DiameterMissingAVP, BadCER, "Host-IP-Address is missing"},
		{"TLS inside the connection", func(b []byte) []byte {
			b = append(b, cer("mme.epc.example.org", "epc.example.org", wire.AppS13)[wire.HeaderLen:]...)
			return wire.AppendUint32(b, wire.InbandSecurityID, 0, wire.FlagMandatory, 1)
		}, wire.DiameterNoCommonSecurity, NoCommonSecurity, "no common security"},
	} {
		n := start(t, lab(), byLastDigit)
		m := n.dial(t)
		m.send(message(wire.FlagRequest, wire.CapabilitiesExchange, 1, c.fill))
		if code := m.result(wire.CapabilitiesExchange); code != c.want {
			t.Errorf("%s: %d, want %d", c.name, code, c.want)
		}
		m.ended()
		m.conn.Close()
		if r := await(t, n.refused); r.Cause != c.cause || r.Host != "mme.epc.example.org" || !says(r.Err, c.why) {
			t.Errorf("%s: refused %+v", c.name, r)
		}
	}
}

// What a stranger claims, and what a peer calls its product, is bounded for the
// log.
func TestLongWordsAreClipped(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	m := n.dial(t)
	m.send(cer(strings.Repeat("a", 300), strings.Repeat("b", 300), wire.AppS13))
	if code := m.result(wire.CapabilitiesExchange); code != wire.DiameterUnknownPeer {
		t.Errorf("%d", code)
	}
	m.conn.Close()
	if r := await(t, n.refused); r.Cause != BadCER || r.Host != strings.Repeat("a", 255) || r.Realm != strings.Repeat("b", 255) {
		t.Errorf("refused %+v", r)
	}
	m = n.dial(t)
	m.send(message(wire.FlagRequest, wire.CapabilitiesExchange, 1, func(b []byte) []byte {
		b = wire.AppendAVP(fromMME(b), wire.HostIPAddress, 0, wire.FlagMandatory, []byte{0, 1, 127, 0, 0, 1})
		b = wire.AppendUint32(b, wire.VendorID, 0, wire.FlagMandatory, 0)
		b = wire.AppendAVP(b, wire.ProductName, 0, 0, strings.Repeat("p", 60<<10))
		return wire.AppendUint32(b, wire.AuthApplicationID, 0, wire.FlagMandatory, wire.AppS13)
	}))
	if p := await(t, n.opened); p.ProductName != strings.Repeat("p", 255) {
		t.Errorf("a product name of %d octets", len(p.ProductName))
	}
}

func TestCausesHaveNames(t *testing.T) {
	seen := make(map[string]bool)
	for c := range Cause(NumCauses) {
		name, err := c.MarshalText()
		if err != nil || len(name) == 0 || seen[string(name)] {
			t.Errorf("cause %d is %q, %v", c, name, err)
		}
		seen[string(name)] = true
	}
}
