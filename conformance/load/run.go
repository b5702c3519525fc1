package load

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"paperweight/conformance/mme"
)

// Plan says whom to ask, about what and how hard.
type Plan struct {
	// Target is the register's Diameter address, host:port.
	Target string
	// Realm is whose peers we are: Origin-Realm and Destination-Realm.
	Realm string
	// Connections are opened under the names load-1.REALM, load-2.REALM ...
	Connections int
	// Outstanding is how many requests wait on each connection: at most
	// MaxOutstanding.
	Outstanding int
	// Duration is how long answers are counted, after a tenth of it (at
	// least 100 ms) for warming up.
	Duration time.Duration
	// IMEIs are asked about in turn.
	IMEIs []string
}

func (p *Plan) validate() error {
	switch {
	case p.Connections < 1:
		return errors.New("connections: at least one is needed")
	case p.Outstanding < 1 || p.Outstanding > MaxOutstanding:
		return fmt.Errorf("outstanding: 1 to %d requests can wait on a connection", MaxOutstanding)
	case p.Duration <= 0:
		return errors.New("duration: more than 0 is needed")
	case len(p.IMEIs) == 0:
		return errors.New("IMEIs: at least one is needed")
	}
	return nil
}

func (p *Plan) peer(i int) mme.Peer {
	return mme.Peer{Host: fmt.Sprintf("load-%d.%s", i+1, p.Realm), Realm: p.Realm}
}

// Run measures one target. It fails when any request stays unanswered.
func Run(p Plan) (Result, error) {
	if err := p.validate(); err != nil {
		return Result{}, err
	}
	start := time.Now().Unix()
	loops := make([]*loop, p.Connections)
	for i := range loops {
		s, err := open(p.Target, p.peer(i))
		if err != nil {
			return Result{}, err
		}
		defer s.Close()
		turn := i * len(p.IMEIs) / p.Connections
		loops[i] = newLoop(s, newRequests(p.peer(i), p.IMEIs, turn, start), p.Outstanding)
	}
	from := time.Now().Add(max(p.Duration/10, 100*time.Millisecond))
	failures := make([]error, len(loops))
	var running sync.WaitGroup
	for i, l := range loops {
		running.Go(func() {
			if err := l.run(from, from.Add(p.Duration)); err != nil {
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
	all := hdrhistogram.New(1, int64(time.Minute), 3)
	for _, l := range loops {
		l.answers.into(r.Outcomes)
		r.Strays += l.strays
		all.Merge(l.latency)
	}
	for _, n := range r.Outcomes {
		r.Checks += n
	}
	r.Rate = float64(r.Checks) / r.Seconds
	us := func(ns int64) float64 { return float64(ns) / 1000 }
	r.Latency = Latency{
		P50: us(all.ValueAtQuantile(50)), P90: us(all.ValueAtQuantile(90)), P99: us(all.ValueAtQuantile(99)),
		P999: us(all.ValueAtQuantile(99.9)), Max: us(all.Max()),
	}
	return r
}
