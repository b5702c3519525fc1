package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"paperweight/gateway/admin"
)

func newFeed() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "feed",
		Short: "Follow a signed feed, or publish one",
		Long: `A signed feed brings an authority's list to every node: verified, whole, and
within a second of its publication. It has two ends.

The node's end. ` + "`paperweight serve --feed URL --feed-root root.json`" + ` follows. What
is forged, replayed, stale or broken is refused; an update that is out of the
ordinary is held, and what was in force stays, until you decide:

  status     where each feed is, how old, and what ails it
  held       what is held, and why
  release    put it in force
  reject     give it up
  verify     hold whole lists against their feeds' digests
  forget     the list of a feed that is not followed any more
  diff       what it, or a file, would change of the answers to some IMEIs

The authority's end works on a directory. DIR/public is what any web server or
object store hands out; DIR/public/root.json is the trust anchor that nodes need.

  init       the keys, step by step; --lab makes them all, for a laboratory
  key        which key is which: files, or keys in an HSM
  sign       sign what waits, each custodian for himself
  publish    a new list or a change: signed, and in public at once or not at all
  snapshot   the whole list anew, for nodes that are new or far behind
  rollup     take off the changes that nobody needs
  rotate     another key for a role
  epoch      the history anew, after a theft of keys or a loss of the directory
  renew      new dates, before the old ones end
  status     with --dir: the list, the dates, what waits for signatures
  serve      a small web server that also tells nodes of changes`,
		Example: `  paperweight feed init --lab --dir authority
  paperweight feed publish --dir authority --from blacklist.csv
  paperweight feed serve --dir authority --listen 127.0.0.1:8080
  paperweight serve --feed http://127.0.0.1:8080 --feed-root authority/public/root.json
  paperweight feed status`,
		Args: cobra.ArbitraryArgs,
		RunE: subcommand,
	}
	cmd.AddCommand(newFeedStatus(), newFeedHeld(), newFeedRelease(), newFeedReject(), newFeedVerify(), newFeedForget(), newFeedDiff(),
		newFeedInit(), newFeedKey(), newFeedSign(), newFeedPublish(), newFeedSnapshot(), newFeedRollup(), newFeedEpoch(), newFeedRotate(), newFeedRenew(), newFeedServe())
	return cmd
}

// running is where the commands work that need a node that runs.
type running struct{ admin string }

const runningHelp = `It talks to the running node at --admin URL (` + defaultAdmin + ` unless given).`

func (r *running) bind(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.admin, "admin", defaultAdmin, "admin port of the running node, a `URL`")
}

// flag is what a command needs to reach the same node, with a space before it.
func (r *running) flag() string {
	if r.admin == defaultAdmin {
		return ""
	}
	return " --admin " + r.admin
}

func (r *running) with(do func(*admin.Client) error) error {
	client, err := admin.NewClient(r.admin)
	if err != nil {
		return &usageError{err}
	}
	var u *admin.Unreachable
	if err = do(client); errors.As(err, &u) {
		return fmt.Errorf("%w\n  start a node: paperweight serve\n  or name another: --admin URL", err)
	}
	return err
}

func since(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}
