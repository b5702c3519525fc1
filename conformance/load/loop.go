package load

import (
	"errors"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"paperweight/conformance/mme"
)

// slotBits is how much of a Hop-by-Hop Identifier names the slot; the rest
// counts the slot's requests, so that a late or doubled answer matches none.
const slotBits = 12

// MaxOutstanding is the most requests that one connection can leave
// unanswered.
const MaxOutstanding = 1 << slotBits

// loop is one connection's closed loop: each answer makes room for the next
// request. One goroutine owns it.
type loop struct {
	*stream
	who      mme.Peer
	requests *requests
	turn     uint64 // the number of the next request
	stride   uint64 // connections take turns
	slots    []slot
	out      []byte
	from     time.Time // answers that arrive earlier are warming up
	until    time.Time // no request is sent later

	answers tally  // of those that arrived in [from, until)
	strays  uint64 // messages that answer none of our requests
	latency *hdrhistogram.Histogram
}

// slot is one place for a request that waits for its answer.
type slot struct {
	hopByHop, endToEnd uint32
	waiting            bool
	sent               time.Time
}

func newLoop(s *stream, r *requests, outstanding int) *loop {
	return &loop{
		stream:   s,
		requests: r,
		slots:    make([]slot, outstanding),
		latency:  newHistogram(),
	}
}

// run goes until the time is up and the last answer is in.
func (l *loop) run(from, until time.Time) error {
	l.from, l.until = from, until
	if err := l.SetDeadline(until.Add(patience)); err != nil {
		return err
	}
	now := time.Now()
	for i := range l.slots {
		// Not from 0: go-diameter's servers answer that with another.
		l.slots[i].hopByHop = MaxOutstanding + uint32(i)
		l.send(&l.slots[i], now)
	}
	for waiting := len(l.slots); waiting > 0; {
		if len(l.out) > 0 {
			if _, err := l.Write(l.out); err != nil {
				return fmt.Errorf("sending requests: %w", err)
			}
			l.out = l.out[:0]
		}
		if err := l.fill(); err != nil {
			return fmt.Errorf("%d requests are not answered: %w", waiting, err)
		}
		// One reading of the clock for all that one read brought.
		now = time.Now()
		answered, err := l.drain(now)
		if err != nil {
			return err
		}
		if !now.Before(until) {
			waiting -= answered
		}
	}
	return nil
}

// drain takes every answer that has arrived and, while time is left, sends
// a request in its place.
func (l *loop) drain(now time.Time) (answered int, err error) {
	measured := !now.Before(l.from) && now.Before(l.until)
	for {
		msg, err := l.next()
		if msg == nil || err != nil {
			return answered, err
		}
		if mme.IsRequest(msg) {
			known, err := l.reply(msg, l.who)
			if err != nil {
				return answered, err
			}
			if !known {
				l.strays++
			}
			continue
		}
		s := l.slot(msg)
		if s == nil {
			l.strays++
			continue
		}
		a, err := mme.ReadAnswer(msg)
		if err != nil {
			return answered, fmt.Errorf("an answer that can't be read: %w", err)
		}
		s.waiting = false
		answered++
		if measured {
			l.answers.add(a)
			if err := l.latency.RecordValue(int64(now.Sub(s.sent))); err != nil {
				return answered, errors.New("an answer took over a minute")
			}
		}
		if now.Before(l.until) {
			s.hopByHop += MaxOutstanding
			l.send(s, now)
		}
	}
}

// slot returns the slot whose request msg answers, or nil.
func (l *loop) slot(msg []byte) *slot {
	hopByHop, endToEnd := mme.IDs(msg)
	i := hopByHop % MaxOutstanding
	if int(i) >= len(l.slots) {
		return nil
	}
	s := &l.slots[i]
	if !s.waiting || s.hopByHop != hopByHop || s.endToEnd != endToEnd {
		return nil
	}
	return s
}

// send puts the slot's next request into the output.
func (l *loop) send(s *slot, now time.Time) {
	s.waiting, s.sent = true, now
	// The two identifiers differ, so that a register that mixes them up
	// answers nothing that we know.
	s.endToEnd = ^s.hopByHop
	l.out = l.requests.append(l.out, l.turn, s.hopByHop, s.endToEnd)
	l.turn += l.stride
}
