package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"paperweight/diameter"
	"paperweight/diameter/sctp"
	"paperweight/gateway/config"
)

// diameterConfig is the S13 door's configuration.
func diameterConfig(c *config.Config, originState uint32) (diameter.Config, error) {
	peers, err := peerTable(&c.Diameter)
	return diameter.Config{
		OriginHost: c.Node.OriginHost, OriginRealm: c.Node.OriginRealm, OriginStateID: originState,
		Peers: peers, AnyLoopback: c.Diameter.Laboratory(),
		MaxConns: c.Diameter.MaxConnections, MaxUnidentified: c.Diameter.MaxUnidentified, MaxMessage: c.Diameter.MaxMessage,
		CERTimeout: c.Diameter.CERTimeout, Tw: c.Diameter.Watchdog, WriteTimeout: c.Diameter.WriteTimeout, CloseTimeout: c.Diameter.CloseTimeout,
		Realms: c.Diameter.Realms, MaxRate: c.Diameter.MaxRate, DefaultPriority: c.Diameter.DefaultPriority, MaxBacklog: c.Diameter.MaxBacklog,
		HandshakeTimeout: c.Diameter.TLS.HandshakeTimeout, MaxHandshakes: c.Diameter.TLS.MaxHandshakes,
	}, err
}

func peerTable(d *config.Diameter) ([]diameter.Peer, error) {
	peers := make([]diameter.Peer, len(d.Peers))
	for i, p := range d.Peers {
		prefixes, err := p.Prefixes()
		if err != nil {
			return nil, err
		}
		peers[i] = diameter.Peer{Host: p.Host, Realm: p.Realm, Addresses: prefixes, TLS: p.TLS, TLSIdentity: p.TLSIdentity, MaxRate: p.MaxRate}
	}
	return peers, nil
}

// checked reads what a configuration names, as serve would, and says what is
// allowed in it and yet most likely a mistake.
func checked(c *config.Config) (doubts []string, err error) {
	own, err := certificates(c)
	if err != nil {
		return nil, err
	}
	doubts = c.Doubts()
	if own != nil {
		if err := own.Valid(time.Now()); err != nil {
			doubts = append(doubts, err.Error()+", and peers refuse it")
		}
	}
	return doubts, nil
}

// certificates reads those for TLS; nil where it is not served.
func certificates(c *config.Config) (*diameter.Certificates, error) {
	t := &c.Diameter.TLS
	if len(t.Listen) == 0 {
		return nil, nil
	}
	return diameter.LoadCertificates(diameter.CertificateFiles{Cert: t.Cert, Key: t.Key, CA: t.CA}, c.Node.OriginHost)
}

// doors are the Diameter listeners of a node.
func doors(n *node, c *config.Config, pathFailed func()) []door {
	var all []door
	for _, a := range c.Diameter.Listen {
		all = append(all, door{"tcp", tcp(a), n.diameter.Serve})
	}
	for _, a := range c.Diameter.TLS.Listen {
		all = append(all, door{"tls", tcp(a), n.diameter.ServeTLS})
	}
	if len(c.Diameter.SCTP.Listen) > 0 {
		all = append(all, door{"sctp", overSCTP(n, c, len(all) > 0, pathFailed), n.diameter.Serve})
	}
	return all
}

// door is one of them: its transport, what opens it, and who serves it. To open
// one that this machine can't have returns nil.
type door struct {
	transport string
	open      func() (net.Listener, error)
	serve     func(net.Listener) error
}

func tcp(address string) func() (net.Listener, error) {
	return func() (net.Listener, error) { return listen(address) }
}

// overSCTP opens the SCTP endpoint. Where the kernel has none, a node with other
// doors says so and goes on.
func overSCTP(n *node, c *config.Config, others bool, pathFailed func()) func() (net.Listener, error) {
	return func() (net.Listener, error) {
		endpoint, err := c.Diameter.SCTP.Endpoint()
		if err != nil {
			return nil, err
		}
		endpoint.Events = sctpEvents(n.log, pathFailed)
		l, err := sctp.Listen(endpoint)
		switch {
		case errors.Is(err, sctp.ErrUnsupported) && others:
			n.log.Error("Diameter over SCTP is not served", zap.Strings("addresses", c.Diameter.SCTP.Listen), zap.Error(err))
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("diameter.sctp: %w", err)
		}
		return l, nil
	}
}

// openDoor is one that listens.
type openDoor struct {
	transport string
	at        net.Addr
	addresses []string // all of them, where a multi-homed one has more than that
}

func newOpenDoor(transport string, l net.Listener) openDoor {
	d := openDoor{transport: transport, at: l.Addr()}
	if m, ok := l.(*sctp.Listener); ok {
		for _, a := range m.Addrs() {
			d.addresses = append(d.addresses, a.String())
		}
	}
	return d
}

// listening counts the open doors by transport, with 0 for one that is configured
// and could not be had; nil while the node starts.
func (n *node) listening(c *config.Config) map[string]int {
	if n.starting.Load() {
		return nil
	}
	counts := make(map[string]int)
	if len(c.Diameter.SCTP.Listen) > 0 {
		counts["sctp"] = 0
	}
	for _, d := range n.diameterAt {
		counts[d.transport]++
	}
	return counts
}

const (
	// certificateWatch is how often the expiry of our certificate is looked at.
	certificateWatch = 12 * time.Hour
	// Within certificateSoon of its expiry it is a warning, then an alarm.
	certificateSoon  = 30 * 24 * time.Hour
	certificateAlarm = 7 * 24 * time.Hour
)

// watchCertificate tells of a certificate that will expire, or that peers refuse.
func (n *node) watchCertificate(now time.Time) {
	own := n.diameter.Certificates()
	if own == nil {
		return
	}
	if err := own.Valid(now); err != nil {
		n.log.Error("peers refuse our TLS certificate; replace the files of diameter.tls and send SIGHUP, or see to the clock", zap.Error(err))
		return
	}
	at, words := certificateState(own.Expire().Sub(now))
	if words != "" {
		n.log.Log(at, words, zap.Time("expires", own.Expire()))
	}
}

// certificateState is what to say of a certificate with so long to live; nothing
// while that is long enough.
func certificateState(left time.Duration) (zapcore.Level, string) {
	const todo = "; replace the files of diameter.tls and send SIGHUP"
	switch {
	case left < certificateAlarm:
		return zapcore.ErrorLevel, "our TLS certificate expires in days" + todo
	case left < certificateSoon:
		return zapcore.WarnLevel, "our TLS certificate expires soon" + todo
	}
	return zapcore.DebugLevel, ""
}
