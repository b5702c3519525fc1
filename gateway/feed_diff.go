package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"paperweight/gateway/admin"
	"paperweight/store/intake"
)

func newFeedDiff() *cobra.Command {
	var w where
	var name, candidate, imeis string
	var asJSON, quiet bool
	cmd := &cobra.Command{
		Use:   "diff --imeis FILE [--candidate FILE]",
		Short: "Say which answers an update would change",
		Long: `Answer some checks twice, as now and as they would be with an update in force,
and say which answers change. Nothing is changed, and no check is counted.

The update is --candidate FILE, a snapshot or a delta of a feed as it lies in
the authority's DIR/public, or else the one that is held. The checks are a line
each in --imeis FILE, IMEI or IMEI,IMSI: yesterday's, for example.

` + whereHelp,
		Example: `  paperweight feed diff --imeis yesterday.txt
  paperweight feed diff --candidate public/snapshot/0123.17 --imeis yesterday.txt --json
  paperweight feed diff --data /var/lib/paperweight --feed national --candidate 0123.17 --imeis yesterday.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if imeis == "" {
				return &usageError{errors.New("--imeis FILE is needed: a check a line, IMEI or IMEI,IMSI")}
			}
			t := admin.Trial{Feed: name, Checks: intake.Path(imeis)}
			if candidate != "" {
				f := intake.Path(candidate)
				t.Candidate = &f
			}
			if !quiet {
				p := newProgress(cmd.ErrOrStderr(), time.Now)
				defer p.end()
				t.Progress = p.show
			}
			return w.with(cmd, false, func(l lists) error {
				o, err := l.Try(cmd.Context(), t)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(o)
				}
				return printOutcome(cmd.OutOrStdout(), o)
			})
		},
	}
	w.bind(cmd)
	flags := cmd.Flags()
	flags.StringVar(&name, "feed", "", "whose list the update changes, a `NAME`; needed where there are several feeds, and with --data")
	flags.StringVar(&candidate, "candidate", "", "the update, a `FILE` of a feed (default the one that is held)")
	flags.StringVar(&imeis, "imeis", "", "the checks, a `FILE`")
	flags.BoolVar(&quiet, "quiet", false, "show no progress")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printOutcome(w io.Writer, o admin.Outcome) error {
	fmt.Fprintf(w, "%d of %d checks would be answered otherwise\n", o.Changed, o.Checks)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, t := range o.Turns {
		fmt.Fprintf(table, "  %s\tto %s\t%d\n", t.From, t.To, t.Checks)
	}
	for i, s := range o.Samples {
		if i == 0 {
			fmt.Fprintln(table, "IMEI\tIMSI\tNOW\tTHEN\tBECAUSE")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", s.IMEI, or(s.IMSI, "-"), s.Now.Status, s.Then.Status, or(s.Then.Reason, s.Then.Rule))
	}
	return table.Flush()
}
