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

// loadFlags are what the modes of the command have in common.
type loadFlags struct {
	peers      load.Peers
	transport  string
	tls        load.TLSFiles
	imeis, mix string
	json       bool
}

func loadCommand() *cobra.Command {
	var (
		common     loadFlags
		open       openFlags
		plan       load.Plan
		echo       bool
		rounds     int
		closedOnly = []string{"outstanding", "duration", "rounds"}
	)
	c := &cobra.Command{
		Use:   "load {--target HOST:PORT | --echo} [--rate R,...]",
		Short: "Put load on a register; measure rate, latency and what it answers",
		Long: `Ask a register about phones, and measure. There are two ways to ask:

With --rate, an open loop: requests arrive at a constant rate whatever the
register makes of them, as those of a network do. Latency counts from when a
request was due, so a register that stalls is charged for all that waited
meanwhile, also where it did not read; what is lost or unsent counts as having
waited for --timeout. What the generator itself was late is measured beside it
(lag) and is part of the latency; a step that it could not keep up with is said
to be so. Several rates are steps, one after the other, --step each; --ramp
climbs to each of them. Answers are counted by what they say, by step and by
priority:

  good    a verdict: permitted, prohibited, tracked, unknown; and the one that
          --mix expects, where it expects one. Goodput is how many of them came
          within --deadline, by second of the step in which they were due
  wrong   another verdict, or an answer that is none
  shed    refused for overload, 3004 or 5012
  lost    no answer within --timeout
  unsent  the register did not read within --timeout, or the connection had
          ended; another is tried after 100 ms, then twice as long, up to 10 s

Without --rate, a closed loop: over each connection a fixed number of requests
is outstanding, and each answer makes room for the next. It finds out how much
a register can do, and hides how long anybody would have waited.

--echo alone measures an echo server with the same message sizes and the same
batching instead: the limit of this machine and this client. With --target and
no --rate it measures the two in turn, --rounds times, --duration each; the
ratio is the median, since other work on the machine weighs on both.

Each connection is a peer of its own, load-1.REALM, load-2.REALM ...: a register
with a table of peers must have them in it, or --host names others.

--json prints one object. Its names have their units; rates and goodput are
requests a second. ` + jsonHelp + `
Exit statuses: 0 all was well; 2 used wrongly, or it could not be measured. An
open loop has two more: 1 answers were wrong, shed, lost or unsent, a connection
broke, or the generator lagged, but for what --allow names; 3 ended early by
SIGINT or SIGTERM, all well so far. It prints what it measured until then; a
second signal ends it at once.`,
		Example: `  conformance load --target 127.0.0.1:3868 --rate 20000 --step 30s
  conformance load --target 127.0.0.1:3868 --rate 1000,5000,20000 --ramp 5s --plot load.html
  conformance load --target 127.0.0.1:3868 --rate 20000 --mix listed.csv=10:prohibited,others.txt=90:unknown
  conformance load --target 127.0.0.1:3868 --rate 400000 --priority 0=10,none=60,15=30 --allow shed,lost,unsent
  conformance load --target 127.0.0.1:3868 --rate 10000,20000,40000 --deadline 500ms --allow shed,lost,unsent --plot goodput.html
  conformance load --target eir.example.org:5658 --transport tls --tls-ca ca.pem --tls-cert load-{n}.pem --tls-key load-{n}.key --rate 1000
  conformance load --echo --rate 500000
  conformance load --target 127.0.0.1:3868 --echo`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, name := range closedOnly {
				if c.Flags().Changed("rate") && c.Flags().Changed(name) {
					return fmt.Errorf("--%s is of the closed loop: it does not go with --rate", name)
				}
			}
			parts, err := common.prepare()
			if err != nil {
				return err
			}
			plan.Peers, plan.Parts = common.peers, parts
			if c.Flags().Changed("rate") {
				return open.run(c, common, parts, echo)
			}
			out := report{w: c.OutOrStdout(), json: common.json}
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
	f.SortFlags = false
	common.bind(c)
	open.bind(c)
	f.IntVar(&plan.Outstanding, "outstanding", 64, "closed loop: requests that wait on each connection")
	f.DurationVar(&plan.Duration, "duration", 10*time.Second, "closed loop: how long to measure, after a tenth of it for warming up")
	f.BoolVar(&echo, "echo", false, "measure an echo server, alone or, without --rate, in turn with the target")
	f.IntVar(&rounds, "rounds", 5, "closed loop: pairs of measurements with --target and --echo")
	return c
}

func (l *loadFlags) bind(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&l.peers.Target, "target", "", "the register's Diameter address, `HOST:PORT`")
	f.StringVar(&l.transport, "transport", "tcp", "`tcp, tls or sctp`")
	f.StringVar(&l.tls.CA, "tls-ca", "", "certificates that the register's must come from, a `FILE` in PEM (default the system's)")
	f.StringVar(&l.tls.Cert, "tls-cert", "", "our certificate, a `FILE` in PEM; with {n} in it as in --host, one for each connection")
	f.StringVar(&l.tls.Key, "tls-key", "", "its key, a `FILE` in PEM, likewise")
	f.StringVar(&l.tls.Name, "tls-name", "", "a `NAME` that must be in the register's certificate (default the host of --target)")
	f.StringVar(&l.peers.Realm, "realm", "epc.example.org", "our `REALM` and the register's")
	f.StringVar(&l.peers.Host, "host", load.DefaultHost, "our Origin-Hosts, a `PATTERN`: {n} is the number of the connection, {0n} the same in five digits, {realm} the realm")
	f.IntVar(&l.peers.Connections, "connections", 4, "how many connections")
	f.StringVar(&l.imeis, "imei-file", "", "ask about these, one a line or the first column, a `FILE` (default 100,000 of TAC 00100100)")
	f.StringVar(&l.mix, "mix", "", "ask about the IMEIs of several files, by weight, and say what is right: `FILE=WEIGHT[:VERDICT],...`")
	f.BoolVar(&l.json, "json", false, "print the result as JSON")
}

// prepare reads what the flags name.
func (l *loadFlags) prepare() (parts []load.Part, err error) {
	if l.peers.Dial, err = load.NewDialer(l.transport, l.tls); err != nil {
		return nil, err
	}
	switch {
	case l.imeis != "" && l.mix != "":
		return nil, errors.New("--imei-file and --mix are one too many")
	case l.mix != "":
		return parseMix(l.mix)
	case l.imeis != "":
		return parseMix(l.imeis + "=1")
	}
	return []load.Part{{Name: "default", IMEIs: load.DefaultIMEIs(), Weight: 1}}, nil
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
