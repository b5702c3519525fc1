package diameter

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"paperweight/diameter/peer"
	"paperweight/diameter/s13"
	"paperweight/diameter/wire"
)

// Config says who this node is, who may connect, and how much of it. The zero
// value of a field that has a default means that default.
type Config struct {
	// OriginHost and OriginRealm are this node's DiameterIdentity (RFC 6733
	// 4.3.1), for example eir.epc.example.org in epc.example.org. Required.
	OriginHost  string
	OriginRealm string
	// ProductName is told in the CEA. Default: Paperweight.
	ProductName string
	// OriginStateID is Origin-State-Id (RFC 6733 8.16): higher after every
	// restart, so that peers notice one. Required; the store keeps the last.
	OriginStateID uint32

	// Peers may connect. Not needed where AnyLoopback is set.
	Peers []Peer
	// AnyLoopback is the laboratory: whoever connects from a loopback
	// address may say any Origin-Host that is not in Peers.
	AnyLoopback bool

	// Realms may ask besides the peers' realms and OriginRealm: those of the
	// MMEs behind an agent, where they differ from the agent's. A check whose
	// Origin-Realm is another gets 5003. Not looked at where AnyLoopback is set.
	Realms []string

	// MaxRate bounds the checks that are answered, in checks a second, over all
	// peers; the rest gets 3004 or 5012, the lowest DRMP priority first. 0 is
	// no bound. SetMaxRate changes it.
	MaxRate int
	// DefaultPriority is the DRMP priority of requests that name none, 1 to
	// 15 (RFC 7944 8). Default: 10.
	DefaultPriority int
	// MaxBacklog is how long a check may have waited here before it is refused
	// rather than answered, where answering takes longer than refusing. A peer
	// of whom more than 64 KiB (over TLS 32) are always there to read has waited
	// since that began, in its own socket if not here. It is that of priority 10;
	// the lowest waits for a sixth of it, priority 1 for 2.5 times as long, and
	// the highest is answered in any case. Default: 100 ms.
	MaxBacklog time.Duration

	// MaxConns bounds the connections, identified or not; what exceeds it is
	// closed at once. Each has two buffers of about 64 KiB. Default: 256.
	//
	// A quarter of it may be connections that have not yet said who they
	// are. Those from an address that a Peer's Addresses name do not count
	// towards that quarter, so strangers can't keep such peers out; of them
	// each host, in IPv6 each /64, may have as many, or as there are peers
	// whose Addresses name it alone.
	MaxConns int
	// MaxUnidentified bounds what one host, in IPv6 one /64, may take of the
	// strangers' quarter, so that it can't keep other strangers out: peers
	// without Addresses are among them. Default: a sixteenth of MaxConns; all of
	// the quarter where AnyLoopback is set, since there all come from one host.
	MaxUnidentified int
	// MaxHandshakes bounds the TLS handshakes that go on at once: so many of
	// connections from Peers' Addresses, and as many of others. The rest
	// wait for their turn. Default: 64.
	MaxHandshakes int
	// HandshakeTimeout bounds a TLS handshake with the wait for its turn.
	// Default: 5 s.
	HandshakeTimeout time.Duration
	// CERTimeout bounds the wait for a new connection's CER, over TLS from the
	// end of its handshake on. Default: 5 s.
	CERTimeout time.Duration
	// Tw is Twinit of RFC 3539 3.4.1, to which each interval adds -2 to 2
	// s. Default 30 s, at least 6 s. A silent peer is disconnected after
	// three intervals.
	Tw time.Duration
	// WriteTimeout is how long a peer may leave its answers unread before
	// it is disconnected. Default: 10 s.
	WriteTimeout time.Duration
	// CloseTimeout bounds the wait for the DPA to our DPR, and for a peer to
	// hang up after our DPA to its DPR. Default: 3 s.
	CloseTimeout time.Duration

	// MaxMessage bounds a message, in octets of its Message Length. Longer
	// ones get 5015 and the connection is closed. A CER may have 64 KiB at
	// most. Default: 64 KiB; an ECR has about 250 octets, or 1 KiB behind
	// several agents.
	MaxMessage int
}

// Peer is a node that may connect: an MME, an SGSN or an agent.
type Peer struct {
	// Host is its Origin-Host, compared without regard to case.
	Host string
	// Realm is its Origin-Realm, compared without regard to case.
	Realm string
	// Addresses are where it may connect from; none means anywhere, which
	// without TLS leaves the Origin-Host as the only proof of who it is.
	Addresses []netip.Prefix
	// MaxRate bounds its checks that are answered, in checks a second, as
	// Config.MaxRate. 0 is no bound.
	MaxRate int
	// TLS says that it must come over TLS. Over TLS it may come in any case,
	// and is then held to its certificate.
	TLS bool
	// TLSIdentity is the DNS name that its certificate must have among those
	// of its subjectAltName, compared without regard to case. Default: Host.
	TLSIdentity string
}

// The defaults of Config.
const (
	DefaultProductName  = "Paperweight"
	DefaultMaxConns     = 256
	DefaultCERTimeout   = 5 * time.Second
	DefaultWriteTimeout = 10 * time.Second
	DefaultCloseTimeout = 3 * time.Second
	DefaultMaxMessage   = 64 << 10

	DefaultMaxBacklog       = 100 * time.Millisecond
	DefaultMaxHandshakes    = 64
	DefaultHandshakeTimeout = 5 * time.Second
)

