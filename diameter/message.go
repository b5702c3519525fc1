package diameter

import (
	"fmt"
	"time"

	"paperweight/diameter/peer"
	"paperweight/diameter/s13"
	"paperweight/diameter/wire"
	"paperweight/eir"
)

// message services one whole message.
func (c *conn) message(msg []byte) {
	if c.peer == nil {
		c.first(msg)
		return
	}
	if c.srv.id.Scan(msg, &c.req) {
		c.heard = true
		if c.machine.Step(c.now, peer.RcvMessage) == peer.Process {
			c.check()
		}
		return
	}
	h, _ := wire.ParseHeader(msg) // wire.Frame has seen it
	if !h.Request() {
		c.answer(&h)
		return
	}
	c.heard = true
	switch {
	case is(&h, wire.CapabilitiesExchange):
		c.cer(msg)
	case is(&h, wire.DeviceWatchdog):
		f := c.srv.id.Examine(msg, &c.req)
		c.perform(c.machine.Step(c.now, peer.RcvDWR), msg, f)
	case is(&h, wire.DisconnectPeer):
		c.dpr(msg)
	case c.step(peer.RcvMessage) == peer.Process:
		c.examine(msg)
	}
}

// is reports whether h is of a command of the base protocol. With another
// application it is not: RFC 6733 2.4, that of common messages is 0.
func is(h *wire.Header, command uint32) bool {
	return h.Command == command && h.App == wire.AppBase
}

// first services the first message. RFC 6733 5.6.1: "SHOULD close and discard
// the connection if any message other than a CER arrives".
func (c *conn) first(msg []byte) {
	h, _ := wire.ParseHeader(msg)
	if h.Request() && is(&h, wire.CapabilitiesExchange) {
		c.firstCER(msg)
		return
	}
	kind := "an answer"
	if h.Request() {
		kind = "a request"
	}
	c.refusal.Err = fmt.Errorf("it begins with %s of command %d, application %d", kind, h.Command, h.App)
	c.refusal.Cause = NotACER
	c.step(peer.RcvMessage)
}

// check is the fast way: may it be asked, the question, the verdict, the answer.
func (c *conn) check() {
	if c.realms != nil {
		if c.foreign() {
			c.refuseForeign()
			return
		}
		if !c.req.Routed && !s13.SameName(c.req.OriginHost, c.host) {
			c.unrouted()
		}
	}
	if c.req.Loss {
		c.req.Report = c.doic.current()
	}
	if c.gate.line.pass() {
		c.gate.line.judge(time.Now(), c.srv.cfg.MaxBacklog)
		c.gate.active = c.gate.active || c.gate.line.cutoff < s13.Priorities
	}
	if c.gate.active {
		if why := c.gate.ask(c.req.Priority); why != answered {
			c.refuseCheck(why)
			return
		}
	}
	c.doic.answered++
	var v eir.Verdict
	if q := c.req.Query(c.now.Unix()); c.gate.line.sample {
		v = c.timed(q)
	} else {
		v = c.srv.checker.Check(q)
	}
	var code uint32
	c.out, code = c.srv.id.AppendECA(c.out, &c.req, &v)
	c.count.verdict(&v, code)
}

// timed decides one check, and tells the line how long that took.
func (c *conn) timed(q eir.Query) eir.Verdict {
	began := time.Now()
	v := c.srv.checker.Check(q)
	c.gate.line.took(time.Since(began))
	return v
}

// examine is the other way: what is not a plain ECR is validated as a whole,
// and answered with its first fault, or as the ECR that it is after all.
func (c *conn) examine(msg []byte) {
	f := c.srv.id.Examine(msg, &c.req)
	if f == nil {
		c.check()
		return
	}
	c.out = c.srv.id.AppendError(c.out, msg, f)
	c.count.answer(f.ResultCode)
}

// answer services an answer. RFC 6733 6.2.1: "It SHOULD ignore answers received
// that do not match a known Hop-by-Hop Identifier", and none is ever answered.
// What a DWA or DPA says beyond that it came is of no use: one with an error is
// a sign of life, too.
func (c *conn) answer(h *wire.Header) {
	switch {
	case is(h, wire.DeviceWatchdog) && c.watchdog.Pending() && h.HopByHop == c.sentDWR:
		c.step(peer.RcvDWA)
		c.watch(peer.ReceiveDWA)
	case is(h, wire.DisconnectPeer) && c.parting && h.HopByHop == c.sentDPR:
		c.ending = errParted
		c.step(peer.RcvDPA)
	default:
		c.heard = true
		c.count[countDropped]++
	}
}

// outOfStep is the end of a stream in which the next message can't be found, or
// is of another version of Diameter.
//
// RFC 6733 7.1.5, DIAMETER_INVALID_MESSAGE_LENGTH and
// DIAMETER_UNSUPPORTED_VERSION. Before the CER nothing is answered: 5.6.1,
// "SHOULD close and discard the connection if any message other than a CER
// arrives".
func (c *conn) outOfStep(err error) {
	c.refusal.Cause = NotACER
	// RFC 8446 5.1: a record of type handshake, of whichever version 3.x.
	if c.in[c.r] == 22 && c.in[c.r+1] == 3 {
		c.refusal.Err = errTLSBegins
	}
	if c.peer != nil {
		f := s13.FrameFault(err)
		before := len(c.out)
		c.out = c.srv.id.AppendError(c.out, c.in[c.r:c.r+wire.HeaderLen], f)
		if len(c.out) > before {
			c.count.answer(f.ResultCode)
		}
		c.linger = true
	}
	c.r = c.w
	c.lose(err)
}
