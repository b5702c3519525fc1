package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"paperweight/gateway/admin"
)

func newFeedForget() *cobra.Command {
	var r running
	var name string
	cmd := &cobra.Command{
		Use:   "forget --feed NAME",
		Short: "Take the list of a feed out of force that is not followed any more",
		Long: `Take the list of a feed out of force that the node does not follow any more, and
forget where it stood. A feed that is taken out of the configuration, or gets
another name there, leaves its list in force as it is, and nothing keeps that up
to date: serve warns of it at the start, and feed status shows it. What the list
says alone is unknown from then on, so follow the feed's successor first.

` + runningHelp,
		Example: `  paperweight feed forget --feed neighbour`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if name == "" {
				return &usageError{errors.New("--feed NAME is needed: `paperweight feed status` shows which are not followed")}
			}
			return r.with(func(c *admin.Client) error {
				s, err := c.Forget(cmd.Context(), name)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "forgotten: feed %s; its %d entries are out of force\n", s.Source, s.Entries)
				return err
			})
		},
	}
	r.bind(cmd)
	cmd.Flags().StringVar(&name, "feed", "", "the feed's `NAME`. Needed")
	return cmd
}
