package load

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// Comparison is a target measured against the echo, in turn.
type Comparison struct {
	Rounds []Round `json:"rounds"`
	// Ratio is the median of the rounds' ratios.
	Ratio float64 `json:"ratio"`
}

// Round is one pair of measurements, one right after the other, so that what
// else the machine does weighs on both.
type Round struct {
	Target Result `json:"target"`
	Echo   Result `json:"echo"`
	// Ratio is the target's rate by the echo's; 0 where the time was too
	// short for the echo to answer.
	Ratio float64 `json:"ratio"`
}

// Compare measures p's target and the echo that listens on echo, round after
// round, and hands each round to done as it ends.
func Compare(p Plan, echo string, rounds int, done func(Round)) (Comparison, error) {
	var c Comparison
	if rounds < 1 {
		return c, fmt.Errorf("rounds: at least one is needed")
	}
	limit := p
	limit.Target, limit.Dial = echo, Dialer{}
	for range rounds {
		var r Round
		var err error
		if r.Target, err = Run(p); err != nil {
			return c, err
		}
		if r.Echo, err = Run(limit); err != nil {
			return c, fmt.Errorf("the echo: %w", err)
		}
		if r.Echo.Checks > 0 {
			r.Ratio = r.Target.Rate / r.Echo.Rate
		}
		c.Rounds = append(c.Rounds, r)
		done(r)
	}
	c.Ratio = median(c.Rounds)
	return c, nil
}

func median(rounds []Round) float64 {
	ratios := make([]float64, len(rounds))
	for i, r := range rounds {
		ratios[i] = r.Ratio
	}
	slices.Sort(ratios)
	n := len(ratios)
	return (ratios[(n-1)/2] + ratios[n/2]) / 2
}

// WriteText writes the round as one line.
func (r Round) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "target %8.0f checks/s p50 %4.0f us p99 %5.0f us | echo %8.0f/s p50 %4.0f us p99 %5.0f us | ratio %.2f\n",
		r.Target.Rate, r.Target.Latency.P50, r.Target.Latency.P99,
		r.Echo.Rate, r.Echo.Latency.P50, r.Echo.Latency.P99, r.Ratio)
	return err
}

// Sample asks the target about one identity, once, and returns the
// answer for an Echo to repeat: its limit then has the target's own sizes.
func Sample(p Plan) ([]byte, error) {
	if err := p.validate(); err != nil {
		return nil, err
	}
	from, err := newPicker(p.Parts, nil)
	if err != nil {
		return nil, err
	}
	s, err := p.open(context.Background(), 0, nil)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	request := newRequests(p.peer(0), from, time.Now().Unix()).append(nil, 0, 1, 2)
	answer, err := s.ask(request)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Target, err)
	}
	answer = slices.Clone(answer)
	return answer, s.leave(p.peer(0))
}
