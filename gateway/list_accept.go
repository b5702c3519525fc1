package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"paperweight/gateway/admin"
)

func newListAccept() *cobra.Command {
	var w where
	var asJSON, empty bool
	cmd := &cobra.Command{
		Use:   "accept SOURCE",
		Short: "Go on with what is left of a damaged list",
		Long: `Go on with what is left of a list that a disk damaged. While a list holds less than
was acknowledged, no check is answered from any list, since what is lost could have
decided: policy.store_failure answers. A feed fetches its list again by itself; an
import is imported again; the operator's own entries come back from their second
copy, or by ` + "`paperweight list import --replace`" + `. Where none of that can be had, this
is your word that what can still be read is all there is. What is lost is then
unknown equipment. ` + "`paperweight list sources`" + ` names the lists and what ails them.

` + whereHelp,
		Example: "  paperweight list accept barred",
		Args:    exactly("SOURCE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return w.with(cmd, false, func(l lists) error {
				done, err := l.Accept(cmd.Context(), admin.Accepting{Source: args[0], Empty: empty})
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(done)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: accepted with %d entries of %d, sequence %d\n",
					done.State.Name, done.State.Entries+done.State.Malformed, done.Acknowledged, done.State.Sequence)
				return err
			})
		},
	}
	w.bind(cmd)
	cmd.Flags().BoolVar(&empty, "empty", false, "also where nothing of the list can be read: it is empty then")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
