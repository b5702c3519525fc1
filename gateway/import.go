package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"paperweight/gateway/admin"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

func newImport() *cobra.Command {
	var w where
	var job admin.Job
	var report string
	var quiet, asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Import list files",
		Long: `Import list files, plain, .gz or .zip, whole or not at all. A file of a whole
list takes the place of the list that its source had; a delta changes it. Several
files are one import: the parts of one list, or of one run of deltas.

A line that can't be used is reported, with file, line, column and reason, and
the rest goes in. An import that looks like a mistake (a list that shrank or grew
too much, too many bad lines) is held: nothing changes until the same import is
run with --confirm.

Formats, found by file name and header unless --format says:
` + formatsHelp() + `
` + whereHelp + ` An import that is interrupted leaves nothing in
force.

Exit statuses: 0 in force, bad lines or not; 1 failed; 2 used wrongly; 3 held.`,
		Example: `  paperweight import 20260101_000000_blacklist.csv
  paperweight import --format stolen --report problems.jsonl stolen.csv.gz
  paperweight import --data /var/lib/paperweight --source trial list.csv
  paperweight import --confirm 20260101_000000_blacklist.csv`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return w.with(cmd, true, func(l lists) error {
				for _, path := range args {
					job.Files = append(job.Files, intake.Path(path))
				}
				result, err := runImport(cmd, l, job, report, quiet)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(result)
				}
				return printResult(cmd.OutOrStdout(), cmd.ErrOrStderr(), result, report)
			})
		},
	}
	w.bind(cmd)
	flags := cmd.Flags()
	flags.StringVar(&job.Format, "format", "", "what the files are, a `NAME`; see above")
	flags.StringVar(&job.Source, "source", "", "whose list it is, a `NAME` (default the format's)")
	flags.BoolVar(&job.Confirm, "confirm", false, "apply an import that was held")
	flags.StringVar(&report, "report", "", "write every problem to `FILE`, a JSON object a line, and a summary")
	flags.BoolVar(&quiet, "quiet", false, "show no progress")
	flags.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func formatsHelp() string {
	var b strings.Builder
	for _, l := range listfile.Formats() {
		fmt.Fprintf(&b, "  %-26s %s\n", l.Format, l.Doc)
	}
	return b.String()
}

func runImport(cmd *cobra.Command, l lists, job admin.Job, report string, quiet bool) (_ intake.Result, err error) {
	if report != "" {
		f, openErr := os.OpenFile(report, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if openErr != nil {
			return intake.Result{}, fmt.Errorf("the report can't be written: %w", openErr)
		}
		defer func() {
			if closed := f.Close(); err == nil && closed != nil {
				err = fmt.Errorf("the list is in force, but its report could not be written: %w", closed)
			}
		}()
		job.Report = f
	}
	if !quiet {
		p := newProgress(cmd.ErrOrStderr(), time.Now)
		defer p.end()
		job.Progress = p.show
	}
	return l.Import(cmd.Context(), job)
}

// printResult says what is in force on standard output, and what is not on
// standard error.
func printResult(stdout, stderr io.Writer, r intake.Result, report string) error {
	for _, p := range r.Problems {
		fmt.Fprintln(stderr, &p)
	}
	if more := r.Bad + r.Warnings; more > uint64(len(r.Problems)) {
		hint := "--report FILE writes them all"
		if report != "" {
			hint = report + " has them all"
		}
		fmt.Fprintf(stderr, "... and %d problems more: %s\n", more-uint64(len(r.Problems)), hint)
	}
	for _, s := range r.Skipped {
		fmt.Fprintln(stderr, "skipped:", s)
	}
	what := fmt.Sprintf("%d added, %d changed, %d removed, %d were not there", r.Added, r.Changed, r.Removed, r.Missing)
	if r.Whole {
		what = fmt.Sprintf("%d entries in force (%d before)", r.State.Entries, r.Previous.Entries)
	}
	_, err := fmt.Fprintf(stdout, "%s: %s; %d lines, %d left out; sequence %d\n", r.Source, what, r.Lines, r.Bad, r.State.Sequence)
	return err
}
