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
	"paperweight/store"
)

func newList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Keep the operator's own entries",
		Long: `Keep the operator's own entries, which go before those of every imported list
(unless the policy orders otherwise), and look at the sources of all of them. They
are nobody else's to bring back: export them, as a copy beside the node's data.

` + whereHelp,
		Example: `  paperweight list add --status prohibited --reason "stolen, report 4711" 00440100000001
  paperweight list show
  paperweight list export --to own.csv
  paperweight list import own.csv
  paperweight list sources`,
		Args: cobra.ArbitraryArgs,
		RunE: subcommand,
	}
	cmd.AddCommand(newListAdd(), newListRemove(), newListShow(), newListExport(), newListImport(), newListSources(), newListAccept())
	return cmd
}

func newListShow() *cobra.Command {
	var w where
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the operator's own entries",
		Long:  "Print the operator's own entries, in the order of their IMEIs; exceptions after lists.\n\n" + whereHelp,
		Example: `  paperweight list show
  paperweight list show --json | jq -r 'select(.status == "prohibited").equipment'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return w.with(cmd, false, func(l lists) error {
				put, end := entryPrinter(cmd.OutOrStdout(), asJSON)
				for e, err := range l.Show(cmd.Context()) {
					if err == nil {
						err = put(e)
					}
					if err != nil {
						return errors.Join(err, end())
					}
				}
				return end()
			})
		},
	}
	w.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object a line")
	return cmd
}

// entryPrinter returns a function that prints an entry, and one that ends.
func entryPrinter(w io.Writer, asJSON bool) (put func(admin.Entry) error, end func() error) {
	if asJSON {
		lines := json.NewEncoder(w)
		return func(e admin.Entry) error { return lines.Encode(e) }, func() error { return nil }
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "EQUIPMENT\tIMSI\tSVN\tSTATUS\tREASON\tREFERENCE\tDATE\tUNTIL")
	return func(e admin.Entry) error {
		_, err := fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", or(e.Equipment, "any"), or(e.IMSI, "-"), or(e.SVN, "any"),
			e.Status, or(e.Reason, "-"), or(e.Reference, "-"), or(when(e.Date), "-"), or(when(e.Until), "never"))
		return err
	}, table.Flush
}

func newListSources() *cobra.Command {
	var w where
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "sources",
		Short: "Print who listed what, and when last",
		Long: `Print every source of entries (the operator and each imported list): how many
entries it has by status, the sequence of its last change, and when that was.

` + whereHelp,
		Example: "  paperweight list sources",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return w.with(cmd, false, func(l lists) error {
				sources, err := l.Sources(cmd.Context())
				if err != nil {
					return err
				}
				return printSources(cmd.OutOrStdout(), sources, asJSON)
			})
		},
	}
	w.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object a line")
	return cmd
}

func printSources(w io.Writer, sources []store.SourceState, asJSON bool) error {
	if asJSON {
		lines := json.NewEncoder(w)
		for _, s := range sources {
			if err := lines.Encode(s); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SOURCE\tSEQUENCE\tENTRIES\tPROHIBITED\tTRACKED\tPERMITTED\tCHANGED\tMARK")
	for _, s := range sources {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", s.Name, s.Sequence, s.Entries,
			s.ByStatus.Prohibited, s.ByStatus.Tracked, s.ByStatus.Permitted, when(&s.Changed), or(s.Mark, "-"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, s := range sources {
		if s.Damage != "" {
			if _, err := fmt.Fprintf(w, "%s can't be relied on: %s\n", s.Name, s.Damage); err != nil {
				return err
			}
		}
	}
	return nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func when(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
