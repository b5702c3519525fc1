package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Plan says whom to ask, about what and how hard.
type Plan struct {
	Peers
	// Outstanding is how many requests wait on each connection: at most
	// MaxOutstanding.
	Outstanding int
	// Duration is how long answers are counted, after a tenth of it (at
	// least 100 ms) for warming up.
	Duration time.Duration
	// Parts are what is asked about, by weight.
	Parts []Part
}

func (p *Plan) validate() error {
	switch {
	case p.Outstanding < 1 || p.Outstanding > MaxOutstanding:
		return fmt.Errorf("outstanding: 1 to %d requests can wait on a connection", MaxOutstanding)
	case p.Duration <= 0:
		return errors.New("duration: more than 0 is needed")
	}
	return p.Peers.validate()
}

// Run measures one target. It fails when any request stays unanswered.
func Run(p Plan) (Result, error) {
	if err := p.validate(); err != nil {
		return Result{}, err
	}
	from, err := newPicker(p.Parts, nil)
	if err != nil {
		return Result{}, err
	}
	start := time.Now().Unix()
	loops := make([]*loop, p.Connections)
	for i := range loops {
		s, err := p.open(context.Background(), i, nil)
		if err != nil {
			return Result{}, err
		}
		defer s.Close()
		loops[i] = newLoop(s, newRequests(p.peer(i), from, start), p.Outstanding)
		loops[i].who = p.peer(i)
		loops[i].turn, loops[i].stride = uint64(i), uint64(p.Connections)
	}
	begin := time.Now().Add(max(p.Duration/10, 100*time.Millisecond))
	failures := make([]error, len(loops))
	var running sync.WaitGroup
	for i, l := range loops {
		running.Go(func() {
			if err := l.run(begin, begin.Add(p.Duration)); err != nil {
				failures[i] = fmt.Errorf("%s: %w", p.peer(i).Host, err)
				return
			}
			failures[i] = l.leave(p.peer(i))
		})
	}
	running.Wait()
	return p.result(loops), errors.Join(failures...)
}

func (p *Plan) result(loops []*loop) Result {
	r := Result{
		Target: p.Target, Connections: p.Connections, Outstanding: p.Outstanding,
		Seconds: p.Duration.Seconds(), Outcomes: make(map[string]uint64),
	}
	all := newHistogram()
	for _, l := range loops {
		l.answers.into(r.Outcomes)
		r.Strays += l.strays
		all.Merge(l.latency)
	}
	for _, n := range r.Outcomes {
		r.Checks += n
	}
	r.Rate = float64(r.Checks) / r.Seconds
	r.Latency = latencyOf(all)
	return r
}
