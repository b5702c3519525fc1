package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
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
1 where something did, 2 where the EIR could not be judged.

Cases that need prepared equipment, timers that are known, or a bound on checks
a second that they may exceed, are run where --subject tells of them: see
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop)
	report := r.Judge(ctx, setup)
	if err := o.write(out, report); err != nil {
		return err
	}
	if !report.OK() {
		return &failure{errors.New("the subject does not conform"), 1}
	}
	return nil
}

func (o *runOptions) setup() (*judge.Setup, error) {
	if o.target == "" {
		return nil, errors.New("name a --target, or --list the cases")
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

// write writes the report in every form that was asked for.
func (o *runOptions) write(out io.Writer, r *judge.Report) error {
	var err error
	for _, form := range []struct {
		name  string
		write func(io.Writer) error
	}{{o.junit, r.JUnit}, {o.html, r.HTML}} {
		if form.name != "" {
			err = errors.Join(err, writeFile(form.name, form.write))
		}
	}
	if o.json {
		return errors.Join(err, r.JSON(out))
	}
	return errors.Join(err, r.WriteSummary(out))
}

func writeFile(name string, write func(io.Writer) error) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}
