package diameter

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"paperweight/diameter/peer"
)

// table says who may connect, and who is connected. Server.mu guards it.
type table struct {
	entries map[string]*entry // by Origin-Host in lower case
	// hosts are the whole addresses that the configured peers' Addresses name,
	// with how many peers do, and nets the rest of them, each once: every call is
	// held against them, and there may be ten thousand peers.
	hosts map[netip.Addr]int
	nets  []netip.Prefix
}

// entry is a peer across its connections.
type entry struct {
	Peer
	configured bool
	product    string
	since      time.Time
	past       load // of connections that are gone
	// conn is the open connection. While there is one, its goroutine owns
	// the watchdog and keeps it in conn.watchdog; here it rests between two
	// connections (RFC 3539: REOPEN needs to know that there was one).
	conn     *conn
	watchdog peer.Watchdog
}

// RFC 6733 5.6.4: octets "in the ASCII range 'a' through 'z' MUST compare
// equally to their uppercase counterparts". Identities are ASCII, checked here
// so that no other letter folds into one.
func key(host string) string {
	b := []byte(host)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func sameIdentity(a, b string) bool { return key(a) == key(b) }

func (p *Peer) at(a netip.Addr) bool {
	return len(p.Addresses) == 0 || slices.ContainsFunc(p.Addresses, func(x netip.Prefix) bool { return x.Contains(a) })
}

// familiar reports whether some peer's Addresses name a.
func (t *table) familiar(a netip.Addr) bool {
	return t.hosts[a] > 0 || slices.ContainsFunc(t.nets, func(x netip.Prefix) bool { return x.Contains(a) })
}

// caller is who claims to call, and what proves it.
type caller struct {
	host, realm string
	from        netip.Addr
	certificate *x509.Certificate // nil where it came without TLS
}

// admits reports whether a caller may connect, or why not.
func (t *table) admits(c caller, anyLoopback bool) (Cause, bool) {
	e := t.entries[key(c.host)]
	switch {
	case e == nil || !e.configured:
		if !anyLoopback || !c.from.IsLoopback() {
			return UnknownPeer, false
		}
		// Over TLS the laboratory holds a peer to its certificate as well.
		return WrongCertificate, c.certificate == nil || names(c.certificate, c.host)
	case !sameIdentity(c.realm, e.Realm):
		return WrongRealm, false
	case !e.at(c.from):
		return WrongAddress, false
	case c.certificate == nil && e.TLS:
		return NotTLS, false
	case c.certificate != nil && !e.identifiedBy(c.certificate):
		return WrongCertificate, false
	}
	return 0, true
}

// why is what cause leaves unsaid of a caller that is not admitted: what the table
// or the certificate has instead. nil where nothing does.
func (t *table) why(cause Cause, c caller) error {
	e := t.entries[key(c.host)]
	switch cause {
	case WrongRealm:
		return fmt.Errorf("the table has it in the realm %s", e.Realm)
	case WrongAddress:
		return fmt.Errorf("the table has it at %v", first(e.Addresses))
	case WrongCertificate:
		return fmt.Errorf("its certificate has the DNS names %.255q", first(c.certificate.DNSNames))
	}
	return nil
}

// open gives c, which was admitted, to its peer; false where that has another
// connection. A peer of the laboratory gets an entry that lives as long as its
// connection (RFC 6733 5.3: "the lifetime of the peer entry is equal to the
// lifetime of the transport connection").
func (t *table) open(c *conn, product string) bool {
	e := t.entries[key(c.host)]
	if e == nil {
		e = &entry{Peer: Peer{Host: c.host, Realm: c.realm}}
		t.entries[key(c.host)] = e
	}
	if e.conn != nil {
		return false
	}
	e.conn, e.product, e.since = c, product, c.now
	c.peer, c.watchdog = e, e.watchdog
	c.peerCost.Store(costOf(e.MaxRate))
	return true
}

// close takes a connection from its peer, and lets a peer go that lived for it
// alone.
func (t *table) close(c *conn) {
	e := c.peer
	c.peer = nil
	e.conn, e.watchdog, e.since = nil, c.watchdog, c.now
	e.past.add(func(i int) uint64 { return c.count[i] })
	if !e.configured {
		delete(t.entries, key(e.Host))
	}
}

// set replaces the configured peers. Those that stay keep their watchdog, and
// every connection keeps its entry.
func (t *table) set(peers []Peer) {
	old := t.entries
	t.entries = make(map[string]*entry, len(peers))
	t.hosts, t.nets = make(map[netip.Addr]int), nil
	known := make(map[netip.Prefix]bool)
	for _, p := range peers {
		p.Addresses = slices.Clone(p.Addresses)
		e := old[key(p.Host)]
		if e == nil {
			e = new(entry)
		}
		e.Peer, e.configured = p, true
		t.entries[key(p.Host)] = e
		for _, a := range p.Addresses {
			if a = a.Masked(); a.IsSingleIP() {
				t.hosts[a.Addr()]++
			} else if !known[a] {
				known[a] = true
				t.nets = append(t.nets, a)
			}
		}
	}
	for k, e := range old {
		if e.conn != nil && t.entries[k] == nil {
			e.configured = false
			t.entries[k] = e
		}
	}
}

// state shows e. The connection's goroutine publishes what it owns.
func (e *entry) state() PeerState {
	p := PeerState{
		Host: e.Host, Realm: e.Realm, Configured: e.configured, ProductName: e.product, Since: e.since,
		State: peer.Closed, Watchdog: e.watchdog.Status(),
	}
	l := e.past
	if c := e.conn; c != nil {
		l.add(func(i int) uint64 { return c.shown.counters[i].Load() })
		p.OverloadReduction = c.shown.reduced(time.Now())
		if m, ok := c.nc.(MultiPath); ok {
			p.FailedPaths = m.FailedPaths()
		}
		p.Remote, p.TLS = c.remote, c.version
		if c.certificate != nil {
			p.CertificateExpires = c.certificate.NotAfter
		}
		p.State, p.Watchdog = peer.State(c.shown.state.Load()), peer.Status(c.shown.watchdog.Load())
	}
	p.Checks, p.Shed = l.checks, l.shed
	return p
}

// Peers returns every peer of the table, connected or not, and every other
// connected one, by name.
func (s *Server) Peers() []PeerState {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]PeerState, 0, len(s.table.entries))
	for _, e := range s.table.entries {
		all = append(all, e.state())
	}
	slices.SortFunc(all, func(a, b PeerState) int { return strings.Compare(a.Host, b.Host) })
	return all
}
