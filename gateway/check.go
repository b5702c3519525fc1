package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"paperweight/gateway/mme"
)

// The exit statuses of check beside 0, permitted.
const (
	exitError      = 2
	exitProhibited = 10
	exitTracked    = 11
	exitUnknown    = 12
)

func newCheck() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check IMEI...",
		Short: "Ask an EIR what an MME asks",
		Long: `Ask an EIR, this one or any other, what an MME asks: a ME-Identity-Check-Request
over Diameter S13, by TCP, or with --tls by TLS. It uses a Diameter library that
the node does not use, so an answer is worth something.

Over TLS the EIR's certificate must name the host of --target, or --tls-name, and
come from an authority of --tls-ca, or of the system's. Most EIRs, and this one,
want a certificate of the MME's as well: --tls-cert and --tls-key.

An IMEI is sent as it is written, also a malformed one.

Exit statuses: 0 permitted; 10 prohibited; 11 tracked; 12 unknown (5422); 2
error: no answer, or one that says nothing of the equipment. Of several IMEIs an
error counts first, then prohibited, tracked, unknown, permitted; each has its
own line on standard output in any case.`,
		Example: `  paperweight check 00440100000001
  paperweight check --target eir.example.org:3868 --origin-host mme1.example.org --origin-realm example.org 00440100000001
  paperweight check --target eir.example.org --tls --tls-ca ca.pem --tls-cert mme1.pem --tls-key mme1.key --origin-host mme1.example.org 00440100000001
  paperweight check --svn 07 --imsi 001010123456789 --json 00440100000001 00440100000002`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("an IMEI is needed")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := f.check(cmd.Context(), cmd.OutOrStdout(), args)
			if err == nil && code == 0 {
				return nil
			}
			return &statusError{code, err}
		},
	}
	f.bind(cmd)
	return cmd
}

type checkFlags struct {
	options   mme.Options
	tls       checkTLS
	svn, imsi string
	json      bool
}

func (f *checkFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.options.Target, "target", "127.0.0.1", "`HOST[:PORT]` of the EIR, or of a relay before it; the port is 3868, with --tls 5658, unless given")
	flags.StringVar(&f.options.OriginHost, "origin-host", "mme.epc.example.org", "Origin-Host `NAME` of the MME")
	flags.StringVar(&f.options.OriginRealm, "origin-realm", "epc.example.org", "Origin-Realm `NAME` of the MME")
	flags.StringVar(&f.options.DestinationHost, "destination-host", "", "Destination-Host `NAME`; none unless given")
	flags.StringVar(&f.options.DestinationRealm, "destination-realm", "", "Destination-Realm `NAME` (default the realm of who answers at the target)")
	flags.DurationVar(&f.options.Timeout, "timeout", 5*time.Second, "for the connection and for each answer, a `DURATION`")
	flags.StringVar(&f.svn, "svn", "", "Software-Version `NN`; none unless given")
	flags.StringVar(&f.imsi, "imsi", "", "IMSI `N`, as User-Name; none unless given")
	f.tls.bind(flags)
	flags.BoolVar(&f.json, "json", false, "print a JSON object a line")
}

// check asks for each IMEI in turn and returns the exit status.
func (f *checkFlags) check(ctx context.Context, w io.Writer, imeis []string) (int, error) {
	if err := f.tls.apply(&f.options); err != nil {
		return exitError, err
	}
	client, err := mme.Dial(ctx, f.options)
	if err != nil {
		return exitError, err
	}
	defer client.Close()
	worst := 0
	for _, imei := range imeis {
		q := mme.Question{IMEI: imei, SVN: f.svn, IMSI: f.imsi}
		a, err := client.Ask(ctx, q)
		if err == nil {
			err = f.print(w, q, a)
		}
		if err != nil {
			return exitError, err
		}
		worst = worse(worst, statusOf(a))
	}
	return worst, nil
}

func statusOf(a mme.Answer) int {
	switch a.Status {
	case "permitted":
		return 0
	case "prohibited":
		return exitProhibited
	case "tracked":
		return exitTracked
	case "unknown":
		return exitUnknown
	}
	return exitError
}

// worse returns the one that counts.
func worse(a, b int) int {
	for _, code := range []int{exitError, exitProhibited, exitTracked, exitUnknown} {
		if a == code || b == code {
			return code
		}
	}
	return 0
}

func (f *checkFlags) print(w io.Writer, q mme.Question, a mme.Answer) error {
	if f.json {
		return json.NewEncoder(w).Encode(struct {
			IMEI string `json:"imei"`
			SVN  string `json:"svn,omitempty"`
			IMSI string `json:"imsi,omitempty"`
			mme.Answer
		}{q.IMEI, q.SVN, q.IMSI, a})
	}
	result := a.ResultCode
	if a.ExperimentalResult != 0 {
		result = a.ExperimentalResult
	}
	line := fmt.Sprintf("%s %s (%s from %s in %s)", q.IMEI, a.Status, mme.CodeName(result), or(a.OriginHost, "nobody"), a.Took.Round(time.Microsecond))
	if a.FailedAVP != 0 {
		line += fmt.Sprintf(", Failed-AVP %d", a.FailedAVP)
	}
	if a.Message != "" {
		line += fmt.Sprintf(", %q", a.Message)
	}
	_, err := fmt.Fprintln(w, line)
	return err
}
