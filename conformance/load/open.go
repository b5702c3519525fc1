package load

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// OpenPlan says what arrives at a target, whatever the target makes of it.
type OpenPlan struct {
	Peers
	// Idle are so many connections more, that join, answer watchdogs, and
	// send no check.
	Idle int
	// Steps follow one another.
	Steps []Step
	// Tick is the grain of the schedule: requests are due at multiples of
	// it, those of one tick together, in one write a connection. 0 is
	// DefaultTick.
	Tick time.Duration
	// Timeout is how long an answer is waited for, from when its request
	// was due, at most a minute; what comes later is lost. 0 is
	// DefaultTimeout.
	Timeout time.Duration
	// Deadline is how long after it was due a right verdict is still of use:
	// goodput counts those alone. At most Timeout; 0 is DefaultDeadline, or
	// Timeout where that is shorter.
	Deadline time.Duration
	// Parts are what is asked about, Priorities how urgently.
	Parts      []Part
	Priorities []Share
	// Joined is called with how many connections have joined, Each with
	// each second's figures as they are; both may be nil.
	Joined func(n, of int)
	Each   func(Interval)
}

const (
	// DefaultTick is short beside what an answer takes, and long enough for
	// half a million requests a second from one core.
	DefaultTick = 100 * time.Microsecond
	// DefaultTimeout is what an MME may wait.
	DefaultTimeout = 5 * time.Second
	// DefaultDeadline is a part of an attach that a subscriber may not notice.
	DefaultDeadline = 500 * time.Millisecond
	// mostWaiting bounds the generator's memory: eight octets each.
	mostWaiting = 1 << 27
)

// open is a run of an OpenPlan.
type open struct {
	plan     *OpenPlan
	schedule *schedule
	picker   *picker
	members  []*member
	shards   []*shard
	sender   sender
	start    time.Time
	// ending ends with the schedule: no connection is opened any more.
	ending context.Context
	end    context.CancelFunc
}

// RunOpen lets requests arrive as planned, and measures. Where ctx ends first,
// the steps end where they are, and what was sent is waited for. The error is
// one of a run that came to nothing; what was lost or wrong stands in the
// result.
func RunOpen(ctx context.Context, plan OpenPlan) (*OpenResult, error) {
	o, err := newOpen(&plan)
	if err != nil {
		return nil, err
	}
	defer func() {
		o.end()
		for _, m := range o.members {
			m.Close()
		}
	}()
	if err := o.join(ctx); err != nil {
		return nil, err
	}
	// The sender holds one while it sleeps.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.NumCPU() + 1))

	o.start = time.Now()
	var receivers, watch sync.WaitGroup
	for _, m := range o.members {
		receivers.Go(func() { m.run(o) })
	}
	watching, stop := context.WithCancel(context.Background())
	w := newWatch(o)
	watch.Go(func() { w.run(watching) })
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		o.sender.run(ctx)
	}()
	<-sent
	receivers.Wait()
	stop()
	watch.Wait()
	return o.result(w.seen), nil
}

func newOpen(p *OpenPlan) (*open, error) {
	if p.Tick == 0 {
		p.Tick = DefaultTick
	}
	if p.Timeout == 0 {
		p.Timeout = DefaultTimeout
	}
	if p.Deadline == 0 {
		p.Deadline = min(DefaultDeadline, p.Timeout)
	}
	switch err := p.Peers.validate(); {
	case err != nil:
		return nil, err
	case p.Idle < 0:
		return nil, errors.New("idle: 0 connections or more")
	case p.Timeout < time.Millisecond || p.Timeout > time.Minute:
		return nil, errors.New("timeout: a millisecond to a minute")
	case p.Deadline < 0 || p.Deadline > p.Timeout:
		return nil, fmt.Errorf("deadline %v: more than 0, and no longer than the timeout, %v", p.Deadline, p.Timeout)
	}
	o := &open{plan: p}
	o.ending, o.end = context.WithCancel(context.Background())
	var err error
	if o.schedule, err = newSchedule(p.Steps, p.Tick); err != nil {
		return nil, err
	}
	if o.picker, err = newPicker(p.Parts, p.Priorities); err != nil {
		return nil, err
	}
	if n := o.window() * p.Connections; n > mostWaiting {
		return nil, fmt.Errorf("rate: %d requests may wait at once with a timeout of %v, %d can: a shorter timeout or a lower rate is needed", n, p.Timeout, mostWaiting)
	}
	for range min(p.Connections, 4) {
		o.shards = append(o.shards, newShard(len(o.schedule.legs), len(o.picker.priorities)))
	}
	o.sender.init(o)
	return o, nil
}

// join opens the connections, one after the other: a register may bound how
// many strangers it bears at once.
func (o *open) join(ctx context.Context) error {
	p := o.plan
	window := o.window()
	start := time.Now().Unix()
	for i := range p.Connections + p.Idle {
		if ctx.Err() != nil {
			return fmt.Errorf("stopped when %d of %d connections were open", i, p.Connections+p.Idle)
		}
		m := &member{who: p.peer(i), at: uint64(i), shard: o.shards[i%len(o.shards)]}
		if err := m.open(ctx, o); err != nil {
			return err
		}
		o.members = append(o.members, m)
		if i < p.Connections {
			m.expect(newRequests(m.who, o.picker, start), window)
		}
		if p.Joined != nil {
			p.Joined(i+1, p.Connections+p.Idle)
		}
	}
	return nil
}

// window is how many requests of a connection can wait: as many as the timeout
// can see, so that who comes round again meets only what is lost.
func (o *open) window() int {
	most := 0.0
	for _, l := range o.schedule.legs {
		most = max(most, l.From, l.To)
	}
	each := most * (o.plan.Timeout + time.Second).Seconds() / float64(o.plan.Connections)
	return int(each) + 64
}

// sending are the members that send checks.
func (o *open) sending() []*member { return o.members[:o.plan.Connections] }

func (o *open) since() time.Duration { return time.Since(o.start) }
