//go:build !linux || 386

package sctp

import (
	"net"
	"net/netip"
)

// Listener is an SCTP endpoint; here there is none.
type Listener struct{ net.Listener }

// Listen returns ErrUnsupported.
func Listen(c Config) (*Listener, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return nil, ErrUnsupported
}

// Addrs are all of the endpoint's addresses.
func (l *Listener) Addrs() []netip.AddrPort { return nil }
