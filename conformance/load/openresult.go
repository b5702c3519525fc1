package load

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// OpenResult is what came of an OpenPlan.
type OpenResult struct {
	Target string `json:"target"`
	// Transport is tcp, tls or sctp.
	Transport   string    `json:"transport"`
	Connections int       `json:"connections"`
	Idle        int       `json:"idle"`
	Tick        float64   `json:"tick_us"`
	Timeout     float64   `json:"timeout_seconds"`
	Deadline    float64   `json:"deadline_seconds"`
	Started     time.Time `json:"started"`
	// Stopped says that the plan was cut short.
	Stopped bool         `json:"stopped"`
	Steps   []StepResult `json:"steps"`
	Seconds []Interval   `json:"seconds"`
	// Broken are the peers whose connection ended, and why it did the first
	// time; Breaks are all such ends. What was owed then is lost, and what
	// was due until there was another not sent. Redials tried to open one,
	// Rejoins did.
	Broken  []string `json:"broken"`
	Breaks  uint64   `json:"breaks"`
	Redials uint64   `json:"redials"`
	Rejoins uint64   `json:"rejoins"`
	// Strays are messages that answered none of our requests.
	Strays uint64 `json:"strays"`
}

// StepResult is what came of a Step: of the requests that were due in it,
// whenever they were answered.
type StepResult struct {
	Name string `json:"name"`
	// Begin is since the start, Seconds how long it took of what was planned.
	// Rate is what was due a second; SentRate what the generator sent a
	// second, over the time it took for it; Goodput is InTime a second of
	// the step.
	Begin    float64 `json:"begin_seconds"`
	Seconds  float64 `json:"seconds"`
	Rate     float64 `json:"rate"`
	SentRate float64 `json:"sent_rate"`
	Goodput  float64 `json:"goodput"`
	// Latency of the verdicts, from when each request was due; so the
	// generator's own delay, Lag, is in it. What was lost or unsent had to
	// wait for at least the timeout, and is in it with that.
	Latency Latency `json:"latency_us"`
	Lag     Latency `json:"lag_us"`
	Count
	// Priorities are in the order of the plan.
	Priorities []PriorityResult `json:"priorities"`
	// Curve is the latency's distribution, for the plot.
	Curve []Point `json:"curve"`
}

// PriorityResult is the part of one priority in a step.
type PriorityResult struct {
	Priority int     `json:"priority"` // NoPriority where none was named
	Goodput  float64 `json:"goodput"`
	Count
}

// Count says what became of requests: Due = Sent + Unsent, and Sent = Good +
// Wrong + Shed + Lost.
type Count struct {
	Due  uint64 `json:"due"`
	Sent uint64 `json:"sent"`
	// Good had a verdict, and the one that was expected where one was.
	Good uint64 `json:"good"`
	// InTime are the good ones within the plan's Deadline.
	InTime uint64 `json:"in_time"`
	// Wrong had another verdict, or an answer that is none.
	Wrong uint64 `json:"wrong"`
	// Shed were refused for overload, 3004 or 5012.
	Shed uint64 `json:"shed"`
	// Lost had no answer in time; Unsent were not sent in time, since the
	// target did not read, or its connection had ended.
	Lost   uint64 `json:"lost"`
	Unsent uint64 `json:"unsent"`
	// Outcomes are the answers in time, by name.
	Outcomes map[string]uint64 `json:"outcomes"`
}

// Point says that Percent of the answers took at most Micros.
type Point struct {
	Percent float64 `json:"percent"`
	Micros  float64 `json:"us"`
}

func (c *Count) add(d *Count) {
	c.Due, c.Sent, c.Good, c.Wrong = c.Due+d.Due, c.Sent+d.Sent, c.Good+d.Good, c.Wrong+d.Wrong
	c.InTime += d.InTime
	c.Shed, c.Lost, c.Unsent = c.Shed+d.Shed, c.Lost+d.Lost, c.Unsent+d.Unsent
	if c.Outcomes == nil {
		c.Outcomes = make(map[string]uint64)
	}
	for name, n := range d.Outcomes {
		c.Outcomes[name] += n
	}
}

// lateness is what a generator may lag, in microseconds, and still be called
// keeping up: in 9 of 10 requests.
const lateness = 1000

