package load

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// mostLate is how many octets of what is late are sent at once, so that
	// what is due on other connections is not held up.
	mostLate = 64 << 10
	// roundSize bounds the requests between two readings of the clock.
	roundSize = 2048
)

// sender keeps the pace of all connections, in one goroutine on a thread of
// its own.
type sender struct {
	*open
	k       uint64 // the next request
	leg     int
	touched []*link   // in this round
	behind  []*member // whose target does not read
	round   []ripe
	fresh   uint64 // how many were put on links in it

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
	connections := uint64(s.plan.Connections)
	for n := 0; s.k < total; n++ {
		s.leg = s.schedule.leg(s.k, s.leg)
		due := s.schedule.due(&s.schedule.legs[s.leg], s.k)
		if due > now {
			if len(s.behind) > 0 {
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
		m := s.members[s.k%connections]
		if m.due++; !m.behind {
			s.put(m, s.k, s.leg)
		}
		s.k++
	}
	return 0
}

// put appends the member's next request, k of the schedule, to its output.
func (s *sender) put(m *member, k uint64, leg int) {
	l := m.link.Load()
	if l == nil || l.failed {
		s.skip(m, k, leg)
		return
	}
	n := m.put.Load()
	slot := &m.slots[n%uint64(len(m.slots))]
	if before := slot.Swap(n + 1); before != 0 {
		s.lose(m, before-1)
	}
	// Before it can be answered.
	m.put.Store(n + 1)
	_, share := s.picker.classes(k)
	s.counts[leg][share].sent++
	s.fresh++
	if len(l.out) == 0 {
		s.touched = append(s.touched, l)
	}
	hopByHop, endToEnd := ids(n)
	l.out = m.requests.append(l.out, k, hopByHop, endToEnd)
}

// lose counts a request that was not answered.
func (s *sender) lose(m *member, n uint64) {
	k := m.number(s.open, n)
	_, share := s.picker.classes(k)
	s.counts[s.schedule.leg(k, s.leg)][share].lost++
}

// flush writes what was put on links, and takes how late that was.
func (s *sender) flush() {
	s.catchUp()
	for _, l := range s.touched {
		s.write(l)
	}
	s.touched = s.touched[:0]
	s.sent.Add(s.fresh)
	s.fresh = 0
	if len(s.round) == 0 {
		return
	}
	now := s.since()
	slowest := int64(0)
	for _, r := range s.round {
		late := int64(now - r.due)
		s.done[r.leg] = now
		_ = s.lag[r.leg].RecordValues(min(late, int64(time.Minute)), r.n)
		slowest = max(slowest, late)
	}
	s.round = s.round[:0]
	if slowest > s.slowest.Load() {
		s.slowest.Store(slowest)
	}
}

func (s *sender) write(l *link) {
	if _, err := l.Write(l.out); err != nil {
		l.failed = true
	}
	l.out = l.out[:0]
	if m := l.of; l.wire.waiting.Load() > 0 && !m.behind {
		m.behind = true
		s.behind = append(s.behind, m)
	}
}

// catchUp sends what was due while targets did not read.
func (s *sender) catchUp() {
	still := s.behind[:0]
	for _, m := range s.behind {
		if m.behind = s.late(m); m.behind {
			still = append(still, m)
		}
	}
	s.behind = still
}

// late puts on the member's link what should have been there before, if the
// target reads again, and says whether there is more. What is older than the
// timeout nobody waits for: it is not sent.
func (s *sender) late(m *member) bool {
	l := m.link.Load()
	if l != nil && l.wire.push() != nil {
		l.failed = true
	}
	gone := l == nil || l.failed
	if !gone && l.wire.waiting.Load() > 0 {
		return true
	}
	now := s.since()
	for n := m.put.Load(); n < m.due; n++ {
		if !gone && len(l.out) > mostLate {
			return true
		}
		k := m.number(s.open, n)
		m.lateLeg = s.schedule.leg(k, m.lateLeg)
		if now-s.schedule.due(&s.schedule.legs[m.lateLeg], k) > s.plan.Timeout {
			s.skip(m, k, m.lateLeg)
			continue
		}
		s.put(m, k, m.lateLeg)
	}
	return false
}

// skip counts the member's next request, k, as one that was not sent.
func (s *sender) skip(m *member, k uint64, leg int) {
	_, share := s.picker.classes(k)
	s.counts[leg][share].unsent++
	m.put.Store(m.put.Load() + 1)
}

// finish waits for the last answers, no longer than the timeout, and says
// goodbye.
func (s *sender) finish() {
	s.end()
	for until := s.ended + s.plan.Timeout; s.since() < until && s.owed(); {
		s.flush()
		sleep(time.Millisecond)
	}
	for _, m := range s.members {
		if l := m.link.Load(); l != nil {
			l.part()
		}
	}
	for _, m := range s.sending() {
		for n := m.put.Load(); n < m.due; n++ {
			k := m.number(s.open, n)
			m.lateLeg = s.schedule.leg(k, m.lateLeg)
			s.skip(m, k, m.lateLeg)
		}
		for i := range m.slots {
			if n := m.slots[i].Swap(0); n != 0 {
				s.lose(m, n-1)
			}
		}
	}
}

// owed says whether an answer may still come.
func (s *sender) owed() bool {
	if len(s.behind) > 0 {
		return true
	}
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
