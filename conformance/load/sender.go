package load

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"paperweight/conformance/mme"
)

const (
	// mostBehind is how many octets may wait for a target that does not
	// read; what is due beyond them is not sent, and told.
	mostBehind = 1 << 20
	// roundSize bounds the requests between two readings of the clock.
	roundSize = 2048
)

// sender keeps the pace of all connections, in one goroutine on a thread of
// its own.
type sender struct {
	*open
	k       uint64 // the next request
	leg     int
	touched []*member // in this round
	stuck   []*member // whose target does not read
	round   []ripe

	counts [][]sending // by leg, by priority's place
	lag    []*hdrhistogram.Histogram
	done   []time.Duration // when the last of each leg was sent
	ended  time.Duration   // the schedule, or the wish to stop

	sent    atomic.Uint64 // for others to see
	slowest atomic.Int64  // the longest lag since the watch last took it
}

// sending counts requests of one leg and one priority.
type sending struct{ sent, unsent, lost uint64 }

// ripe are some requests of a round that were due at the same time.
type ripe struct {
	leg int
	due time.Duration
	n   int64
}

func (s *sender) init(o *open) {
	s.open = o
	s.done = make([]time.Duration, len(o.schedule.legs))
	for range o.schedule.legs {
		s.counts = append(s.counts, make([]sending, len(o.picker.priorities)))
		s.lag = append(s.lag, newHistogram())
	}
}

func (s *sender) run(ctx context.Context) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	exact()
	for total := s.schedule.total(); s.k < total && ctx.Err() == nil; {
		wait := s.offer(s.since(), total)
		s.flush()
		if wait > 0 {
			sleep(wait)
		}
	}
	s.ended = s.since()
	s.finish()
}

// offer puts what is due by now on its connections, and returns how long to
// wait for the next; 0 where more is due already.
func (s *sender) offer(now time.Duration, total uint64) time.Duration {
	s.round = s.round[:0]
	connections := uint64(s.plan.Connections)
	for n := 0; s.k < total; n++ {
		s.leg = s.schedule.leg(s.k, s.leg)
		due := s.schedule.due(&s.schedule.legs[s.leg], s.k)
		if due > now {
			if len(s.stuck) > 0 {
				return min(due-now, time.Millisecond)
			}
			return due - now
		}
		if n == roundSize {
			return 0
		}
		if last := len(s.round) - 1; last >= 0 && s.round[last].due == due && s.round[last].leg == s.leg {
			s.round[last].n++
		} else {
			s.round = append(s.round, ripe{s.leg, due, 1})
		}
		s.put(s.members[s.k%connections])
		s.k++
	}
	return 0
}

// put appends request k to its connection's output.
func (s *sender) put(m *member) {
	n := m.put.Load()
	_, share := s.picker.classes(s.k)
	count := &s.counts[s.leg][share]
	if m.gone.Load() || m.wire.waiting.Load() > mostBehind {
		m.put.Store(n + 1)
		count.unsent++
		return
	}
	slot := &m.slots[n%uint64(len(m.slots))]
	if before := slot.Swap(n + 1); before != 0 {
		s.lose(m, before-1)
	}
	// Before it can be answered.
	m.put.Store(n + 1)
	count.sent++
	if len(m.out) == 0 {
		s.touched = append(s.touched, m)
	}
	hopByHop, endToEnd := ids(n)
	m.out = m.requests.append(m.out, s.k, hopByHop, endToEnd)
}

// lose counts a request that was not answered.
func (s *sender) lose(m *member, n uint64) {
	k := n*uint64(s.plan.Connections) + m.at
	_, share := s.picker.classes(k)
	s.counts[s.schedule.leg(k, s.leg)][share].lost++
}

// flush writes what offer put there, and takes how late that was.
func (s *sender) flush() {
	s.retry()
	if len(s.touched) == 0 {
		return
	}
	for _, m := range s.touched {
		if _, err := m.Write(m.out); err != nil {
			m.gone.Store(true) // the receiver finds out why
		}
		m.out = m.out[:0]
		if m.wire.waiting.Load() > 0 && !m.stuck {
			m.stuck = true
			s.stuck = append(s.stuck, m)
		}
	}
	s.touched = s.touched[:0]
	now := s.since()
	var sent, slowest int64
	for _, r := range s.round {
		late := int64(now - r.due)
		s.done[r.leg] = now
		_ = s.lag[r.leg].RecordValues(min(late, int64(time.Minute)), r.n)
		sent, slowest = sent+r.n, max(slowest, late)
	}
	s.sent.Add(uint64(sent))
	if slowest > s.slowest.Load() {
		s.slowest.Store(slowest)
	}
}

// retry writes what a target did not take before.
func (s *sender) retry() {
	still := s.stuck[:0]
	for _, m := range s.stuck {
		if m.stuck = !m.gone.Load() && m.wire.waiting.Load() > 0; !m.stuck {
			continue
		}
		if m.wire.push() != nil {
			m.gone.Store(true)
		}
		still = append(still, m)
	}
	s.stuck = still
}

// finish waits for the last answers, no longer than the timeout, and says
// goodbye.
func (s *sender) finish() {
	for until := s.ended + s.plan.Timeout; s.since() < until && s.owed(); {
		s.retry()
		sleep(time.Millisecond)
	}
	for _, m := range s.members {
		// After this the connection ends, one way or the other.
		m.SetReadDeadline(time.Now().Add(patience))
		if _, err := m.Write(mme.AppendDPR(nil, m.who)); err != nil || m.wire.waiting.Load() > 0 {
			m.Close()
		}
	}
	for _, m := range s.sending() {
		for i := range m.slots {
			if n := m.slots[i].Swap(0); n != 0 {
				s.lose(m, n-1)
			}
		}
	}
}

// owed says whether an answer may still come.
func (s *sender) owed() bool {
	var owed uint64
	for _, leg := range s.counts {
		for _, c := range leg {
			owed += c.sent - c.lost
		}
	}
	for _, sh := range s.shards {
		sh.mu.Lock()
		owed -= sh.claimed
		sh.mu.Unlock()
	}
	return owed > 0
}
