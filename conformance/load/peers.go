package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"paperweight/conformance/mme"
)

// DefaultHost is the pattern of our peers' names.
const DefaultHost = "load-{n}.{realm}"

// Peers says whom to ask, and as whom.
type Peers struct {
	// Target is the register's Diameter address, host:port.
	Target string
	// Dial is how it is reached.
	Dial Dialer
	// Realm is whose peers we are: Origin-Realm and Destination-Realm.
	Realm string
	// Host is the Origin-Host of each connection, a pattern: {n} is the
	// connection's number, from 1, {realm} the realm; {0n} has five digits.
	// Empty is DefaultHost. A register takes one connection of a peer.
	Host string
	// Connections are opened to send requests over.
	Connections int
}

func (p *Peers) validate() error {
	switch {
	case p.Connections < 1:
		return errors.New("connections: at least one is needed")
	case p.peer(0).Host == p.peer(1).Host:
		return fmt.Errorf("host %q: {n} is needed in it, since a register takes one connection of a peer", p.Host)
	}
	return nil
}

// peer is who connection i says it is.
func (p *Peers) peer(i int) mme.Peer {
	return mme.Peer{Host: p.fill(cmp.Or(p.Host, DefaultHost), i), Realm: p.Realm}
}

// fill puts what belongs to connection i into a pattern.
func (p *Peers) fill(pattern string, i int) string {
	return strings.NewReplacer("{n}", strconv.Itoa(i+1), "{0n}", fmt.Sprintf("%05d", i+1), "{realm}", p.Realm).Replace(pattern)
}

// open opens connection i, ready for requests. wrap may put something between
// the socket and what is returned, or be nil.
func (p *Peers) open(ctx context.Context, i int, wrap func(net.Conn) (net.Conn, error)) (*stream, error) {
	dialer, err := p.Dial.of(func(pattern string) string { return p.fill(pattern, i) })
	if err != nil {
		return nil, err
	}
	conn, err := dialer.dial(ctx, p.Target, wrap)
	if err != nil {
		return nil, err
	}
	s := &stream{Conn: conn}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := s.join(p.peer(i)); err != nil {
		return nil, fmt.Errorf("%s, as %s: %w", p.Target, p.peer(i).Host, errors.Join(err, conn.Close()))
	}
	return s, nil
}
