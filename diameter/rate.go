package diameter

import (
	"sync/atomic"
	"time"

	"paperweight/diameter/s13"
)

// window is how much of a rate may come at once: what a peer did not use within
// the last second.
const window = int64(time.Second)

// shares is how much of window each priority may use up. RFC 7944 8: "treat
// PRIORITY_<x> as lower priority than PRIORITY_<y> when y<x". So the lowest is
// refused while most of the second is still unused, and what it leaves is there
// for the higher ones.
var shares = func() (s [s13.Priorities]int64) {
	for p := range s {
		s[p] = window * int64(s13.Priorities-p) / s13.Priorities
	}
	return s
}()

// costOf is how long one request of a rate, in requests a second, takes up; 0 is
// no limit.
func costOf(rate int) int64 {
	if rate == 0 {
		return 0
	}
	return max(1, int64(time.Second)/int64(rate))
}

// bucket is a rate as its owner sees it: the generic cell rate algorithm, where
// debt is how far ahead of the clock the requests that were taken reach.
type bucket struct{ cost, debt int64 }

// takes reports whether there is room for a request of a priority. The first
// after a rest is taken, however low the rate.
func (b *bucket) takes(priority uint8) bool {
	return b.cost == 0 || b.debt <= 0 || b.debt+b.cost <= shares[priority]
}

// meter is the rate of the whole node. Each batch looks at it once and settles
// with it once, so that requests need neither lock nor atomic; in between, two
// batches may both take what is left, which the next ones pay for.
type meter struct {
	cost  atomic.Int64 // SetMaxRate changes it
	until atomic.Int64 // where the requests that were taken reach, by Server.clock
}

// look returns the debt at a time.
func (m *meter) look(now int64) int64 { return max(0, m.until.Load()-now) }

// settle pays for what a batch took: the sum of its costs.
func (m *meter) settle(now, cost int64) {
	for {
		old := m.until.Load()
		if m.until.CompareAndSwap(old, max(old, now)+cost) {
			return
		}
	}
}
