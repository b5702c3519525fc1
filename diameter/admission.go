package diameter

import (
	"cmp"
	"fmt"
	"time"

	"paperweight/diameter/peer"
	"paperweight/diameter/s13"
	"paperweight/diameter/wire"
)

// hangUpWait is how long a peer that calls again is let wait for the end of its
// other connection to be heard.
const hangUpWait = 100 * time.Millisecond

// firstCER services the CER that makes a connection a peer's, or ends it.
func (c *conn) firstCER(msg []byte) {
	caps, f := c.srv.id.ParseCER(msg, c.secure != nil)
	c.refusal.Host, c.refusal.Realm = clip(caps.OriginHost), clip(caps.OriginRealm)
	if f != nil {
		cause := causeOf(f)
		c.refusal.Err = f
		if cause == NoCommonApplication {
			c.refusal.Err = fmt.Errorf("it offers the applications %v", first(caps.Applications))
		}
		c.refuse(cause, msg, f)
		return
	}
	cause, other := c.admit(&caps)
	if other != nil {
		select {
		case <-other.gone:
			cause, other = c.admit(&caps)
		case <-time.After(hangUpWait):
		}
		c.now = time.Now()
	}
	if other != nil {
		// It may have lost the other connection without a word, as a host
		// without power does. A DWR there finds out before its next call.
		other.doubt()
	}
	switch {
	case cause == admitted:
		c.perform(c.machine.Step(c.now, peer.ConnCER), msg, nil)
		c.watch(peer.ConnectionUp)
		if f := c.srv.events.PeerOpen; f != nil {
			f(c.state())
		}
	case cause == AlreadyOpen:
		c.refusal.Cause = cause
		c.perform(c.machine.Step(c.now, peer.ConnCEROfOpen), msg, nil)
	default:
		c.refuse(cause, msg, &s13.Fault{ResultCode: wire.DiameterUnknownPeer, Message: "this peer may not connect"})
	}
}

// cer services another CER on an open connection: the same again, or not (see
// peer.Machine).
func (c *conn) cer(msg []byte) {
	caps, f := c.srv.id.ParseCER(msg, c.secure != nil)
	if f == nil && !(sameIdentity(caps.OriginHost, c.host) && sameIdentity(caps.OriginRealm, c.realm)) {
		f = &s13.Fault{ResultCode: wire.DiameterUnableToComply, Message: "this connection is another peer's"}
	}
	if f == nil {
		c.perform(c.machine.Step(c.now, peer.ConnCER), msg, nil)
		return
	}
	c.perform(c.machine.Step(c.now, peer.ConnCERRefused), msg, f)
	if c.machine.State() == peer.Closed {
		c.ending, c.linger = fmt.Errorf("%w: %w", errBadCER, f), true
	}
}

// refuse answers a CER with an error. Which of its words were wrong stays
// here: a stranger learns that it may not connect, and no more.
func (c *conn) refuse(cause Cause, msg []byte, f *s13.Fault) {
	c.refusal.Cause = cause
	c.linger = true
	c.perform(c.machine.Step(c.now, peer.ConnCERRefused), msg, f)
}

// clip bounds a peer's own words for those who log and keep them: a CER may hold
// names as long as a message, and names longer than this are none.
func clip(s string) string { return s[:min(len(s), 255)] }

// first bounds a list for the same reason.
func first[T any](all []T) []T { return all[:min(len(all), 8)] }

func causeOf(f *s13.Fault) Cause {
	switch f.ResultCode {
	case wire.DiameterNoCommonApplication:
		return NoCommonApplication
	case wire.DiameterNoCommonSecurity:
		return NoCommonSecurity
	}
	return BadCER
}

// admitted is no Cause.
const admitted = Cause(NumCauses)

// admit makes the connection its peer's, where the table allows it. Where the
// peer has another one, it returns that, too.
func (c *conn) admit(caps *s13.Capabilities) (Cause, *conn) {
	s := c.srv
	if err := cmp.Or(s13.CheckName(caps.OriginHost), s13.CheckName(caps.OriginRealm)); err != nil {
		c.refusal.Err = err
		return BadCER, nil
	}
	// Another node with our name would make every answer's Origin-Host a lie.
	if sameIdentity(caps.OriginHost, s.cfg.OriginHost) {
		return OwnHost, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from := c.caller(caps.OriginHost, caps.OriginRealm)
	cause, ok := s.table.admits(from, s.cfg.AnyLoopback)
	if !ok {
		c.refusal.Err = s.table.why(cause, from)
		return cause, nil
	}
	c.host, c.realm = caps.OriginHost, caps.OriginRealm
	if !s.table.open(c, clip(caps.ProductName)) {
		return AlreadyOpen, s.table.entries[key(c.host)].conn
	}
	s.crowd.leave(c)
	return admitted, nil
}

// caller is who claims to call, and what proves it.
func (c *conn) caller(host, realm string) caller {
	return caller{host: host, realm: realm, from: c.remote.Addr(), certificate: c.certificate}
}

func (c *conn) state() PeerState {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	return c.peer.state()
}