// Behind says that the generator did not keep the pace: what the step shows
// is then as much the generator's doing as the target's.
func (r *StepResult) Behind() bool {
	return r.Lag.P90 > lateness || r.SentRate < 0.99*(r.Rate-float64(r.Unsent)/r.Seconds)
}

// Blurred says that most of the latency's p99 may be the generator's own lag,
// though it kept the pace: other work was on its machine.
func (r *StepResult) Blurred() bool { return 2*r.Lag.P99 > r.Latency.P99 }

// Total counts all steps together.
func (r *OpenResult) Total() Count {
	var c Count
	for i := range r.Steps {
		c.add(&r.Steps[i].Count)
	}
	return c
}

func (o *open) result(seconds []Interval) *OpenResult {
	p := o.plan
	r := &OpenResult{
		Target: p.Target, Transport: p.Dial.transport(), Connections: p.Connections, Idle: p.Idle,
		Started: o.start.UTC().Truncate(time.Millisecond), Steps: []StepResult{}, Broken: []string{},
		Tick: us(int64(p.Tick)), Timeout: p.Timeout.Seconds(), Deadline: p.Deadline.Seconds(), Seconds: seconds,
		Stopped: o.sender.k < o.schedule.total(),
	}
	for i := range o.schedule.legs {
		if o.schedule.legs[i].first < o.sender.k {
			r.Steps = append(r.Steps, o.step(i))
		}
	}
	for _, m := range o.members {
		r.Strays += m.strays
		r.Breaks, r.Redials, r.Rejoins = r.Breaks+m.breaks, r.Redials+m.redials, r.Rejoins+m.rejoins
		if m.refused != nil {
			m.err = fmt.Errorf("%w; the last redial: %w", m.err, m.refused)
		}
		if m.err != nil {
			r.Broken = append(r.Broken, fmt.Sprintf("%s: %v", m.who.Host, m.err))
		}
	}
	return r
}

func (o *open) step(i int) StepResult {
	l := &o.schedule.legs[i]
	length := l.For
	if l.first+l.count > o.sender.k {
		length = max(o.sender.ended-l.begin, time.Millisecond) // cut short
	}
	r := StepResult{Name: l.String(), Begin: l.begin.Seconds(), Seconds: length.Seconds()}
	all := newHistogram()
	for _, s := range o.shards {
		all.Merge(s.latency[i])
	}
	for n, share := range o.picker.priorities {
		c := o.count(i, n)
		r.add(&c)
		r.Priorities = append(r.Priorities, PriorityResult{share.Priority, float64(c.InTime) / r.Seconds, c})
	}
	// Those who were never answered must not make the rest look good.
	_ = all.RecordValues(int64(o.plan.Timeout), int64(r.Lost+r.Unsent))
	r.Latency, r.Lag, r.Curve = latencyOf(all), latencyOf(o.sender.lag[i]), curve(all)
	r.Rate, r.Goodput = float64(r.Due)/r.Seconds, float64(r.InTime)/r.Seconds
	r.SentRate = float64(r.Sent) / max(length, o.sender.done[i]-l.begin).Seconds()
	return r
}

// count is what became of a leg's requests of one priority.
func (o *open) count(leg, share int) Count {
	s := o.sender.counts[leg][share]
	c := Count{Due: s.sent + s.unsent, Sent: s.sent, Unsent: s.unsent, Lost: s.lost, Outcomes: make(map[string]uint64)}
	for _, sh := range o.shards {
		cell := &sh.cells[leg][share]
		cell.into(c.Outcomes)
		c.Good, c.InTime, c.Wrong = c.Good+cell.good, c.InTime+cell.inTime, c.Wrong+cell.wrong
		c.Shed, c.Lost = c.Shed+cell.shed, c.Lost+cell.lost
	}
	return c
}

// curve thins the distribution out to what a plot shows.
func curve(h *hdrhistogram.Histogram) []Point {
	out := []Point{}
	if h.TotalCount() == 0 {
		return out
	}
	for _, b := range h.CumulativeDistributionWithTicks(5) {
		p := Point{b.Quantile, us(b.ValueAt)}
		if n := len(out); n > 0 && (out[n-1].Micros == p.Micros || p.Percent >= 100) {
			out[n-1].Percent = min(p.Percent, 99.99999)
			continue
		}
		out = append(out, p)
	}
	return out
}
