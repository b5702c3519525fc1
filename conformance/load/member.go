package load

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"paperweight/conformance/mme"
)

// member is one peer of an open-loop run. Two goroutines share it: the
// sender, which puts requests on its link, and its own, which takes the answers
// and makes another link of it where one ends (link.go).
type member struct {
	who   mme.Peer
	at    uint64 // its place among the connections
	shard *shard
	link  atomic.Pointer[link] // nil while there is none

	// The sender's own: how many requests were due; the n-th of them is
	// request n*connections+at of the schedule. Behind is one whose target
	// does not read: what is due meanwhile waits, as a number alone.
	*requests
	due     uint64
	behind  bool
	lateLeg int // of the last that was behind
	// put is how many of them are done with, sent or not. The sender counts.
	put atomic.Uint64

	// slots holds, for each request that waits, its n+1, at n modulo the
	// length. Who swaps it out has it: the receiver its answer, or the
	// sender, a whole round later, its loss.
	slots []atomic.Uint64

	// The receiver's own.
	*stream
	leg    int // of the last answer
	strays uint64
	// How often a link ended before its time, why the first did; how often
	// another was tried, and came to be.
	breaks, redials, rejoins uint64
	err, refused             error // and why the last redial came to nothing
}

// expect makes the member one that sends.
func (m *member) expect(r *requests, window int) {
	m.requests = r
	m.slots = make([]atomic.Uint64, window)
}

// idRange is how many Hop-by-Hop Identifiers there are: not 0, which
// go-diameter's servers answer with another.
const idRange = math.MaxUint32

// ids returns the identifiers of the n-th request. The two differ, so that a
// register that mixes them up answers nothing that we know.
func ids(n uint64) (hopByHop, endToEnd uint32) {
	hopByHop = uint32(n%idRange) + 1
	return hopByHop, ^hopByHop
}

// claim returns which request, of those put on this connection, an answer is
// for; false where none waits for it.
func (m *member) claim(answer []byte) (n uint64, ok bool) {
	hopByHop, endToEnd := mme.IDs(answer)
	put := m.put.Load()
	if hopByHop == 0 || endToEnd != ^hopByHop || put == 0 || len(m.slots) == 0 {
		return 0, false
	}
	last := put - 1
	back := (last%idRange + idRange - uint64(hopByHop-1)) % idRange
	if back > last {
		return 0, false
	}
	n = last - back
	return n, m.slots[n%uint64(len(m.slots))].CompareAndSwap(n+1, 0)
}

// drain takes every message that has arrived; over says that our DPR was
// answered.
func (m *member) drain(o *open, now time.Duration) (over bool, err error) {
	m.shard.mu.Lock()
	defer m.shard.mu.Unlock()
	for {
		msg, err := m.next()
		if msg == nil || err != nil {
			return false, err
		}
		switch {
		case mme.IsRequest(msg):
			answered, err := m.reply(msg, m.who)
			if err != nil {
				return false, err
			}
			if !answered {
				m.strays++
			}
		case mme.IsDisconnect(msg):
			return true, nil
		default:
			if err := m.answer(o, msg, now); err != nil {
				return false, err
			}
		}
	}
}

func (m *member) answer(o *open, msg []byte, now time.Duration) error {
	n, ok := m.claim(msg)
	if !ok {
		m.strays++
		return nil
	}
	a, err := mme.ReadAnswer(msg)
	if err != nil {
		return fmt.Errorf("an answer that can't be read: %w", err)
	}
	leg, share, part := m.place(o, n)
	took := now - o.schedule.due(&o.schedule.legs[leg], m.number(o, n))
	m.shard.record(leg, share, a, o.picker.parts[part].Expect, took, o.plan)
	return nil
}

// number returns which request of the schedule the member's n-th is.
func (m *member) number(o *open, n uint64) uint64 { return n*uint64(o.plan.Connections) + m.at }

// place returns where the member's n-th request counts, for its receiver.
func (m *member) place(o *open, n uint64) (leg, share, part int) {
	k := m.number(o, n)
	m.leg = o.schedule.leg(k, m.leg)
	part, share = o.picker.classes(k)
	return m.leg, share, part
}
