package load

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// Result is one measurement.
type Result struct {
	Target      string  `json:"target"`
	Connections int     `json:"connections"`
	Outstanding int     `json:"outstanding"`
	Seconds     float64 `json:"seconds"`
	// Checks is how many answers arrived within Seconds; Rate is Checks a
	// second.
	Checks  uint64  `json:"checks"`
	Rate    float64 `json:"rate"`
	Latency Latency `json:"latency_us"`
	// Outcomes counts the answers: permitted, prohibited, tracked, unknown,
	// or the result code by number.
	Outcomes map[string]uint64 `json:"outcomes"`
	// Strays are messages that answered none of our requests.
	Strays uint64 `json:"strays"`
}

// WriteText writes the result for a reader.
func (r Result) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, `%s: %d connections x %d outstanding, %.1f s
  checks   %d (%.0f a second)
  latency  p50 %.0f us, p90 %.0f us, p99 %.0f us, p99.9 %.0f us, p99.99 %.0f us, max %.0f us
`, r.Target, r.Connections, r.Outstanding, r.Seconds, r.Checks, r.Rate,
		r.Latency.P50, r.Latency.P90, r.Latency.P99, r.Latency.P999, r.Latency.P9999, r.Latency.Max)
	for _, name := range slices.Sorted(maps.Keys(r.Outcomes)) {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %-12s %d\n", name, r.Outcomes[name])
		}
	}
	if err == nil && r.Strays > 0 {
		_, err = fmt.Fprintf(w, "  %d messages answered none of our requests\n", r.Strays)
	}
	return err
}
