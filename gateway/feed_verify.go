package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"paperweight/gateway/admin"
)

func newFeedVerify() *cobra.Command {
	var r running
	var name string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [--feed NAME]",
		Short: "Hold a whole list against its feed's digest",
		Long: `Read a feed's whole list through and hold it against the digest that the
authority signed. A node does so once a day by itself (feeds.verify); a list that
differs, or can't be read, since its disk failed or somebody changed it, is fetched
again at once, and goes on answering until then as far as it can be read. Checks keep half of the time, so ten
million entries take half a minute or more.

` + runningHelp + `

Exit statuses: 0 the list is what the feed says; 1 it is not, or that could not be
found out; 2 used wrongly.`,
		Example: `  paperweight feed verify
  paperweight feed verify --feed national --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.with(func(c *admin.Client) error {
				s, err := c.Verify(cmd.Context(), name)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(s)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "feed %s: the list is what the feed says: sequence %d, %d entries, digest %s\n",
					s.Source, s.Sequence, s.Entries, s.Digest)
				return err
			})
		},
	}
	r.bind(cmd)
	cmd.Flags().StringVar(&name, "feed", "", "the feed's `NAME`; needed where there are several")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the feed's status as JSON")
	return cmd
}
