package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"paperweight/diameter/peer"
	"paperweight/diameter/sctp"
	"paperweight/diameter/wire"
)

// Laboratory reports whether any peer on loopback may join.
func (d *Diameter) Laboratory() bool { return len(d.Peers) == 0 }

func (d *Diameter) validate() error {
	if len(d.Listen)+len(d.TLS.Listen)+len(d.SCTP.Listen) == 0 {
		return &KeyError{"diameter.listen", "at least one IP:PORT is needed, here, in diameter.tls.listen or in diameter.sctp.listen"}
	}
	for _, at := range []struct {
		key       string
		addresses []string
	}{{"diameter.listen", d.Listen}, {"diameter.tls.listen", d.TLS.Listen}, {"diameter.sctp.listen", d.SCTP.Listen}} {
		if err := d.validateListen(at.key, at.addresses); err != nil {
			return err
		}
	}
	if err := d.validateTLS(); err != nil {
		return err
	}
	if err := d.SCTP.validate(); err != nil {
		return err
	}
	for _, f := range []struct {
		key        string
		value, min int
	}{
		{"diameter.max_connections", d.MaxConnections, 1},
		{"diameter.max_unidentified", d.MaxUnidentified, 0},
		// RFC 6733 sets no bound; below this an ordinary CER would not fit.
		{"diameter.max_message", d.MaxMessage, 1024},
		{"diameter.max_rate", d.MaxRate, 0},
	} {
		if f.value < f.min {
			return &KeyError{f.key, fmt.Sprintf("%d is less than %d", f.value, f.min)}
		}
	}
	if d.DefaultPriority < 1 || d.DefaultPriority > 15 {
		return &KeyError{"diameter.default_priority", fmt.Sprintf("%d is not 1 to 15", d.DefaultPriority)}
	}
	if d.MaxMessage > wire.MaxMessage {
		return &KeyError{"diameter.max_message", fmt.Sprintf("%d is more than the %d that are ever taken", d.MaxMessage, wire.MaxMessage)}
	}
	if d.MaxConnections < len(d.Peers) {
		return &KeyError{"diameter.max_connections", fmt.Sprintf("%d is less than one for each of the %d peers", d.MaxConnections, len(d.Peers))}
	}
	for _, f := range []struct {
		key        string
		value, min time.Duration
	}{
		{"diameter.cer_timeout", d.CERTimeout, 100 * time.Millisecond},
		// RFC 3539 3.4.1: Twinit "MUST NOT be set lower than this".
		{"diameter.watchdog", d.Watchdog, peer.MinTw},
		{"diameter.write_timeout", d.WriteTimeout, 100 * time.Millisecond},
		{"diameter.close_timeout", d.CloseTimeout, 100 * time.Millisecond},
		{"diameter.max_backlog", d.MaxBacklog, time.Millisecond},
	} {
		if err := atLeast(f.key, f.value, f.min); err != nil {
			return err
		}
	}
	for i, r := range d.Realms {
		if err := identity(fmt.Sprintf("diameter.realms[%d]", i), r); err != nil {
			return err
		}
	}
	return d.validatePeers()
}

func (d *Diameter) validateListen(key string, addresses []string) error {
	for i, l := range addresses {
		key := fmt.Sprintf("%s[%d]", key, i)
		a, err := address(key, l)
		if err != nil {
			return err
		}
		if d.Laboratory() && !a.Addr().IsLoopback() {
			return &KeyError{key, l + " is not a loopback address, and without a peer table anybody could join: name the peers in diameter.peers"}
		}
	}
	return nil
}

func (d *Diameter) validateTLS() error {
	t := &d.TLS
	for _, f := range []struct{ key, value string }{{"cert", t.Cert}, {"key", t.Key}, {"ca", t.CA}} {
		if len(t.Listen) > 0 && f.value == "" {
			return &KeyError{"diameter.tls." + f.key, "a file in PEM is needed to listen for TLS"}
		}
	}
	if t.MaxHandshakes < 1 {
		return &KeyError{"diameter.tls.max_handshakes", "at least 1 is needed"}
	}
	return atLeast("diameter.tls.handshake_timeout", t.HandshakeTimeout, 100*time.Millisecond)
}

func (s *SCTP) validate() error {
	c, err := s.Endpoint()
	if err != nil {
		return err
	}
	if len(s.Listen) == 0 {
		// The rest is checked all the same.
		c.Addresses = []netip.AddrPort{netip.AddrPortFrom(netip.IPv6Loopback(), 0)}
	}
	if err := c.Validate(); err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return &KeyError{"diameter.sctp", strings.TrimPrefix(first, "sctp: ")}
	}
	return nil
}

// Endpoint is the configuration of the endpoint.
func (s *SCTP) Endpoint() (sctp.Config, error) {
	c := sctp.Config{RTOMin: s.RTOMin, RTOMax: s.RTOMax, Heartbeat: s.Heartbeat}
	for i, l := range s.Listen {
		a, err := address(fmt.Sprintf("diameter.sctp.listen[%d]", i), l)
		if err != nil {
			return c, err
		}
		c.Addresses = append(c.Addresses, a)
	}
	return c, nil
}

func (d *Diameter) validatePeers() error {
	for i := range d.Peers {
		p, key := &d.Peers[i], fmt.Sprintf("diameter.peers[%d]", i)
		if err := identity(key+".host", p.Host); err != nil {
			return err
		}
		if err := identity(key+".realm", p.Realm); err != nil {
			return err
		}
		if _, err := p.Prefixes(); err != nil {
			return &KeyError{key + ".addresses", err.Error()}
		}
		if p.MaxRate < 0 {
			return &KeyError{key + ".max_rate", fmt.Sprintf("%d is less than 0", p.MaxRate)}
		}
		if p.TLSIdentity != "" {
			if err := identity(key+".tls_identity", p.TLSIdentity); err != nil {
				return err
			}
		}
		if p.TLS && len(d.TLS.Listen) == 0 {
			return &KeyError{key + ".tls", p.Host + " must use TLS, and nothing listens for it: set diameter.tls.listen"}
		}
		// RFC 6733 4.3.1: a DiameterIdentity is compared without case.
		if slices.ContainsFunc(d.Peers[:i], func(q Peer) bool { return strings.EqualFold(p.Host, q.Host) }) {
			return &KeyError{key + ".host", p.Host + " stands there twice"}
		}
	}
	return nil
}

// Prefixes are Addresses, an address alone being a prefix of its whole length. An
// IPv4 address in IPv6 is the IPv4 address, as which a peer's is compared.
func (p *Peer) Prefixes() ([]netip.Prefix, error) {
	if len(p.Addresses) == 0 && !p.TLS {
		return nil, fmt.Errorf("at least one IP address or prefix is needed, or tls: true")
	}
	prefixes := make([]netip.Prefix, len(p.Addresses))
	for i, s := range p.Addresses {
		if a, err := netip.ParseAddr(s); err == nil {
			a = a.Unmap()
			prefixes[i] = netip.PrefixFrom(a, a.BitLen())
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an IP address nor a prefix such as 10.0.0.0/24", s)
		}
		if p.Addr().Is4In6() {
			if p.Bits() < 96 {
				return nil, fmt.Errorf("%q holds more than IPv4 addresses: write it as an IPv4 or an IPv6 prefix", s)
			}
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		prefixes[i] = p
	}
	return prefixes, nil
}
