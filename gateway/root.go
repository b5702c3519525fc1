package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "paperweight",
		Short: "An Equipment Identity Register",
		Long: `Paperweight is an Equipment Identity Register. Mobile cores ask it over
Diameter S13 whether the phone in front of them may be served; lists of stolen,
barred and permitted equipment say which may not.

  paperweight demo      shows the whole of it in a few seconds
  paperweight serve     runs a node
  paperweight check     asks a node what an MME asks
  paperweight feed      follows an authority's signed feed, or publishes one

Exit statuses: 0 done; 1 failed; 2 used wrongly; 3 an import or an update of a
feed is held until it is confirmed. check has its own.`,
		Example: `  paperweight serve
  paperweight import 20260101_000000_blacklist.csv
  paperweight check 00440100000001
  paperweight explain 00440100000001`,
		Version:       build().String(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.AddCommand(newServe(), newDemo(), newCheck(), newImport(), newList(), newExplain(), newFeed(), newSalvage(), newConfig(), newVersion())
	strict(root)
	return root
}

// strict makes every mistake on a command line a usageError.
func strict(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return &usageError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		strict(sub)
	}
}

// exactly is cobra.ExactArgs that says which arguments are expected.
func exactly(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		return fmt.Errorf("%d arguments were given, expected: %v", len(args), names)
	}
}

// subcommand is the RunE of a command that only groups others.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	return &usageError{fmt.Errorf("%q is no command of %s", args[0], cmd.CommandPath())}
}
