package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"paperweight/store/feed/publish"
)

const epochWarning = `A new epoch was not begun, since --yes was not given. It would:
  - make the list as it is the first state of epoch %[1]d, a whole list of %[2]d
    entries, sequence 1;
  - take off every snapshot and change of epoch %[3]d: what nodes hold or are about
    to take of it is void;
  - have every node fetch the whole list and put it in the place of its own, and
    hold it where its guard finds that this changes too much;
  - never be taken back: no node returns to an earlier epoch.
It needs the keys of snapshots, deltas, snapshot and timestamp.
`

func newFeedEpoch() *cobra.Command {
	var a authority
	var yes bool
	cmd := &cobra.Command{
		Use:   "epoch --dir DIR --yes",
		Short: "Begin the history of the list anew",
		Long: `Begin the history of the list anew: the list as it is becomes the first state of
the next epoch, and what was published of the last one is taken off. Every node
puts the whole list in the place of its own, wherever its history led it, and none
goes back. It is for histories that went apart:

  - somebody stole a key of deltas and published with it: rotate the key first;
  - DIR was lost and an older copy brought back: rotate the keys of snapshot and
    timestamp as well, since nodes saw later versions of what these sign.

For anything else ` + "`paperweight feed snapshot`" + ` is enough. Without --yes it says what it
would do, and does nothing.

` + graceHelp + `

` + keysHelp + `

Exit statuses: 0 begun; 1 failed, or signatures are missing; 2 used wrongly;
3 it waits for --yes.`,
		Example: `  paperweight feed epoch --dir /srv/feed
  paperweight feed epoch --dir /srv/feed --yes --key snapshots-1.pem --key snapshots-2.pem --key deltas-1.pem --key snapshot-1.pem --key timestamp-1.pem`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.change(cmd, publish.Config{}, func(p *publish.Publisher, s signers) (publish.Result, error) {
				if at := p.Status(time.Now()); !yes && at.Sequence > 0 {
					fmt.Fprintf(cmd.ErrOrStderr(), epochWarning, at.Epoch+1, at.Entries, at.Epoch)
					return publish.Result{}, &statusError{exitHeld, errors.New("nothing was done: --yes does it")}
				}
				return p.BeginEpoch(cmd.Context(), time.Now(), s...)
			})
		},
	}
	a.bind(cmd)
	a.bindGrace(cmd, "from DIR/settings.yaml")
	cmd.Flags().BoolVar(&yes, "yes", false, "do it: I have read what it does")
	return cmd
}
