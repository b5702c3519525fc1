package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"paperweight/conformance/judge"
	"paperweight/conformance/suite"
)

type runOptions struct {
	target, transport, realm, host string
	sections                       []string
	list, strict, json             bool
	junit, html                    string
	subject, expected              string
	timeout                        time.Duration
	jobs                           int
	tls                            tlsFiles
}

func runCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run {--target HOST:PORT | --list}",
		Short: "Try an EIR clause by clause; say what it keeps and what not",
		Long: `Try an EIR against the clauses of RFC 6733, RFC 3539, RFC 7683, RFC 7944 and
TS 29.272, over the wire. Each case has passed, failed, warned (a SHOULD that
is not kept) or was not run, and says why. Exit status: 0 where nothing failed,
1 where something did, 2 where there is no verdict: the EIR can't be reached or
answers no CER, no case could be run, or the run was stopped.

An interrupt stops a run: what a case did to the EIR is undone, and the report is
written. A second one ends it at once, and may leave the EIR stopped or broken.

All calls come from one address: up to 30 connections at once, and in one case
50 idle ones besides, any of which an EIR may refuse. Over a slow link raise
--timeout; --jobs 1 tries one case at a time.

Cases that need prepared equipment, timers that are known, or a bound on checks
a second that they may exceed, are run where --subject tells of them. So are
those that stop the EIR, or break its store: by shell commands that stand in
that file (drive.commands) and run as you, behind all other cases. Whatever such
a case did is undone when it ends; where that fails no other case is run. See
"conformance subject --init".`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c) },
	}
	f := c.Flags()
	f.StringVar(&o.target, "target", "", "the EIR's Diameter address, `HOST:PORT`")
	f.StringVar(&o.transport, "transport", "tcp", "tcp, tls or sctp")
	f.StringVar(&o.realm, "realm", "", "the EIR's Origin-Realm (default: what subject.yaml or its CEA says)")
	f.StringVar(&o.host, "host", "", "the EIR's Origin-Host (default: what subject.yaml or its CEA says); over TLS its certificate must name it")
	f.StringSliceVar(&o.sections, "section", nil, "only these `SECTIONS`: rfc6733/5.3,ts29272 or whole cases")
	f.BoolVar(&o.list, "list", false, "list the cases, one a line, and run none")
	f.BoolVar(&o.strict, "strict", false, "a SHOULD that is not kept is a failure, and so is an expected failure that passes")
	f.BoolVar(&o.json, "json", false, "print the report as JSON")
	f.StringVar(&o.junit, "junit", "", "write a JUnit report to `FILE`")
	f.StringVar(&o.html, "html", "", "write an HTML report to `FILE`")
	f.StringVar(&o.subject, "subject", "", "what is known of the EIR: a `FILE` as subject --init makes it")
	f.StringVar(&o.expected, "expect-failures", "", "YAML `FILE` of cases that are expected to fail, each with its reason")
	f.DurationVar(&o.timeout, "timeout", 5*time.Second, "the wait for each message")
	f.IntVar(&o.jobs, "jobs", 4, "how many cases run at once")
	f.StringVar(&o.tls.ca, "tls-ca", "", "PEM `FILE` of who certifies the EIR")
	f.StringVar(&o.tls.cert, "tls-cert", "", "PEM `FILE` of the suite's certificate")
	f.StringVar(&o.tls.key, "tls-key", "", "PEM `FILE` of its key")
	return c
}

func (o *runOptions) run(c *cobra.Command) error {
	cases, err := judge.Select(suite.Cases(), o.sections)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	if o.list {
		for i := range cases {
			x := &cases[i]
			if _, err := fmt.Fprintf(out, "%-52s %-6s %s\n", x.ID, x.Level, x.Text); err != nil {
				return err
			}
		}
		return nil
	}
	setup, err := o.setup()
	if err != nil {
		return err
	}
	files, err := o.create()
	if err != nil {
		return err
	}
	r := judge.Run{Cases: cases, Jobs: o.jobs, Strict: o.strict}
	if o.expected != "" {
		if r.Expected, err = judge.ReadExpected(o.expected, suite.Cases()); err != nil {
			return err
		}
	}
	if err := setup.Meet(); err != nil {
		return err
	}
	if !o.json {
		r.Each = func(x *judge.Result) { _ = x.WriteText(out) }
	}
	// An interrupt ends the run with a report; a second one ends it at once.
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	report := r.Judge(ctx, setup)
	if err := o.write(out, report, files); err != nil {
		return err
	}
	n := &report.Counts
	switch {
	case !report.OK():
		return &failure{errors.New("the subject does not conform"), 1}
	case report.Stopped:
		return fmt.Errorf("stopped: %d of %d cases were not run", n.NotRun, n.Cases)
	case !report.Judged():
		return fmt.Errorf("none of %d cases could be run: each says what it needs", n.Cases)
	}
	return nil
}

func (o *runOptions) setup() (*judge.Setup, error) {
	if o.target == "" {
		return nil, errors.New("name a --target, or --list the cases")
	}
	if _, _, err := net.SplitHostPort(o.target); err != nil {
		return nil, fmt.Errorf("--target %q: it is HOST:PORT, as 192.0.2.1:3868 or [2001:db8::1]:3868", o.target)
	}
	if o.timeout < time.Millisecond || o.jobs < 1 {
		return nil, errors.New("--timeout: a millisecond or more; --jobs: 1 or more")
	}
	s := &judge.Setup{Target: o.target, Transport: o.transport, Timeout: o.timeout, Subject: judge.DefaultSubject()}
	if o.subject != "" {
		var err error
		if s.Subject, err = judge.ReadSubject(o.subject); err != nil {
			return nil, err
		}
	}
	if o.realm != "" {
		s.Subject.Realm = o.realm
	}
	if o.host != "" {
		s.Subject.Host = o.host
	}
	return s, reach(s, o.tls)
}

// reports are files that the report goes to; nil: not asked for.
type reports struct{ junit, html *os.File }

// create makes the files, before the run: that one can't be written shows at once,
// and what is left of an older run is not taken for this one's.
func (o *runOptions) create() (r reports, err error) {
	if o.junit != "" {
		if r.junit, err = os.Create(o.junit); err != nil {
			return r, fmt.Errorf("--junit: %w", err)
		}
	}
	if o.html != "" {
		if r.html, err = os.Create(o.html); err != nil {
			return r, fmt.Errorf("--html: %w", err)
		}
	}
	return r, nil
}

// write writes the report in every form that was asked for.
func (o *runOptions) write(out io.Writer, r *judge.Report, files reports) error {
	var err error
	if files.junit != nil {
		err = errors.Join(r.JUnit(files.junit), files.junit.Close())
	}
	if files.html != nil {
		err = errors.Join(err, r.HTML(files.html), files.html.Close())
	}
	if o.json {
		return errors.Join(err, r.JSON(out))
	}
	return errors.Join(err, r.WriteSummary(out))
}
