package load

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Step is a stretch of arrivals: at one rate, or going from one to another.
type Step struct {
	// From and To are in arrivals a second; a steady step has the same twice.
	From, To float64
	For      time.Duration
}

// Steps returns a step of length each for each rate, in order, and where ramp
// is not 0 a ramp of that length up, or down, to each of them, the first from 0.
func Steps(rates []float64, each, ramp time.Duration) []Step {
	var steps []Step
	last := 0.0
	for _, r := range rates {
		if ramp > 0 {
			steps = append(steps, Step{last, r, ramp})
		}
		steps = append(steps, Step{r, r, each})
		last = r
	}
	return steps
}

// String is what a reader calls the step: "5000/s" or "1000/s to 5000/s".
func (s Step) String() string {
	if s.From == s.To {
		return fmt.Sprintf("%.0f/s", s.To)
	}
	return fmt.Sprintf("%.0f/s to %.0f/s", s.From, s.To)
}

// schedule says when each request is due: a function of its number alone, so
// that nothing the target does moves it, and nothing needs to be remembered of
// a request to tell its latency.
type schedule struct {
	legs []leg
	tick time.Duration
}

// leg is a Step in its place.
type leg struct {
	Step
	begin        time.Duration // since the start of the schedule
	first, count uint64        // its requests, numbered through all legs
}

const (
	// longestStep keeps what is counted in nanoseconds far from its end.
	longestStep = 10_000 * time.Hour
	// mostSteps bounds the generator's memory: their histograms have about a
	// megabyte each, and are made before the run.
	mostSteps = 250
)

// newSchedule places the steps one after another. Requests are due at
// multiples of tick, those of one tick together.
func newSchedule(steps []Step, tick time.Duration) (*schedule, error) {
	s := &schedule{tick: tick}
	if len(steps) == 0 {
		return nil, errors.New("rate: at least one is needed")
	}
	if len(steps) > mostSteps {
		return nil, fmt.Errorf("rate: %d steps and ramps, %d at most", len(steps), mostSteps)
	}
	if tick <= 0 {
		return nil, errors.New("tick: more than 0 is needed")
	}
	var at time.Duration
	var first uint64
	for _, step := range steps {
		if step.For > longestStep {
			return nil, fmt.Errorf("a step of %v: %v at most", step.For, longestStep)
		}
		if !(step.From >= 0 && step.To >= 0 && step.From+step.To > 0 && step.From+step.To < 1e9) || step.For <= 0 {
			return nil, fmt.Errorf("a step of %v for %v: a rate and a time are needed", step, step.For)
		}
		// A step begins on a tick, so that no request is due before its step.
		at = (at + tick - 1) / tick * tick
		n := uint64(math.Round((step.From + step.To) / 2 * step.For.Seconds()))
		s.legs = append(s.legs, leg{step, at, first, n})
		first += n
		at += step.For
	}
	return s, nil
}

func (s *schedule) total() uint64 {
	last := &s.legs[len(s.legs)-1]
	return last.first + last.count
}

// leg returns which leg the request is in; hint is where to look first.
func (s *schedule) leg(k uint64, hint int) int {
	for l := &s.legs[hint]; k < l.first; l = &s.legs[hint] {
		hint--
	}
	for l := &s.legs[hint]; k >= l.first+l.count && hint+1 < len(s.legs); l = &s.legs[hint] {
		hint++
	}
	return hint
}

// due returns when request k of the leg is due, since the start.
func (s *schedule) due(l *leg, k uint64) time.Duration {
	t := l.begin + l.after(k-l.first)
	return (t + s.tick - 1) / s.tick * s.tick
}

// after returns when n arrivals are over. With a rate that goes from a to b in
// D seconds, after t seconds it is n = a t + (b - a) t^2 / 2D; this is its
// solution for t, in the form that also holds where a is b.
func (l *leg) after(n uint64) time.Duration {
	if n == 0 {
		return 0
	}
	k := float64(n)
	root := math.Sqrt(max(0, l.From*l.From+2*(l.To-l.From)*k/l.For.Seconds()))
	return min(l.For, time.Duration(2*k/(l.From+root)*1e9))
}

// arrived returns how many arrivals are over at a moment since the start.
func (s *schedule) arrived(at time.Duration) float64 {
	n := 0.0
	for i := range s.legs {
		l := &s.legs[i]
		t, d := min(max(at-l.begin, 0), l.For).Seconds(), l.For.Seconds()
		n += l.From*t + (l.To-l.From)*t*t/2/d
	}
	return n
}
