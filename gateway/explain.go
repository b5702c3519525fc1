package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"paperweight/gateway/admin"
)

func newExplain() *cobra.Command {
	var w where
	var q admin.Question
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain IMEI",
		Short: "Say what would be answered for an IMEI, and why",
		Long: `Say what would be answered now for an IMEI, and every rule that was tried, in
order, with why it did or did not decide. It asks the same code that answers
MMEs, and no MME's question is counted.

The IMEI is taken as a phone would send it: 14 digits, 15, or 16 with the
software version; a malformed one is explained as well.

` + whereHelp,
		Example: `  paperweight explain 00440100000001
  paperweight explain --svn 07 --imsi 001010123456789 00440100000001
  paperweight explain --data /var/lib/paperweight --json 00440100000001`,
		Args: exactly("IMEI"),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.IMEI = args[0]
			return w.with(cmd, false, func(l lists) error {
				e, err := l.Explain(cmd.Context(), q)
				if err != nil {
					return err
				}
				if asJSON {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", e.Explanation)
				} else {
					_, err = fmt.Fprint(cmd.OutOrStdout(), e.Text)
				}
				return err
			})
		},
	}
	w.bind(cmd)
	cmd.Flags().StringVar(&q.SVN, "svn", "", "software version, two digits `NN`")
	cmd.Flags().StringVar(&q.IMSI, "imsi", "", "the subscriber's IMSI `N`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
