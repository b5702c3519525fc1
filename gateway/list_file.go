package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"paperweight/gateway/admin"
	"paperweight/store/listfile"
)

// standard is the name of standard input or output where a file is expected.
const standard = "-"

func newListExport() *cobra.Command {
	var w where
	var to string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "export --to FILE",
		Short: "Write the operator's own entries to a file",
		Long: `Write the operator's own entries to a file, each with all that is known of it:
target, IMSI, software versions, status, reason, reference, date and end. It is a
CSV of our own format, and ` + "`paperweight list import`" + ` brings it back as it is, into
this node or another. Imported lists and feeds are not in it: they come again from
where they came.

FILE is written beside its place and put there when it is whole; where anything
fails the one that was there stays. It holds IMSIs, so its owner alone may read it
(mode 0600). With - for FILE the list goes to standard output.

` + whereHelp,
		Example: `  paperweight list export --to own.csv
  paperweight list export --data /var/lib/paperweight --to /backup/own.csv
  paperweight list export --to - | gzip > own.csv.gz`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case to == "":
				return &usageError{errors.New("--to FILE is needed; --to - is standard output")}
			case to == standard && asJSON:
				return &usageError{errors.New("--json needs a FILE: with --to - the list is on standard output")}
			}
			return w.with(cmd, false, func(l lists) error { return export(cmd, l, to, asJSON) })
		},
	}
	w.bind(cmd)
	cmd.Flags().StringVar(&to, "to", "", "the `FILE`, which is replaced; - is standard output")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was written as JSON")
	return cmd
}

func export(cmd *cobra.Command, l lists, to string, asJSON bool) error {
	entries := 0
	write := func(w io.Writer) (err error) {
		entries, err = writeOwn(cmd.Context(), l, w)
		return err
	}
	if to == standard {
		if err := write(cmd.OutOrStdout()); err != nil {
			return fmt.Errorf("what was written is not the whole list: %w", err)
		}
		_, err := fmt.Fprintf(cmd.ErrOrStderr(), "%d entries written\n", entries)
		return err
	}
	if err := writeWhole(to, write); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(struct {
			File    string `json:"file"`
			Entries int    `json:"entries"`
		}{to, entries})
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %d entries written\n", to, entries)
	return err
}

// writeOwn writes the operator's own entries as a list of our own format.
func writeOwn(ctx context.Context, l lists, w io.Writer) (entries int, err error) {
	list := listfile.NewWriter(w)
	for e, err := range l.Show(ctx) {
		if err != nil {
			return entries, err
		}
		listed, err := e.Listed()
		if err != nil {
			return entries, err
		}
		if err := list.Write(&listed); err != nil {
			return entries, err
		}
		entries++
	}
	return entries, list.Flush()
}

func newListImport() *cobra.Command {
	var w where
	var job admin.OwnImport
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Bring the operator's own entries back from a file",
		Long: `Put the entries of a file among the operator's own, with their dates, as list
export wrote them or as you did: a CSV with the heading

  target,imsi,status,svn,reason,reference,date,until

of which target (or imsi) and status are needed; target is written as for list
add, svn as 07 08, date and until as 2027-01-31 or 2027-01-31T18:00:00Z.

All of it is one change, in force at once or not at all: where a line can't be
taken word for word, its place and what is wrong with it are told, and nothing is
changed. An entry takes the place of one with the same target; the others stay,
or with --replace go, so that the list is the file's. A column op makes the file a
change, each line of which puts (put, or nothing) or removes (remove) an entry.
An entry whose end is past is taken too: it decides nothing, and is history.

With - for FILE the list comes from standard input. To import an authority's list
use ` + "`paperweight import`" + `.

` + whereHelp,
		Example: `  paperweight list import own.csv
  paperweight list import --replace --dry-run own.csv
  zcat own.csv.gz | paperweight list import -`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := cmd.InOrStdin()
			if args[0] != standard {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close()
				if info, err := f.Stat(); err != nil || info.IsDir() {
					return errors.Join(fmt.Errorf("%s is no file", args[0]), err)
				}
				file = f
			}
			job.Name = args[0]
			job.Content = interruptible(cmd.Context(), file)
			return w.with(cmd, true, func(l lists) error {
				done, err := l.ImportOwn(cmd.Context(), job)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(done)
				}
				return printOwnImported(cmd.OutOrStdout(), args[0], &done)
			})
		},
	}
	w.bind(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&job.Replace, "replace", false, "take away the entries that the file does not have")
	flags.BoolVar(&job.DryRun, "dry-run", false, "say what would change, and change nothing")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// interruptible reads r until ctx ends: a terminal may never say more.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	reader, writer := io.Pipe()
	go func() {
		_, err := io.Copy(writer, r)
		writer.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { writer.CloseWithError(context.Cause(ctx)) })
	return reader
}

func printOwnImported(w io.Writer, name string, d *admin.OwnImported) error {
	has := "the operator has"
	if d.DryRun {
		name, has = name+" would bring", "the operator would have"
	}
	text := fmt.Sprintf("%s: %d added, %d changed, %d removed, %d as they were", name, d.Added, d.Changed, d.Removed, d.Unchanged)
	for _, more := range []struct {
		n    int
		what string
	}{
		{d.Missing, "to be removed were not there"},
		{d.Duplicates, "came again on a later line, which counts"},
		{d.Ended, "have ended already, and decide nothing"},
	} {
		if more.n > 0 {
			text += fmt.Sprintf("; %d %s", more.n, more.what)
		}
	}
	_, err := fmt.Fprintf(w, "%s; %s %d entries, sequence %d\n", text, has, d.State.Entries, d.State.Sequence)
	return err
}
