package judge

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Run is what to run and how to judge it.
type Run struct {
	Cases []Case
	// Jobs is how many cases run at once, those that wait for timers aside where
	// there is more than one; those that ask to be alone come behind all others,
	// one by one, and last those that stop or break the subject.
	Jobs int
	// Strict makes a SHOULD a MUST.
	Strict bool
	// Expected has the reason for each case that is expected to fail.
	Expected map[string]string
	// Each is told of each result as soon as it is there, by one goroutine at a
	// time. It may be nil.
	Each func(*Result)
}

// Select returns the cases of sections, in their order, all of them where there
// are no sections. A section that no case belongs to is an error.
func Select(cases []Case, sections []string) ([]Case, error) {
	if len(sections) == 0 {
		return cases, nil
	}
	var chosen []Case
	hit := map[string]bool{}
	for i := range cases {
		for _, s := range sections {
			s = strings.Trim(s, "/ ")
			if s != "" && cases[i].in(s) {
				hit[s] = true
				if len(chosen) == 0 || chosen[len(chosen)-1].ID != cases[i].ID {
					chosen = append(chosen, cases[i])
				}
			}
		}
	}
	for _, s := range sections {
		if s = strings.Trim(s, "/ "); !hit[s] {
			return nil, fmt.Errorf("no case belongs to %q: see `run --list`; a section is rfc6733, rfc6733/5.3, or a case", s)
		}
	}
	return chosen, nil
}

// Judge runs the cases against the subject. Where ctx ends first those under way
// end with it, and they and the rest count as not run.
func (r *Run) Judge(ctx context.Context, s *Setup) *Report {
	report := &Report{
		Target: s.Target, Transport: s.Transport, Host: visible(s.Subject.Host), Realm: visible(s.Subject.Realm),
		Strict: r.Strict, Began: time.Now(), Results: make([]Result, len(r.Cases)),
	}
	s.run = ctx
	var (
		slow, together, alone, last []int

		tell sync.Mutex
	)
	for i := range r.Cases {
		switch c := &r.Cases[i]; {
		case c.Last:
			last = append(last, i)
		case c.Alone:
			alone = append(alone, i)
		case c.Slow && r.Jobs > 1:
			slow = append(slow, i)
		default:
			together = append(together, i)
		}
	}
	one := func(i int) {
		x := r.judge(ctx, s, &r.Cases[i])
		report.Results[i] = x
		if r.Each != nil {
			tell.Lock()
			defer tell.Unlock()
			r.Each(&x)
		}
	}
	work := make(chan int)
	var group sync.WaitGroup
	// Those that wait for timers do nothing else: all at once, beside the jobs.
	for _, i := range slow {
		group.Go(func() { one(i) })
	}
	for range max(r.Jobs, 1) {
		group.Go(func() {
			for i := range work {
				one(i)
			}
		})
	}
	for _, i := range together {
		work <- i
	}
	close(work)
	group.Wait()
	for _, i := range append(alone, last...) {
		one(i)
		if report.Results[i].Outcome == Failed {
			s.settle()
		}
	}
	report.count()
	report.Stopped = ctx.Err() != nil
	report.Seconds = time.Since(report.Began).Seconds()
	return report
}

// stopped is why a case was not run, or not to its end.
const stopped = "the run was stopped"

func (r *Run) judge(ctx context.Context, s *Setup, c *Case) Result {
	x := Result{ID: c.ID, Clause: c.Clause(), Level: c.Level.String(), Text: c.Text, Excuse: r.Expected[c.ID]}
	if ctx.Err() != nil {
		x.Outcome, x.Why = NotRun, stopped
		return x
	}
	if s.lost != "" {
		x.Outcome, x.Why = NotRun, s.lost
		return x
	}
	for _, need := range c.Needs {
		if why := need(s); why != "" {
			x.Outcome, x.Why = NotRun, why
			return x
		}
	}
	began := time.Now()
	f, notRun := try(s, c.Run)
	x.Seconds = time.Since(began).Seconds()
	switch {
	case ctx.Err() != nil: // and its connections with it: what it found is of our making
		x.Outcome, x.Why = NotRun, stopped
	case notRun != "":
		x.Outcome, x.Why = NotRun, notRun
	case f == nil:
		x.Outcome = Passed
	case c.Level == Should && !r.Strict:
		x.Outcome, x.Failure = Warned, f
	default:
		x.Outcome, x.Failure = Failed, f
	}
	return x
}
