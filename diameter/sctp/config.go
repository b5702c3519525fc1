package sctp

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// The defaults of Config.
const (
	DefaultRTOMin    = 300 * time.Millisecond
	DefaultRTOMax    = 2 * time.Second
	DefaultHeartbeat = 10 * time.Second
)

// ErrUnsupported is Listen's error where the kernel has no SCTP.
var ErrUnsupported = errors.New("this kernel has no SCTP (EPROTONOSUPPORT): load its module, `modprobe sctp`, or listen on TCP alone")

// Config is one endpoint. The zero value of a field that has a default means
// that default.
type Config struct {
	// Addresses are the endpoint's, all with the same port: a peer that
	// reaches one learns of the others, and uses them when a path fails.
	// Required. Port 0 takes a free one. IPv4 and IPv6 may be mixed; an
	// unspecified address means every address of the machine.
	Addresses []netip.AddrPort
	// RTOMin and RTOMax bound the retransmission timeout (RFC 9260 16), and
	// with it how long a check waits when a path fails. RFC 9260 suggests 1
	// and 60 s for the Internet, and for signalling networks less is usual.
	// RTOMin should be above the time for which peers delay their
	// acknowledgements, 200 ms by RFC 9260 unless they are set otherwise: below
	// it, what was only not yet acknowledged is sent twice. Defaults: 300 ms
	// and 2 s.
	RTOMin, RTOMax time.Duration
	// Heartbeat is how often an idle path is tried (RFC 9260 8.3). Default:
	// 10 s.
	Heartbeat time.Duration
	// Events is what the endpoint tells.
	Events Events
}

// Events is what an endpoint tells its owner. It is called on the goroutine
// that reads the association, so it must not block.
type Events struct {
	// Path: a path of an association changed. May be nil.
	Path func(Path)
}

// Path is what became of one path of an association.
type Path struct {
	// Remote is the association: its peer's primary address when it was
	// accepted.
	Remote netip.AddrPort
	// Address is the peer's address that changed.
	Address netip.Addr
	// State is what it is now.
	State PathState
}

// PathState is spc_state of RFC 6458 6.1.2.
type PathState uint32

// The states of a path, in the kernel's numbers. Suspect is "potentially
// failed" of RFC 7829: one timeout, and data goes elsewhere at once.
const (
	Available PathState = iota
	Unreachable
	Removed
	Added
	MadePrimary
	Confirmed
	Suspect
)

func (s PathState) String() string {
	names := [...]string{"available", "unreachable", "removed", "added", "made-primary", "confirmed", "suspect"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("state(%d)", uint32(s))
}

// Failing reports whether the path is of no use at present.
func (s PathState) Failing() bool { return s == Unreachable || s == Suspect }

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		value *time.Duration
		is    time.Duration
	}{{&c.RTOMin, DefaultRTOMin}, {&c.RTOMax, DefaultRTOMax}, {&c.Heartbeat, DefaultHeartbeat}} {
		if *d.value == 0 {
			*d.value = d.is
		}
	}
	return c
}

// Validate says what is wrong with c, all of it.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("sctp: "+format, args...)) }
	if len(c.Addresses) == 0 {
		bad("at least one IP:PORT is needed")
	}
	seen := make(map[netip.Addr]bool)
	for _, a := range c.Addresses {
		ip := a.Addr().Unmap()
		switch {
		case !a.IsValid():
			bad("an address is not valid")
		case a.Port() != c.Addresses[0].Port():
			bad("%s and %s: the addresses of an endpoint have one port", c.Addresses[0], a)
		case a.Addr().IsUnspecified() && len(c.Addresses) > 1:
			bad("%s means every address already: leave the others out", a)
		case seen[ip]:
			bad("%s stands there twice", a)
		}
		seen[ip] = true
	}
	switch {
	case c.RTOMin < 10*time.Millisecond || c.RTOMax > time.Minute:
		bad("retransmission timeouts of %v to %v: use 10ms to 1m", c.RTOMin, c.RTOMax)
	case c.RTOMax < c.RTOMin:
		bad("a retransmission timeout of at most %v is less than the least, %v", c.RTOMax, c.RTOMin)
	}
	if c.Heartbeat < 100*time.Millisecond || c.Heartbeat > time.Hour {
		bad("heartbeat %v: use 100ms to 1h", c.Heartbeat)
	}
	return errors.Join(errs...)
}
