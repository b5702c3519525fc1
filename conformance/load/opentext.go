package load

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// WriteText writes the result for a reader.
func (r *OpenResult) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s over %s: %d connections", r.Target, r.Transport, r.Connections)
	if r.Idle > 0 {
		fmt.Fprintf(&b, " and %d idle", r.Idle)
	}
	fmt.Fprintf(&b, "; ticks of %.0f us, answers within %g s; goodput: right verdicts within %g s, a second; latency of verdicts, lost and unsent in us; both from when a request was due\n",
		r.Tick, r.Timeout, r.Deadline)
	fmt.Fprintf(&b, "%-20s %8s %8s %8s %7s %7s %7s %8s %8s %8s | %7s %7s %8s\n", "step", "sent/s", "goodput", "shed/s",
		"p50", "p90", "p99", "p99.9", "p99.99", "max", "lag p50", "p99", "max")
	for i := range r.Steps {
		s := &r.Steps[i]
		fmt.Fprintf(&b, "%-20s %8.0f %8.0f %8.0f %7.0f %7.0f %7.0f %8.0f %8.0f %8.0f | %7.0f %7.0f %8.0f\n",
			s.Name, s.SentRate, s.Goodput, float64(s.Shed)/s.Seconds,
			s.Latency.P50, s.Latency.P90, s.Latency.P99, s.Latency.P999, s.Latency.P9999, s.Latency.Max, s.Lag.P50, s.Lag.P99, s.Lag.Max)
	}
	for i := range r.Steps {
		r.Steps[i].notes(&b)
	}
	total := r.Total()
	fmt.Fprintf(&b, "%d requests were due", total.Due)
	for _, name := range slices.Sorted(maps.Keys(total.Outcomes)) {
		fmt.Fprintf(&b, ", %d %s", total.Outcomes[name], name)
	}
	b.WriteByte('\n')
	for _, n := range []struct {
		of   uint64
		what string
	}{
		{total.Good - total.InTime, "right verdicts came after the deadline"},
		{total.Wrong, "answers were wrong"},
		{total.Shed, "were refused for overload (3004, 5012)"},
		{total.Lost, "were not answered in time"},
		{total.Unsent, "were not sent in time: the target did not read, or the connection had ended"},
		{r.Strays, "messages answered none of our requests"},
	} {
		if n.of > 0 {
			fmt.Fprintf(&b, "%d %s\n", n.of, n.what)
		}
	}
	if r.Breaks > 0 {
		fmt.Fprintf(&b, "%d times a connection ended; %d of %d redials brought another\n", r.Breaks, r.Rejoins, r.Redials)
	}
	for _, broken := range r.Broken {
		fmt.Fprintf(&b, "broken: %s\n", broken)
	}
	if r.Stopped {
		b.WriteString("stopped before the last step was over\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// notes says of a step what its line has no room for.
func (r *StepResult) notes(b *strings.Builder) {
	switch {
	case r.Behind():
		fmt.Fprintf(b, "%s: THE GENERATOR DID NOT KEEP UP: it sent %.0f of %.0f/s, 1 of 10 requests %.0f us or more too late; what is shown is its own limit as well\n",
			r.Name, r.SentRate, r.Rate, r.Lag.P90)
	case r.Blurred():
		fmt.Fprintf(b, "%s: most of the p99 may be the generator's own lag: other work is on this machine\n", r.Name)
	}
	if len(r.Priorities) < 2 {
		return
	}
	for _, p := range r.Priorities {
		name := fmt.Sprintf("priority %d", p.Priority)
		if p.Priority == NoPriority {
			name = "no priority"
		}
		fmt.Fprintf(b, "%s, %s: %d due, goodput %.0f/s (%.1f %%)", r.Name, name, p.Due, p.Goodput, 100*float64(p.InTime)/float64(max(p.Due, 1)))
		for _, n := range []struct {
			of   uint64
			what string
		}{{p.Good - p.InTime, "good but late"}, {p.Shed, "shed"}, {p.Wrong, "wrong"}, {p.Lost, "lost"}, {p.Unsent, "not sent"}} {
			if n.of > 0 {
				fmt.Fprintf(b, ", %d %s", n.of, n.what)
			}
		}
		b.WriteByte('\n')
	}
}
