package diameter

import (
	"math/rand/v2"
	"time"

	"paperweight/diameter/peer"
)

// past is a deadline that has come: whoever waits for input looks up.
var past = time.Unix(1, 0)

// deadline is when the owner must look up though nothing arrives.
func (c *conn) deadline() time.Time {
	if c.machine.State() == peer.ROpen {
		return c.watchdog.Deadline()
	}
	return c.machine.Deadline()
}

// arm sets the read deadline, where the one that is set would come too late.
// Each message moves the watchdog's; to come too early costs one look every
// interval, to be moved each time would cost a lock and a timer every batch.
func (c *conn) arm() {
	if next := c.deadline(); c.armed.IsZero() || next.Before(c.armed) {
		c.armed = next
		c.nc.SetReadDeadline(next)
	}
}

// expire is the read deadline.
func (c *conn) expire() {
	if c.now.Before(c.deadline()) {
		return
	}
	if c.machine.State() == peer.ROpen {
		c.watch(peer.TimerExpires)
	} else {
		if c.ending == nil {
			c.ending = errNoDPA
		}
		c.step(peer.Timeout)
	}
	c.flush()
}

// watch gives the peer's watchdog an event and does what it asks.
func (c *conn) watch(e peer.WatchdogEvent) {
	before := c.watchdog.Status()
	a := c.watchdog.Step(peer.Tick{Now: c.now, Tw: c.srv.cfg.Tw, Random: rand.Float64()}, e)
	if a&peer.SendWatchdog != 0 && c.machine.State() == peer.ROpen {
		c.sentDWR = rand.Uint32()
		c.out = c.srv.id.AppendDWR(c.out, c.sentDWR, c.endToEnd())
		c.count[countMessagesOut]++
	}
	if after := c.watchdog.Status(); after != before {
		c.shown.watchdog.Store(uint32(after))
		if f := c.srv.events.Watchdog; f != nil {
			f(c.host, before, after)
		}
	}
	if a&peer.CloseConnection != 0 && e == peer.TimerExpires {
		c.lose(errWatchdog)
	}
}

// endToEnd makes an End-to-End Identifier. RFC 6733 3: "Implementations MAY set
// the high order 12 bits to contain the low order 12 bits of current time, and
// the low order 20 bits to a random value", unique for 4 minutes.
func (c *conn) endToEnd() uint32 {
	return uint32(c.now.Unix())<<20 | rand.Uint32()&(1<<20-1)
}

// askToPart asks the owner for a DPR with this Disconnect-Cause. Any goroutine
// may call it. The wish comes before the deadline: see run.
func (c *conn) askToPart(cause uint32) {
	c.wish.CompareAndSwap(0, 1+cause)
	c.nc.SetReadDeadline(past)
}

// obey sends the DPR that askToPart asked for, once.
func (c *conn) obey() bool {
	if c.obeyed || c.wish.Load() == 0 {
		return false
	}
	c.obeyed = true
	c.armed = time.Time{} // askToPart let it pass
	c.now = time.Now()
	c.refusal.Cause = ShuttingDown
	c.step(peer.Stop)
	c.flush()
	return true
}
