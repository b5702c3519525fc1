package load

import (
	"context"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Interval is what happened in about a second: by when it happened, not by
// when it was due.
type Interval struct {
	// At is its end, in seconds since the schedule began.
	At float64 `json:"at"`
	// Step is what was due then, a place in the result's Steps.
	Step int `json:"step"`
	// Sent, Verdicts and Shed are a second.
	Sent     float64 `json:"sent"`
	Verdicts float64 `json:"verdicts"`
	Shed     float64 `json:"shed"`
	// The latency of the verdicts, and the longest lag of what was sent, in
	// microseconds.
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
	Lag float64 `json:"lag"`
}

// watch looks at a run every second.
type watch struct {
	*open
	seen   []Interval
	lately *hdrhistogram.Histogram
	last   time.Duration
	sent   uint64
}

func newWatch(o *open) *watch { return &watch{open: o, lately: newHistogram()} }

func (w *watch) run(ctx context.Context) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			i := w.look()
			w.seen = append(w.seen, i)
			if w.plan.Each != nil {
				w.plan.Each(i)
			}
		}
	}
}

func (w *watch) look() Interval {
	now := w.since()
	seconds := (now - w.last).Seconds()
	w.last = now
	w.lately.Reset()
	var shed uint64
	for _, s := range w.shards {
		s.mu.Lock()
		w.lately.Merge(s.lately)
		s.lately.Reset()
		shed += s.shed
		s.shed = 0
		s.mu.Unlock()
	}
	sent := w.sender.sent.Load()
	i := Interval{
		At: now.Seconds(), Sent: float64(sent-w.sent) / seconds,
		Verdicts: float64(w.lately.TotalCount()) / seconds, Shed: float64(shed) / seconds,
		P50: quantile(w.lately, 50), P99: quantile(w.lately, 99), Max: us(w.lately.Max()),
		Lag: us(w.sender.slowest.Swap(0)),
	}
	w.sent = sent
	for n, l := range w.schedule.legs {
		if l.begin < now {
			i.Step = n
		}
	}
	return i
}
