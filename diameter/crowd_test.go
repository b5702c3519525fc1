package diameter

import (
	"testing"
	"time"
)

func TestTooManyConnections(t *testing.T) {
	cfg := lab()
	cfg.MaxConns = 8 // so two may be nobody's yet
	n := start(t, cfg, byLastDigit)
	var silent []*mme
	for range 2 {
		silent = append(silent, n.dial(t))
	}
	for n.Stats().Connections < 2 {
		time.Sleep(time.Millisecond)
	}
	n.dial(t).ended()
	refusedFor(t, n, TooManyUnidentified)

	// Once they have said who they are, others may come, up to MaxConns.
	silent[0].exchange("mme0.epc.example.org", "epc.example.org")
	silent[1].exchange("mme1.epc.example.org", "epc.example.org")
	for i := 2; i < cfg.MaxConns; i++ {
		n.dial(t).exchange("mme"+string('0'+byte(i))+".epc.example.org", "epc.example.org")
	}
	n.dial(t).ended()
	refusedFor(t, n, TooMany)
}

// Strangers use up their quarter; a peer whose address is known still comes in.
func TestStrangersDoNotKeepKnownAddressesOut(t *testing.T) {
	cfg := lab()
	cfg.MaxConns = 4
	cfg.Peers = []Peer{{Host: "mme.epc.example.org", Realm: "epc.example.org", Addresses: prefixes("127.0.0.2/32")}}
	n := start(t, cfg, byLastDigit)
	n.dial(t)
	for n.Stats().Connections < 1 {
		time.Sleep(time.Millisecond)
	}
	n.dial(t).ended()
	refusedFor(t, n, TooManyUnidentified)
	n.dialFrom(t, "127.0.0.2").exchange("mme.epc.example.org", "epc.example.org")
}

// A host that a prefix makes familiar takes no more of MaxConns before its CERs
// than all strangers do; one that peers name alone may bring as many as they are.
func TestFamiliarHostsDoNotKeepOthersOut(t *testing.T) {
	cfg := lab()
	cfg.MaxConns = 8
	for i, a := range []string{"127.0.0.0/8", "127.0.0.4/32", "127.0.0.4/32", "127.0.0.4/32"} {
		cfg.Peers = append(cfg.Peers, Peer{Host: "mme" + string('0'+byte(i)) + ".epc.example.org", Realm: "epc.example.org", Addresses: prefixes(a)})
	}
	n := start(t, cfg, byLastDigit)
	fill := func(from string, places int) (last *mme) {
		t.Helper()
		before := n.Stats().Connections
		for range places {
			last = n.dialFrom(t, from)
		}
		for n.Stats().Connections < before+places {
			time.Sleep(time.Millisecond)
		}
		n.dialFrom(t, from).ended()
		refusedFor(t, n, TooManyUnidentified)
		return last
	}
	known := fill("127.0.0.2", 2)
	fill("127.0.0.4", 3)
	n.dialFrom(t, "127.0.0.3") // another's own
	// Who says who it is makes room for the next.
	known.exchange("mme0.epc.example.org", "epc.example.org")
	fill("127.0.0.2", 1)
	n.stop()
	if len(n.crowd.hosts) != 0 || n.crowd.strangers != 0 {
		t.Errorf("places are taken by nobody: %+v", n.crowd)
	}
}

// One host that connects and says nothing does not keep others out, be they in no
// peer's Addresses either, as peers on TLS may be: over TCP, and over TLS, where it
// does not even begin the handshake.
func TestOneStrangerDoesNotKeepOthersOut(t *testing.T) {
	cfg := lab()
	cfg.AnyLoopback, cfg.MaxConns, cfg.MaxUnidentified = false, 32, 3
	cfg.HandshakeTimeout, cfg.CERTimeout = time.Minute, time.Minute
	cfg.Peers = []Peer{{Host: "mme.epc.example.org", Realm: "epc.example.org"}}
	flood := func(n *node) {
		for range cfg.MaxUnidentified {
			n.dialFrom(t, "127.0.0.2")
		}
		for n.Stats().Connections < cfg.MaxUnidentified {
			time.Sleep(time.Millisecond)
		}
		for range cfg.MaxConns {
			n.dialFrom(t, "127.0.0.2")
		}
		n.counted(t, func(s Stats) bool { return s.Refused[TooManyUnidentified] == uint64(cfg.MaxConns) })
	}
	n := start(t, cfg, byLastDigit)
	flood(n)
	n.dialFrom(t, "127.0.0.3").exchange("mme.epc.example.org", "epc.example.org")

	a := newAuthority(t, "one")
	n, _ = startTLS(t, a, cfg, byLastDigit)
	flood(n)
	n.dialTLS(t, as(a, a.issue([]string{"mme.epc.example.org"}))).exchange("mme.epc.example.org", "epc.example.org")
}

// Where all call from one host, as in the laboratory, it has all of the quarter.
func TestShareOfAHost(t *testing.T) {
	for want, cfg := range map[int]Config{
		16: {}, 1: {MaxConns: 15}, 64: {AnyLoopback: true}, 5: {MaxUnidentified: 5, AnyLoopback: true},
	} {
		if got := cfg.withDefaults().MaxUnidentified; got != want {
			t.Errorf("%+v: %d, want %d", cfg, got, want)
		}
	}
}
