package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"paperweight/conformance/load"
)

func loadCommand() *cobra.Command {
	var (
		plan           = load.Plan{IMEIs: load.DefaultIMEIs()}
		imeis          string
		echo, jsonForm bool
		rounds         int
	)
	c := &cobra.Command{
		Use:   "load {--target HOST:PORT | --echo}",
		Short: "Ask as fast as the register answers; measure rate and latency",
		Long: `Ask about phones over a few connections, each with a fixed number of requests
outstanding: a closed loop. Answers are counted by outcome, not judged.

With --echo alone, measure an echo server with the same message sizes and the
same batching instead: the limit of this machine and this client. With both,
measure the two in turn, --rounds times, --duration each; the ratio is the
median of the rounds, since other work on the machine weighs on both.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if imeis != "" {
				var err error
				if plan.IMEIs, err = readIMEIs(imeis); err != nil {
					return err
				}
			}
			out := report{w: c.OutOrStdout(), json: jsonForm}
			switch {
			case plan.Target == "" && !echo:
				return errors.New("name a --target, or measure the --echo")
			case !echo:
				return out.run(plan)
			case plan.Target == "":
				return withEcho(nil, func(address string) error {
					plan.Target = address
					return out.run(plan)
				})
			}
			answer, err := load.Sample(plan)
			if err != nil {
				return err
			}
			return withEcho(answer, func(address string) error {
				return out.compare(plan, address, rounds)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&plan.Target, "target", "", "the register's Diameter address, `HOST:PORT`")
	f.StringVar(&plan.Realm, "realm", "epc.example.org", "our realm and the register's; connections are load-1.`REALM`, load-2.REALM ...")
	f.IntVar(&plan.Connections, "connections", 4, "how many connections")
	f.IntVar(&plan.Outstanding, "outstanding", 64, "requests that wait on each connection")
	f.DurationVar(&plan.Duration, "duration", 10*time.Second, "how long to measure, after a tenth of it for warming up")
	f.StringVar(&imeis, "imei-file", "", "ask about these, one a line or the first column (default: 100,000 of TAC 00100100)")
	f.BoolVar(&echo, "echo", false, "measure an echo server, alone or in turn with the target")
	f.IntVar(&rounds, "rounds", 5, "pairs of measurements with --target and --echo")
	f.BoolVar(&jsonForm, "json", false, "print the result as JSON")
	return c
}

func readIMEIs(name string) ([]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	imeis, err := load.ReadIMEIs(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return imeis, nil
}

// report prints results in the form that was asked for.
type report struct {
	w    io.Writer
	json bool
}

func (o report) run(p load.Plan) error {
	r, err := load.Run(p)
	if err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(o.w).Encode(r)
	}
	return r.WriteText(o.w)
}

func (o report) compare(p load.Plan, echo string, rounds int) error {
	var failed error
	c, err := load.Compare(p, echo, rounds, func(r load.Round) {
		if !o.json {
			failed = errors.Join(failed, r.WriteText(o.w))
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(o.w).Encode(c)
	}
	_, err = fmt.Fprintf(o.w, "ratio %.2f of the echo's rate (median of %d)\n", c.Ratio, rounds)
	return err
}
