package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"paperweight/conformance/load"
)

// openFlags are those of the open loop.
type openFlags struct {
	rate, priority string
	step, ramp     time.Duration
	tick, timeout  time.Duration
	deadline       time.Duration
	idle           int
	allow          []string
	plot           string
	quiet          bool
}

func (o *openFlags) bind(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.rate, "rate", "", "open loop: requests a second over all connections; several are steps: `R,...`")
	f.DurationVar(&o.step, "step", 10*time.Second, "open loop: how long each rate lasts")
	f.DurationVar(&o.ramp, "ramp", 0, "open loop: how long it takes from each rate to the next, the first from 0")
	f.StringVar(&o.priority, "priority", "", "open loop: DRMP values by weight, 0 (highest) to 15, or none: `VALUE=WEIGHT,...` (RFC 7944)")
	f.DurationVar(&o.timeout, "timeout", load.DefaultTimeout, "open loop: what is answered later is lost")
	f.DurationVar(&o.deadline, "deadline", load.DefaultDeadline, "open loop: goodput counts right verdicts within it, from when a request was due; at most --timeout")
	f.DurationVar(&o.tick, "tick", load.DefaultTick, "open loop: requests are due at multiples of it; longer ticks make larger batches")
	f.IntVar(&o.idle, "idle", 0, "open loop: `N` connections more, that only join and answer watchdogs")
	f.StringSliceVar(&o.allow, "allow", nil, "open loop: what is no failure: `wrong,shed,lost,unsent,broken,lag,stopped`")
	f.StringVar(&o.plot, "plot", "", "open loop: write a page with drawings, a `FILE` in HTML")
	f.BoolVar(&o.quiet, "quiet", false, "open loop: no progress on standard error")
}

// run measures target, or an echo.
func (o *openFlags) run(c *cobra.Command, common loadFlags, parts []load.Part, echo bool) error {
	for _, what := range o.allow {
		if !slices.Contains(allowable, what) {
			return fmt.Errorf("--allow %s: %s can be allowed", what, strings.Join(allowable, ", "))
		}
	}
	rates, err := parseRates(o.rate)
	if err != nil {
		return err
	}
	plan := load.OpenPlan{
		Peers: common.peers, Idle: o.idle, Steps: load.Steps(rates, o.step, o.ramp),
		Tick: o.tick, Timeout: o.timeout, Deadline: o.deadline, Parts: parts,
	}
	for name, d := range map[string]time.Duration{"tick": o.tick, "timeout": o.timeout, "deadline": o.deadline} {
		if d <= 0 {
			return fmt.Errorf("--%s %v: more than 0 is needed", name, d)
		}
	}
	if !c.Flags().Changed("deadline") {
		plan.Deadline = 0 // a shorter timeout shortens it
	}
	if plan.Priorities, err = parsePriorities(o.priority); err != nil {
		return err
	}
	plot, err := openPlot(o.plot)
	if err != nil {
		return err
	}
	defer plot.discard()
	if !o.quiet {
		o.progress(&plan, c.ErrOrStderr())
	}
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	var r *load.OpenResult
	measure := func(address string) error {
		plan.Target = address
		r, err = load.RunOpen(ctx, plan)
		return err
	}
	switch {
	case echo && plan.Target != "":
		return errors.New("with --rate, measure the --target or the --echo, not both")
	case echo:
		plan.Dial = load.Dialer{}
		err = withEcho(nil, measure)
	case plan.Target == "":
		return errors.New("name a --target, or measure the --echo")
	default:
		err = measure(plan.Target)
	}
	if err != nil {
		return err
	}
	// The figures first: they are not to be lost for a full disk.
	failed := o.report(r, c.OutOrStdout(), common.json)
	if err := plot.write(r); err != nil {
		return errors.Join(err, failed)
	}
	return failed
}

// progress says what goes on. Figures of a second are of what happened in it.
func (o *openFlags) progress(p *load.OpenPlan, w io.Writer) {
	told := time.Now()
	p.Joined = func(n, of int) {
		if time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(w, "%d of %d connections are open\n", n, of)
		}
	}
	p.Each = func(i load.Interval) {
		fmt.Fprintf(w, "%5.0f s  %-18s sent %.0f/s  goodput %.0f/s  shed %.0f/s  p50 %.0f us  p99 %.0f us  max %.0f us  lag at most %.0f us\n",
			i.At, p.Steps[i.Step], i.Sent, i.Goodput, i.Shed, i.P50, i.P99, i.Max, i.Lag)
	}
}

func (o *openFlags) report(r *load.OpenResult, w io.Writer, asJSON bool) error {
	var err error
	if asJSON {
		err = json.NewEncoder(w).Encode(r)
	} else {
		err = r.WriteText(w)
	}
	if err != nil {
		return err
	}
	return o.judge(r)
}

// allowable is what a result may have and be no failure, if told so.
var allowable = []string{"wrong", "shed", "lost", "unsent", "broken", "lag", "stopped"}

// judge fails what was not allowed.
func (o *openFlags) judge(r *load.OpenResult) error {
	total := r.Total()
	var behind uint64
	for i := range r.Steps {
		if r.Steps[i].Behind() {
			behind++
		}
	}
	var bad []string
	for i, n := range []uint64{total.Wrong, total.Shed, total.Lost, total.Unsent, r.Breaks, behind} {
		if what := allowable[i]; n > 0 && !slices.Contains(o.allow, what) {
			bad = append(bad, fmt.Sprintf("%s %d", what, n))
		}
	}
	if total.Due == 0 {
		bad = append(bad, "nothing was sent")
	}
	if len(bad) > 0 {
		return &failure{errors.New(strings.Join(bad, ", ") + " (--allow says what is no failure)"), 1}
	}
	if r.Stopped && !slices.Contains(o.allow, "stopped") {
		return &failure{errors.New("stopped before the last step was over (--allow stopped is no failure)"), 3}
	}
	return nil
}

// failure is a measurement that was made, and whose result is bad, or a part.
type failure struct {
	error
	status int // to exit with
}

func (f *failure) Unwrap() error { return f.error }