// withDefaults fills what was left zero.
func (c Config) withDefaults() Config {
	if c.ProductName == "" {
		c.ProductName = DefaultProductName
	}
	orInt(&c.MaxConns, DefaultMaxConns)
	share := c.MaxConns / 16
	if c.AnyLoopback {
		share = c.MaxConns / 4
	}
	orInt(&c.MaxUnidentified, max(1, share))
	orInt(&c.MaxMessage, DefaultMaxMessage)
	orInt(&c.DefaultPriority, s13.DefaultPriority)
	orTime(&c.MaxBacklog, DefaultMaxBacklog)
	orInt(&c.MaxHandshakes, DefaultMaxHandshakes)
	orTime(&c.HandshakeTimeout, DefaultHandshakeTimeout)
	orTime(&c.CERTimeout, DefaultCERTimeout)
	orTime(&c.Tw, peer.DefaultTw)
	orTime(&c.WriteTimeout, DefaultWriteTimeout)
	orTime(&c.CloseTimeout, DefaultCloseTimeout)
	return c
}

func (s *Server) timeouts() peer.Timeouts {
	return peer.Timeouts{CER: s.cfg.CERTimeout, Close: s.cfg.CloseTimeout}
}

func orInt(v *int, d int) {
	if *v == 0 {
		*v = d
	}
}

func orTime(v *time.Duration, d time.Duration) {
	if *v == 0 {
		*v = d
	}
}

// Validate reports every field that can't be, joined into one error.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if err := s13.CheckName(c.OriginHost); err != nil {
		bad("origin-host %q: %w", c.OriginHost, err)
	}
	if err := s13.CheckName(c.OriginRealm); err != nil {
		bad("origin-realm %q: %w", c.OriginRealm, err)
	}
	if c.OriginStateID == 0 {
		bad("origin-state-id: 0 says that no state is kept; use a number that grows with every restart")
	}
	if len(c.Peers) == 0 && !c.AnyLoopback {
		bad("peers: none, so nobody could connect; name the peers, or allow any loopback peer")
	}
	if err := validatePeers(c.Peers, c.OriginHost); err != nil {
		errs = append(errs, err)
	}
	// RFC 3539 3.4.1: "While Twinit MAY be set as low as 6 seconds (not
	// including jitter), it MUST NOT be set lower than this."
	if c.Tw < peer.MinTw {
		bad("watchdog interval %v: RFC 3539 forbids less than %v", c.Tw, peer.MinTw)
	}
	for _, f := range []struct {
		name  string
		value time.Duration
	}{{"handshake timeout", c.HandshakeTimeout}, {"cer timeout", c.CERTimeout}, {"write timeout", c.WriteTimeout}, {"max backlog", c.MaxBacklog}, {"close timeout", c.CloseTimeout}} {
		if f.value < time.Millisecond {
			bad("%s %v: at least 1ms is needed", f.name, f.value)
		}
	}
	if c.MaxConns < max(1, len(c.Peers)) {
		bad("max conns %d: at least one for each peer is needed", c.MaxConns)
	}
	if c.MaxUnidentified < 1 {
		bad("max unidentified %d: at least 1 is needed, or nobody without an address in the table could connect", c.MaxUnidentified)
	}
	for _, r := range c.Realms {
		if err := s13.CheckName(r); err != nil {
			bad("realm %q: %w", r, err)
		}
	}
	if c.MaxRate < 0 {
		bad("max rate %d: 0 is no bound, less is nothing", c.MaxRate)
	}
	if c.DefaultPriority < 1 || c.DefaultPriority >= s13.Priorities {
		bad("default priority %d: use 1, almost the highest, to 15, the lowest", c.DefaultPriority)
	}
	if c.MaxHandshakes < 1 {
		bad("max handshakes %d: at least 1 is needed", c.MaxHandshakes)
	}
	if c.MaxMessage < 1024 || c.MaxMessage > wire.MaxMessage {
		bad("max message %d: use 1024 to %d octets", c.MaxMessage, wire.MaxMessage)
	}
	return errors.Join(errs...)
}

func validatePeers(peers []Peer, own string) error {
	var errs []error
	seen := make(map[string]bool)
	for i, p := range peers {
		if err := s13.CheckName(p.Host); err != nil {
			errs = append(errs, fmt.Errorf("peer %d: host %q: %w", i+1, p.Host, err))
		}
		if err := s13.CheckName(p.Realm); err != nil {
			errs = append(errs, fmt.Errorf("peer %d (%s): realm %q: %w", i+1, p.Host, p.Realm, err))
		}
		switch host := key(p.Host); {
		case seen[host]:
			errs = append(errs, fmt.Errorf("peer %d: host %s stands there twice", i+1, p.Host))
		case host == key(own):
			errs = append(errs, fmt.Errorf("peer %d: host %s is this node itself", i+1, p.Host))
		default:
			seen[host] = true
		}
		if p.MaxRate < 0 {
			errs = append(errs, fmt.Errorf("peer %d (%s): max rate %d: 0 is no bound, less is nothing", i+1, p.Host, p.MaxRate))
		}
		if p.TLSIdentity != "" {
			if err := s13.CheckName(p.TLSIdentity); err != nil {
				errs = append(errs, fmt.Errorf("peer %d (%s): tls identity %q: %w", i+1, p.Host, p.TLSIdentity, err))
			}
		}
		for _, a := range p.Addresses {
			if !a.IsValid() {
				errs = append(errs, fmt.Errorf("peer %d (%s): an address is not valid", i+1, p.Host))
			}
		}
	}
	return errors.Join(errs...)
}
