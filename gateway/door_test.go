package main

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"paperweight/diameter"
	"paperweight/gateway/config"
)

// Whatever the file sets of Diameter reaches the server: no key is read and lost.
func TestWhatIsSetReachesTheDoor(t *testing.T) {
	c := config.Config{
		Node: config.Node{OriginHost: "eir", OriginRealm: "realm"},
		Diameter: config.Diameter{
			MaxConnections: 1, MaxUnidentified: 2, MaxMessage: 3, MaxRate: 4, DefaultPriority: 5, Realms: []string{"other"},
			CERTimeout: 6 * time.Second, Watchdog: 7 * time.Second, WriteTimeout: 8 * time.Second, MaxBacklog: 9 * time.Second, CloseTimeout: 14 * time.Second,
			TLS:   config.TLS{HandshakeTimeout: 10 * time.Second, MaxHandshakes: 11},
			Peers: []config.Peer{{Host: "mme", Realm: "mmes", Addresses: []string{"192.0.2.1"}, MaxRate: 12, TLS: true, TLSIdentity: "edge"}},
		},
	}
	got, err := diameterConfig(&c, 13)
	if err != nil {
		t.Fatal(err)
	}
	want := diameter.Config{
		OriginHost: "eir", OriginRealm: "realm", OriginStateID: 13,
		MaxConns: 1, MaxUnidentified: 2, MaxMessage: 3, MaxRate: 4, DefaultPriority: 5, Realms: []string{"other"},
		CERTimeout: 6 * time.Second, Tw: 7 * time.Second, WriteTimeout: 8 * time.Second, MaxBacklog: 9 * time.Second, CloseTimeout: 14 * time.Second,
		HandshakeTimeout: 10 * time.Second, MaxHandshakes: 11,
		Peers: []diameter.Peer{{Host: "mme", Realm: "mmes", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, MaxRate: 12, TLS: true, TLSIdentity: "edge"}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("- wanted, + set:\n%s", diff)
	}
}
