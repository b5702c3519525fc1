package diameter

import (
	"time"

	"paperweight/diameter/s13"
)

// A check is computed at once, so no work is ever in flight but one message a
// connection. What can grow is the line before it: what a peer has sent and was
// not yet read. It is bounded by the socket's buffer, after which TCP makes the
// peer wait; but who waits there for seconds is not served by an answer. So:
//
//   - What exceeds a rate that the operator set (Config.MaxRate, Peer.MaxRate) is
//     refused, the lowest priority first.
//   - Where one read after the other fills the whole buffer, a line stands. When it
//     has stood for Config.MaxBacklog, and that is because checks are slow (a disk
//     that is read for each), what stands in it is refused, the lowest priority
//     first, until a read finds the line empty. A refusal costs a fraction of a
//     microsecond, so the line is gone at once, and those who come next are
//     answered in time: the node goes on to spend its time on checks that
//     somebody still waits for.
//   - Where checks are fast, refusing would cost what answering costs. Then every
//     request is answered, as fast as it goes, and TCP holds the peer back.
//
// To refuse is to answer: 3004 or 5012, never silence (RFC 7683 8).

// gate says which checks of a connection are answered. Its connection's goroutine
// owns it.
type gate struct {
	// active is false while every check is answered: the usual case, which
	// costs one look at this.
	active     bool
	peer, node bucket
	used       int64 // by this batch, not yet settled with the node's meter

	// cutoff is the first priority that is refused, s13.Priorities where none is.
	cutoff uint8
	// standing is since when every read has filled the buffer; zero where the
	// last one did not.
	standing time.Time
	// shedding is since when the line is refused; zero where it is not.
	shedding time.Time
	// sampled and slow count the checks that were timed while the line stands.
	sampled, slow int
	sample        bool // the next check is timed
	// lowest is the lowest priority seen while the line stands, and passed how
	// many checks since the clock was looked at.
	lowest uint8
	passed int
}

// passes is after how many checks of a standing line the clock is looked at.
const passes = 16

// lineSize is how much of what a peer sends may wait in its socket, in octets: a
// bound on the line, about a thousand requests, and enough of it that a line is
// seen. Left alone, the system begins with less than one read takes, and goes
// up to megabytes.
const lineSize = 256 << 10

// slowCheck is a check that takes so much longer than its refusal that refusing
// some makes room for others.
const slowCheck = 2 * time.Microsecond

// cutoffs are how the line is refused, a step for each read that finds it still
// standing: first the lowest priority that stands in it; then what is below the
// default, the default, and at last all but the highest.
var cutoffs = [...]uint8{s13.DefaultPriority + 1, s13.DefaultPriority, 5, 1}

// observe is told of each read: whether it filled the buffer. patience is
// Config.MaxBacklog.
func (g *gate) observe(now time.Time, full bool, patience time.Duration) {
	switch {
	case !full:
		g.standing, g.shedding = time.Time{}, time.Time{}
		g.cutoff, g.sample = s13.Priorities, false
	case g.standing.IsZero():
		g.standing, g.sampled, g.slow, g.sample, g.lowest = now, 0, 0, true, 0
	case g.cutoff == cutoffs[len(cutoffs)-1] && now.Sub(g.shedding) > patience:
		// Refusing all but the highest did not drain it: more comes than can even be refused. Then
		// at least some are answered, before it is tried again.
		g.standing, g.shedding, g.sampled, g.slow = now, time.Time{}, 0, 0
		g.cutoff, g.sample, g.lowest = s13.Priorities, true, 0
	case !g.shedding.IsZero():
		for _, c := range cutoffs {
			if c < g.cutoff {
				g.cutoff = c
				break
			}
		}
	case g.tooLong(now, patience):
		g.refuse(now)
	default:
		g.sample = true // one check of each read
	}
}

// tooLong reports whether the line has stood for longer than patience, and that
// because checks are slow.
func (g *gate) tooLong(now time.Time, patience time.Duration) bool {
	return now.Sub(g.standing) > patience && 2*g.slow > g.sampled
}

// refuse begins to refuse what stands in line, the lowest priority first: never
// the highest.
func (g *gate) refuse(now time.Time) {
	g.shedding, g.cutoff, g.sample = now, max(1, g.lowest), false
	g.active = true
}

// pass is told of each check of a standing line, since a single read may bring
// more than can be answered within patience.
func (g *gate) pass(priority uint8, patience time.Duration) {
	g.lowest = max(g.lowest, priority)
	if g.passed++; g.passed%passes != 0 || !g.shedding.IsZero() {
		return
	}
	if now := time.Now(); g.tooLong(now, patience) {
		g.refuse(now)
	}
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
	case priority >= g.cutoff:
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

// open prepares the gate for a batch.
func (c *conn) openGate(full bool) {
	g, s := &c.gate, c.srv
	g.observe(c.now, full, s.cfg.MaxBacklog)
	// The peer's debt is paid by the time that went by.
	elapsed := int64(c.now.Sub(c.paid))
	c.paid = c.now
	g.peer.cost = c.peerCost.Load()
	g.peer.debt = max(0, g.peer.debt-elapsed)
	if g.node.cost = s.meter.cost.Load(); g.node.cost > 0 {
		g.node.debt = s.meter.look(s.clock(c.now))
	}
	g.active = g.cutoff < s13.Priorities || g.peer.cost > 0 || g.node.cost > 0
	if g.active || c.doic.reduction > 0 || !c.doic.ending.IsZero() {
		if c.doic.roll(c.now) {
			r := &c.doic.report
			c.shown.reduction.Store(r.Reduction)
			c.shown.reductionUntil.Store(c.now.Add(time.Duration(r.Validity) * time.Second).UnixNano())
		}
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

// clock is a time as the meter counts it.
func (s *Server) clock(t time.Time) int64 { return int64(t.Sub(s.began)) }

// refuseCheck answers a check that is not let in.
func (c *conn) refuseCheck(why verdict) {
	c.doic.refused++
	c.count[countShed+int(why)-1]++
	var code uint32
	c.out, code = c.srv.id.AppendBusy(c.out, &c.req)
	c.count.answer(code)
}
