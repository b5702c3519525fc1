package feed

import (
	"context"
	"time"
)

const (
	// stretch is how long a goroutine works on a whole list before it rests.
	// Go looks for what came over the network when a core runs out of work:
	// while all are busy a check waits, up to 10 ms.
	stretch = 500 * time.Microsecond
	// longestRest bounds a rest, since some of a stretch may have been spent
	// waiting.
	longestRest = 2 * time.Millisecond
)

// pacer makes room for checks while a whole list comes in. Each goroutine that
// works on it has its own.
type pacer struct {
	ctx context.Context
	// rate is how many entries a second may pass; 0 is no limit.
	rate int
	// rests says that others want the cores as well: it rests as long as it
	// works.
	rests bool

	since   time.Time // the last rest
	begin   time.Time
	entries int // since then
}

// pace is called after so many more entries, and may sleep.
func (p *pacer) pace(entries int) error {
	now := time.Now()
	if p.begin.IsZero() {
		p.begin, p.since = now, now
	}
	p.entries += entries
	var rest time.Duration
	if p.rate > 0 {
		rest = time.Duration(float64(p.entries)/float64(p.rate)*1e9) - now.Sub(p.begin)
	}
	if worked := now.Sub(p.since); p.rests && worked >= stretch {
		rest = max(rest, min(worked, longestRest))
	}
	if rest < stretch {
		return p.ctx.Err()
	}
	t := time.NewTimer(rest)
	defer t.Stop()
	select {
	case <-p.ctx.Done():
		return p.ctx.Err()
	case <-t.C:
		p.since = time.Now()
		return nil
	}
}
