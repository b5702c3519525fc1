package diameter

import (
	"fmt"
	"math/rand/v2"

	"paperweight/diameter/peer"
	"paperweight/diameter/s13"
	"paperweight/diameter/wire"
)

// step gives the machine an event that no message of the base protocol brought,
// and does what it asks.
func (c *conn) step(e peer.Event) peer.Actions {
	a := c.machine.Step(c.now, e)
	c.perform(a, nil, nil)
	return a
}

// perform does what the machine asks: the answer to msg, a request of ours. f is
// what is wrong with msg. Hanging up is left to run, which sees the state.
func (c *conn) perform(a peer.Actions, msg []byte, f *s13.Fault) {
	id := c.srv.id
	if a&(peer.SndCEA|peer.SndDWA|peer.SndDPA) != 0 {
		switch {
		case a&peer.SndCEA != 0:
			c.out = id.AppendCEA(c.out, msg, f, c.srv.addresses(localAddrs(c.nc))...)
		case a&peer.SndDWA != 0:
			c.out = id.AppendDWA(c.out, msg, f)
		case a&peer.SndDPA != 0:
			c.out = id.AppendDPA(c.out, msg, f)
		}
		code := wire.DiameterSuccess
		if f != nil {
			code = f.ResultCode
		}
		c.count.answer(code)
	}
	if a&peer.SndDPR != 0 {
		c.sentDPR, c.parting = rand.Uint32(), true
		c.out = id.AppendDPR(c.out, c.sentDPR, c.endToEnd(), c.wish.Load()-1)
		c.count[countMessagesOut]++
	}
	if a != 0 && a != peer.Process {
		c.shown.state.Store(uint32(c.machine.State()))
	}
}

// lose is the end of a connection that can't be used any more.
func (c *conn) lose(err error) {
	if c.ending == nil {
		c.ending = err
	}
	if c.refusal.Err == nil {
		c.refusal.Err = err
	}
	c.step(peer.PeerDisc)
}

// dpr services a DPR. One that is malformed is answered and changes nothing: the
// peer has been told, and may say it properly or hang up.
func (c *conn) dpr(msg []byte) {
	cause, f := c.srv.id.ParseDPR(msg)
	if f != nil {
		c.perform(peer.SndDPA, msg, f)
		return
	}
	c.ending = fmt.Errorf("%w: the peer wished it, Disconnect-Cause %d", errParted, cause)
	c.perform(c.machine.Step(c.now, peer.RcvDPR), msg, nil)
}
