package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"paperweight/store"
	"paperweight/store/listfile"
)

func newSalvage() *cobra.Command {
	var data, to string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "salvage --data DIR --to FILE",
		Short: "Save the operator's own entries from a damaged directory",
		Long: `Read the operator's own entries out of the data of a node that is stopped, however
damaged it is, and write those that can still be read to a file, in the form of
` + "`paperweight list export`" + `. Nothing in DIR is changed. They have a second copy beside
the tables, so all of them are there unless both are damaged; what was read, and
what could not be, is said on standard error.

Imported lists and feeds are not in it: they come again from where they came. To
begin anew, move DIR away, start on an empty one and ` + "`paperweight list import`" + ` the file.

Exit statuses: 0 all that were acknowledged are written; 1 failed, or some may be
missing (the file is written); 2 used wrongly.`,
		Example: `  paperweight salvage --data /var/lib/paperweight --to own.csv
  paperweight list import --data /var/lib/paperweight.new own.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case data == "":
				return &usageError{errors.New("--data DIR is needed: the data of a node that is stopped")}
			case to == "":
				return &usageError{errors.New("--to FILE is needed; --to - is standard output")}
			case to == standard && asJSON:
				return &usageError{errors.New("--json needs a FILE: with --to - the list is on standard output")}
			}
			if inside(to, data) {
				return &usageError{errors.New("--to must not lie in the directory that is salvaged: nothing in it is changed")}
			}
			return salvage(cmd, data, to, asJSON)
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "data `DIR` of a node that is stopped")
	cmd.Flags().StringVar(&to, "to", "", "the `FILE`, which is replaced; - is standard output")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was written as JSON")
	return cmd
}

// inside reports whether a file lies in a directory, or below it.
func inside(file, dir string) bool {
	at, err := filepath.EvalSymlinks(filepath.Dir(file))
	if err != nil {
		return false // it can't be written either
	}
	if at, err = filepath.Abs(at); err != nil {
		return false
	}
	if dir, err = filepath.EvalSymlinks(dir); err == nil {
		dir, err = filepath.Abs(dir)
	}
	rel, relErr := filepath.Rel(dir, at)
	return err == nil && relErr == nil && filepath.IsLocal(rel)
}

func salvage(cmd *cobra.Command, data, to string, asJSON bool) error {
	found, err := store.Salvage(data, nil)
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w\n  of a node that runs, `paperweight list export` has them", err)
	}
	if err != nil {
		return err
	}
	for _, note := range found.Notes {
		fmt.Fprintln(cmd.ErrOrStderr(), note)
	}
	write := func(w io.Writer) error {
		list := listfile.NewWriter(w)
		for i := range found.Entries {
			if err := list.Write(&found.Entries[i]); err != nil {
				return err
			}
		}
		return list.Flush()
	}
	said := cmd.OutOrStdout()
	if to == standard {
		said = cmd.ErrOrStderr()
		err = write(cmd.OutOrStdout())
	} else {
		err = writeWhole(to, write)
	}
	if err != nil {
		return err
	}
	if asJSON {
		err = json.NewEncoder(said).Encode(struct {
			File    string   `json:"file"`
			Entries int      `json:"entries"`
			Whole   bool     `json:"whole"`
			Notes   []string `json:"notes,omitempty"`
		}{to, len(found.Entries), found.Whole, found.Notes})
	} else {
		_, err = fmt.Fprintf(said, "%s: %d entries written\n", to, len(found.Entries))
	}
	if err == nil && !found.Whole {
		return errors.New("some of the operator's own entries may be missing from what was written")
	}
	return err
}
