package diameter

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestConfigSaysWhatIsWrong(t *testing.T) {
	if err := lab().Validate(); err != nil {
		t.Errorf("the laboratory: %v", err)
	}
	mme := Peer{Host: "mme.epc.example.org", Realm: "epc.example.org"}
	for _, c := range []struct {
		change func(*Config)
		want   string // "" is nothing wrong
	}{
		{func(c *Config) { c.OriginHost = "" }, "origin-host"},
		{func(c *Config) { c.OriginHost = "eir epc" }, "origin-host"},
		{func(c *Config) { c.OriginRealm = strings.Repeat("a", 256) }, "origin-realm"},
		{func(c *Config) { c.OriginStateID = 0 }, "origin-state-id"},
		{func(c *Config) { c.AnyLoopback = false }, "nobody could connect"},
		{func(c *Config) { c.AnyLoopback, c.Peers = false, []Peer{mme} }, ""},
		{func(c *Config) { c.Peers = []Peer{{Host: "mme"}} }, "realm"},
		{func(c *Config) { c.Peers = []Peer{mme, {Host: "MME.epc.example.org", Realm: "epc"}} }, "twice"},
		{func(c *Config) { c.Peers = []Peer{{Host: "EIR.epc.example.org", Realm: "epc"}} }, "this node itself"},
		{func(c *Config) { c.Peers = []Peer{{Host: "m", Realm: "r", Addresses: []netip.Prefix{{}}}} }, "address"},
		{func(c *Config) { c.Peers, c.MaxConns = []Peer{mme, {Host: "m", Realm: "r"}}, 1 }, "max conns"},
		{func(c *Config) { c.MaxUnidentified = -1 }, "max unidentified -1"},
		{func(c *Config) { c.Tw = 6*time.Second - 1 }, "RFC 3539"},
		{func(c *Config) { c.Tw = 6 * time.Second }, ""},
		{func(c *Config) { c.CERTimeout = -1 }, "cer timeout"},
		{func(c *Config) { c.HandshakeTimeout = -1 }, "handshake timeout"},
		{func(c *Config) { c.DefaultPriority = 16 }, "default priority"},
		{func(c *Config) { c.MaxRate = -1 }, "max rate"},
		{func(c *Config) { c.Realms = []string{"a b"} }, "realm"},
		{func(c *Config) { c.MaxHandshakes = -1 }, "max handshakes"},
		{func(c *Config) { c.Peers = []Peer{{Host: "m", Realm: "r", TLSIdentity: "*.example.org"}} }, "tls identity"},
		{func(c *Config) { c.MaxMessage = 100 }, "max message"},
		{func(c *Config) { c.MaxMessage = 1 << 24 }, "max message"},
	} {
		cfg := lab()
		c.change(&cfg)
		switch err := cfg.Validate(); {
		case c.want == "" && err != nil:
			t.Errorf("refused: %v", err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%v, want %q in it", err, c.want)
		}
	}
}

// On a listener for both families an IPv4 peer shows as ::ffff:a.b.c.d.
func TestAddressesOfBothFamilies(t *testing.T) {
	for in, want := range map[string]string{
		"[::ffff:127.0.0.1]:3868": "127.0.0.1:3868",
		"[fe80::1%lo]:3868":       "[fe80::1]:3868",
		"192.0.2.1:5":             "192.0.2.1:5",
	} {
		if got := addrPort(address(in)); got.String() != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}

// A peer is told of every address it could call, and of no other.
func TestAddressesOfACEA(t *testing.T) {
	s, err := New(lab(), byLastDigit, Events{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []address{"192.0.2.1:3868", "0.0.0.0:3869", "127.0.0.1:3868", "[2001:db8::1]:3868"} {
		s.listeners = append(s.listeners, bound{addr: a})
	}
	for from, want := range map[address]string{
		"192.0.2.1:3868":    "[192.0.2.1 2001:db8::1]",
		"198.51.100.1:3869": "[198.51.100.1 192.0.2.1 2001:db8::1]",
		"127.0.0.1:3868":    "[127.0.0.1 192.0.2.1 2001:db8::1]",
	} {
		if got := fmt.Sprint(s.addresses([]netip.Addr{addrPort(from).Addr()})); got != want {
			t.Errorf("from %s: %s, want %s", from, got, want)
		}
	}
}

// bound is a listener that has an address.
type bound struct {
	net.Listener
	addr net.Addr
}

func (b bound) Addr() net.Addr { return b.addr }

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }
