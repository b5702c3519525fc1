package load

import (
	"context"
	"fmt"
	"net"
	"time"

	"paperweight/conformance/mme"
)

// How long a member waits before it opens another connection in place of one
// that ended: twice as long each time, and as short as at first once one
// lasted. RFC 6733 2.1 recommends 30 seconds (Tc) to a node that has others to
// ask; here the shorter, the more is measured.
const (
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 10 * time.Second
)

// link is a member's connection as the sender has it. Another one takes its
// place when it ends, so what was meant for one can't get into the next.
type link struct {
	net.Conn // over wire
	wire     *eager
	of       *member

	// The sender's own.
	out    []byte
	failed bool // a write did; the receiver finds out why
}

// open makes the member a peer, over a connection of its own.
func (m *member) open(ctx context.Context, o *open) error {
	l := &link{of: m}
	s, err := o.plan.open(ctx, int(m.at), func(c net.Conn) (net.Conn, error) {
		var err error
		l.wire, err = newEager(c)
		return l.wire, err
	})
	if err != nil {
		return err
	}
	l.Conn, m.stream = s.Conn, s
	m.link.Store(l)
	return nil
}

// run takes what comes, and opens another connection where one ends, until the
// run does.
func (m *member) run(o *open) {
	for wait := firstBackoff; ; {
		began := o.since()
		err := m.receive(o)
		m.link.Store(nil)
		m.Close()
		m.forget(o)
		if err == nil {
			return
		}
		if m.breaks++; m.breaks == 1 {
			m.err = err
		}
		if o.since()-began > lastBackoff {
			wait = firstBackoff
		}
		for again := true; again; wait = min(2*wait, lastBackoff) {
			select {
			case <-o.ending.Done():
				return
			case <-time.After(wait):
			}
			m.redials++
			err := m.open(o.ending, o)
			if o.ending.Err() == nil {
				m.refused = err
			}
			again = err != nil
		}
		m.rejoins++
		if o.ending.Err() != nil {
			return // whether the sender saw it to say goodbye is open
		}
	}
}

// receive takes what comes until the connection ends, and says why: nil is
// that our DPR was answered.
func (m *member) receive(o *open) error {
	for {
		if err := m.fill(); err != nil {
			return fmt.Errorf("the connection ended: %w", err)
		}
		// One reading of the clock for all that one read brought.
		if over, err := m.drain(o, o.since()); over || err != nil {
			return err
		}
	}
}

// forget counts as lost what waits for an answer, since the connection it was
// to come over is gone.
func (m *member) forget(o *open) {
	m.shard.mu.Lock()
	defer m.shard.mu.Unlock()
	for i := range m.slots {
		if n := m.slots[i].Swap(0); n != 0 {
			leg, share, _ := m.place(o, n-1)
			m.shard.lose(leg, share)
		}
	}
}

// part says goodbye; after patience the connection ends, one way or the other.
func (l *link) part() {
	_ = l.SetReadDeadline(time.Now().Add(patience))
	if _, err := l.Write(mme.AppendDPR(nil, l.of.who)); err != nil || l.wire.waiting.Load() > 0 {
		l.Close()
	}
}
