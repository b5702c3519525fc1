package diameter

import (
	"runtime"
	"time"

	"paperweight/diameter/s13"
)

// gate says which checks of a connection are answered: those that no rate
// (Config.MaxRate, Peer.MaxRate) and no line (see line) is in the way of. Its
// connection's goroutine owns it. To refuse is to answer: 3004 or 5012, never
// silence (RFC 7683 8).
type gate struct {
	// active is false while every check is answered: the usual case, which
	// costs one look at this.
	active     bool
	peer, node bucket
	used       int64 // by this batch, not yet settled with the node's meter
	line       line

	yields bool // others wait for a core: this turn is followed by theirs
	// turn counts the messages since others were given way, and late those of
	// them that the line refused.
	turn, late uint64
}

// verdict is that of a gate on one check; those behind answered are ShedCauses.
type verdict uint8

const (
	answered verdict = iota
	overPeerRate
	overNodeRate
	standingLine
)

// ask decides on a check of a priority.
func (g *gate) ask(priority uint8) verdict {
	switch {
	case priority >= g.line.cutoff:
		return standingLine
	case !g.peer.takes(priority):
		return overPeerRate
	case !g.node.takes(priority):
		return overNodeRate
	}
	g.peer.debt += g.peer.cost
	g.node.debt += g.node.cost
	g.used++
	return answered
}

// openGate prepares the gate for a batch.
func (c *conn) openGate() {
	g, s := &c.gate, c.srv
	wait := s.cores.wait(s.clock(c.now))
	g.yields = wait > coresShort
	if c.secure == nil {
		g.line.read(c.now, c.full, wait)
	} else if fresh, full := c.secure.below.brought(); fresh {
		g.line.read(c.now, full, wait)
	}
	g.line.judge(c.now, s.cfg.MaxBacklog)
	// The peer's debt is paid by the time that went by.
	elapsed := int64(c.now.Sub(c.paid))
	c.paid = c.now
	g.peer.cost = c.peerCost.Load()
	g.peer.debt = max(0, g.peer.debt-elapsed)
	if g.node.cost = s.meter.cost.Load(); g.node.cost > 0 {
		g.node.debt = s.meter.look(s.clock(c.now))
	}
	g.active = g.line.cutoff < s13.Priorities || g.peer.cost > 0 || g.node.cost > 0
	if c.doic.roll(c.now) {
		r := &c.doic.report
		c.shown.reduction.Store(r.Reduction)
		c.shown.reductionUntil.Store(c.now.Add(time.Duration(r.Validity) * time.Second).UnixNano())
	}
}

// closeGate settles after a batch.
func (c *conn) closeGate() {
	if g := &c.gate; g.used > 0 {
		if g.node.cost > 0 {
			c.srv.meter.settle(c.srv.clock(c.now), g.used*g.node.cost)
		}
		g.used = 0
	}
}

// giveWay lets others have the core where they wait for one, once what one read
// brought is answered. Left alone, the runtime would let a connection whose line
// stands have it for 10 ms, many batches. What is refused takes next to nothing,
// and is the sooner gone.
func (c *conn) giveWay() {
	g := &c.gate
	yields := g.yields && 2*g.late <= g.turn
	g.turn, g.late = 0, 0
	if yields {
		runtime.Gosched()
		g.line.done = time.Now()
	}
}

// clock is a time as the meter counts it.
func (s *Server) clock(t time.Time) int64 { return int64(t.Sub(s.began)) }

// refuseCheck answers a check that is not let in.
func (c *conn) refuseCheck(why verdict) {
	c.doic.refused++
	if why == standingLine {
		c.gate.late++
	}
	c.count[countShed+int(why)-1]++
	var code uint32
	c.out, code = c.srv.id.AppendBusy(c.out, &c.req)
	c.count.answer(code)
}
