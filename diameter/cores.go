package diameter

import (
	"math"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// cores tells how long goroutines that are ready have waited of late for one of the
// cores that this process may use: what everybody's checks wait where the node
// is short of them. The runtime knows (/sched/latencies:seconds); it is asked
// once in a while, by whoever's batch comes then.
type cores struct {
	due  atomic.Int64 // when to ask again, by Server.clock
	mean atomic.Int64 // of the last few waits, in ns

	// Who has set due to never owns the rest.
	since  int64 // when counts were taken
	now    [1]metrics.Sample
	counts []uint64
}

const (
	// coresEvery is how often the runtime is asked, and coresAtLeast how many
	// waits make a mean, which coresLongest is waited for. The runtime knows of
	// every eighth.
	coresEvery   = 10 * time.Millisecond
	coresAtLeast = 8
	coresLongest = 100 * time.Millisecond
	// coresShort is a mean wait that is none where a core is idle.
	coresShort = time.Millisecond
)

func newCores() *cores {
	return &cores{now: [1]metrics.Sample{{Name: "/sched/latencies:seconds"}}}
}

// wait returns the mean wait. now is Server.clock's.
func (c *cores) wait(now int64) time.Duration {
	if due := c.due.Load(); now >= due && c.due.CompareAndSwap(due, math.MaxInt64) {
		c.ask(now)
		c.due.Store(now + int64(coresEvery))
	}
	return time.Duration(c.mean.Load())
}

func (c *cores) ask(now int64) {
	metrics.Read(c.now[:])
	if c.now[0].Value.Kind() != metrics.KindFloat64Histogram {
		return // a runtime that does not know: nobody waits
	}
	h := c.now[0].Value.Float64Histogram()
	if c.counts == nil {
		c.counts = make([]uint64, len(h.Counts))
	}
	var waits uint64
	var sum float64 // s
	for i, n := range h.Counts {
		n -= c.counts[i]
		waits += n
		sum += float64(n) * max(0, h.Buckets[i]) // the first begins at -Inf
	}
	if waits < coresAtLeast && now-c.since < int64(coresLongest) {
		return
	}
	copy(c.counts, h.Counts)
	c.since = now
	c.mean.Store(int64(sum * 1e9 / float64(max(1, waits))))
}
