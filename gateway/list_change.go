package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"paperweight/eir"
	"paperweight/gateway/admin"
	"paperweight/store"
)

const targetHelp = `An entry covers an IMEI (14 digits; a 15th, the check digit, is left out, and so
is the software version of a 16-digit IMEISV), a TAC (8 digits: every phone of
that model) or a range FROM-TO. With --imsi it is an exception to the lists: for
an IMEI with an IMSI; for a TAC or a range with the IMSIs that begin with PREFIX*;
or, without any equipment, for an IMSI whatever the phone (a test SIM).`

func newListAdd() *cobra.Command {
	var w where
	var e admin.Entry
	var status, until string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "add --status STATUS --reason TEXT [IMEI|TAC|FROM-TO]",
		Short: "List equipment, or an exception",
		Long: `List equipment, or an exception, as an entry of the operator's own. One that is
listed with the same target is changed. It is in force, and safe on disk, when
the command returns; MMEs that keep an answer for some minutes ask again later.

` + targetHelp + `

` + whereHelp,
		Example: `  paperweight list add --status prohibited --reason "stolen, report 4711" 00440100000001
  paperweight list add --status tracked --reason "cloned, under watch" --until 2027-01-31 00440100
  paperweight list add --status prohibited --reason "recalled firmware" --svn 07,08 00440100000000-00440100000999
  paperweight list add --status permitted --reason "paired" --imsi 001010123456789 00440100000001
  paperweight list add --status permitted --reason "test SIM" --imsi 001019999999999`,
		Args: equipment(&e.Target),
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := e.Status.UnmarshalText([]byte(status))
			switch {
			case err != nil || !e.Status.Listable():
				return &usageError{fmt.Errorf("--status %q: use prohibited, tracked or permitted", status)}
			case e.Reason == "":
				return &usageError{errors.New("--reason TEXT is needed: whoever asks later why will find it")}
			}
			if e.Until, err = parseUntil(until); err != nil {
				return &usageError{err}
			}
			warnCheckDigit(cmd.ErrOrStderr(), e.Equipment)
			return w.with(cmd, true, func(l lists) error {
				applied, err := l.Add(cmd.Context(), e)
				if err != nil {
					return err
				}
				return printApplied(cmd.OutOrStdout(), applied, asJSON)
			})
		},
	}
	w.bind(cmd)
	flags := cmd.Flags()
	flags.StringVar(&status, "status", "", "`STATUS`: prohibited, tracked or permitted")
	flags.StringVar(&e.Reason, "reason", "", "why, a `TEXT`: explain shows it")
	flags.StringVar(&e.Reference, "reference", "", "your own mark, as a report's number, a `TEXT`")
	flags.StringVar(&e.SVN, "svn", "", "for these software versions alone, `NN[,NN]`")
	flags.StringVar(&e.IMSI, "imsi", "", "an exception for this IMSI, `N`, or PREFIX*")
	flags.StringVar(&until, "until", "", "when it ends, a `TIME` as 2027-01-31 (its beginning, in UTC) or 2027-01-31T18:00:00Z")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newListRemove() *cobra.Command {
	var w where
	var t admin.Target
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "remove [IMEI|TAC|FROM-TO]",
		Short: "Take an entry of the operator's own off the list",
		Long: `Take an entry of the operator's own off the list. Entries of imported lists stay:
what they say applies again. The target must be the entry's, with its --svn and
--imsi; list show prints them.

` + targetHelp + `

` + whereHelp,
		Example: `  paperweight list remove 00440100000001
  paperweight list remove --imsi 001010123456789 00440100000001`,
		Args: equipment(&t),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return w.with(cmd, false, func(l lists) error {
				applied, err := l.Remove(cmd.Context(), t)
				if err != nil {
					return err
				}
				return printApplied(cmd.OutOrStdout(), applied, asJSON)
			})
		},
	}
	w.bind(cmd)
	cmd.Flags().StringVar(&t.SVN, "svn", "", "the entry's software versions, `NN[,NN]`")
	cmd.Flags().StringVar(&t.IMSI, "imsi", "", "the exception's IMSI, `N`, or PREFIX*")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// equipment takes the one argument, which only an exception by IMSI may lack.
func equipment(t *admin.Target) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 1:
			t.Equipment = args[0]
		case len(args) > 1:
			return fmt.Errorf("%d targets were given, one is taken", len(args))
		case t.IMSI == "":
			return errors.New("an IMEI, a TAC or FROM-TO is needed, or --imsi for an exception by IMSI alone")
		}
		return nil
	}
}

func parseUntil(s string) (*time.Time, error) {
	if s == "" {
		return nil, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return &t, nil
		}
	}
	return nil, fmt.Errorf("--until %q is no time: use 2027-01-31 or 2027-01-31T18:00:00Z", s)
}

// warnCheckDigit points at what may be a typing mistake: a check digit that
// does not fit. The entry is made all the same, as a spare digit may be
// anything (TS 23.003 6.2.1).
func warnCheckDigit(stderr io.Writer, equipment string) {
	if len(equipment) != 15 {
		return
	}
	imei, _, form := eir.ParseIMEI([]byte(equipment))
	given := int(equipment[14] - '0')
	if form.HasIMEI() && given != 0 && given != imei.CheckDigit() {
		fmt.Fprintf(stderr, "warning: the 15th digit of %s would be %d were it a check digit: mistyped?\n", equipment, imei.CheckDigit())
	}
}

func printApplied(w io.Writer, a store.Applied, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(a)
	}
	did := "added"
	switch {
	case a.Changed > 0:
		did = "changed"
	case a.Removed > 0:
		did = "removed"
	}
	_, err := fmt.Fprintf(w, "%s: the operator has %d entries, sequence %d\n", did, a.State.Entries, a.State.Sequence)
	return err
}
