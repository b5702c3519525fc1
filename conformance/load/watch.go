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
	At float64 `json:"at_seconds"`
	// Step is what was due then, a place in the result's Steps.
	Step int `json:"step"`
	// Of requests a second: Rate was due, Sent went out; Verdicts came in,
	// Goodput of them right and within the deadline; Shed were refused.
	Rate     float64 `json:"rate"`
	Sent     float64 `json:"sent_rate"`
	Verdicts float64 `json:"verdict_rate"`
	Goodput  float64 `json:"goodput"`
	Shed     float64 `json:"shed_rate"`
	// The latency of the verdicts, and the longest lag of what was sent, in
	// microseconds.
	P50 float64 `json:"p50_us"`
	P99 float64 `json:"p99_us"`
	Max float64 `json:"max_us"`
	Lag float64 `json:"lag_us"`
}

// watch looks at a run every second.
type watch struct {
	*open
	seen   []Interval
	lately *hdrhistogram.Histogram
	last   time.Duration
	due    float64
	sent   uint64
}

func newWatch(o *open) *watch { return &watch{open: o, seen: []Interval{}, lately: newHistogram()} }

func (w *watch) run(ctx context.Context) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			// The rest, unless it is too short for a rate.
			if w.since()-w.last > 100*time.Millisecond {
				w.seen = append(w.seen, w.look())
			}
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
	began := w.last
	w.last = now
	w.lately.Reset()
	var shed, inTime uint64
	for _, s := range w.shards {
		s.mu.Lock()
		w.lately.Merge(s.lately)
		s.lately.Reset()
		shed, inTime = shed+s.shed, inTime+s.inTime
		s.shed, s.inTime = 0, 0
		s.mu.Unlock()
	}
	sent, due := w.sender.sent.Load(), w.schedule.arrived(now)
	i := Interval{
		At: now.Seconds(), Rate: (due - w.due) / seconds, Sent: float64(sent-w.sent) / seconds,
		Verdicts: float64(w.lately.TotalCount()) / seconds, Goodput: float64(inTime) / seconds, Shed: float64(shed) / seconds,
		P50: quantile(w.lately, 50), P99: quantile(w.lately, 99), Max: us(w.lately.Max()),
		Lag: us(w.sender.slowest.Swap(0)),
	}
	w.sent, w.due = sent, due
	for n, l := range w.schedule.legs {
		if l.begin < (began+now)/2 {
			i.Step = n
		}
	}
	return i
}
