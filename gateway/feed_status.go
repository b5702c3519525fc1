package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"paperweight/gateway/admin"
	"paperweight/gateway/metrics"
	"paperweight/store/feed/publish"
	"paperweight/store/feed/trust"
)

func newFeedStatus() *cobra.Command {
	var r running
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say where feeds are, and what ails them",
		Long: `Say where each feed of a node is: sequence and digest of its list (two nodes
with one digest have one list), how old the newest publication is, when its
first metadata expires, and what is wrong. With --dir, say where an authority's
feed is: its list, its dates, and what waits for signatures.

` + runningHelp,
		Example: `  paperweight feed status
  paperweight feed status --json | jq '.[] | select(.stale)'
  paperweight feed status --dir /srv/feed`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir != "" && cmd.Flags().Changed("admin") {
				return &usageError{errors.New("--admin and --dir exclude each other: a node's feeds, or an authority's")}
			}
			if dir != "" {
				return withPublisher(publish.Config{Dir: dir}, func(p *publish.Publisher) error {
					return printAuthority(cmd.OutOrStdout(), p.Status(time.Now()), asJSON)
				})
			}
			return r.with(func(c *admin.Client) error {
				all, err := c.Feeds(cmd.Context())
				if err != nil {
					return err
				}
				return printFeeds(cmd.OutOrStdout(), all, asJSON)
			})
		},
	}
	r.bind(cmd)
	cmd.Flags().StringVar(&dir, "dir", "", "an authority's feed, a `DIR`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printFeeds(w io.Writer, all []admin.FeedStatus, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "this node follows no feed: `paperweight serve --help`, --feed and --feed-root")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range all {
		s := &all[i]
		if i > 0 {
			fmt.Fprintln(table)
		}
		fmt.Fprintf(table, "feed\t%s\n", s.Source)
		fmt.Fprintf(table, "list\tsequence %d of epoch %d, %d entries\n", s.Sequence, s.Epoch, s.Entries)
		fmt.Fprintf(table, "digest\t%s\n", s.Digest)
		fmt.Fprintf(table, "applied\t%s\n", since(s.Changed))
		if s.Left {
			fmt.Fprintf(table, "LEFT\tit is not followed any more, and its list stays in force as it was: `paperweight feed forget --feed %s` ends that\n", s.Source)
			continue
		}
		fmt.Fprintf(table, "verified\t%s\n", since(s.Verified))
		if s.Version > 0 {
			fmt.Fprintf(table, "published\tversion %d, %s ago", s.Version, time.Duration(s.AgeSeconds)*time.Second)
			if s.Behind > 0 {
				fmt.Fprintf(table, "; the list is %d behind", s.Behind)
			}
			fmt.Fprintf(table, "\nexpires\t%s (%s)\n", since(s.NextExpiry), s.Expires)
		}
		fmt.Fprintf(table, "polled\t%s %s\n", since(s.Polled), s.Mirror)
		if s.Stale {
			fmt.Fprintln(table, "STALE\tits metadata has expired: nobody vouches for the list any more; it goes on answering")
		}
		if s.Class == metrics.Class(trust.ErrClock) {
			fmt.Fprintln(table, "CLOCK\tthe feed was signed in this node's future: nothing new is taken until the clock is set")
		}
		if s.Held != "" {
			fmt.Fprintf(table, "HELD\t%s waits for you: `paperweight feed held`\n", s.Held)
		}
		switch {
		case s.Damaged != "":
			fmt.Fprintf(table, "DAMAGED\t%s; it is fetched again\n", s.Damaged)
		case s.Diverged != "":
			fmt.Fprintf(table, "DIVERGED\t%s; it waits for a snapshot\n", s.Diverged)
		}
		for _, h := range s.Rejected {
			fmt.Fprintf(table, "rejected\t%s\n", h)
		}
		if s.Error != "" {
			fmt.Fprintf(table, "error\t%s\n", s.Error)
		}
	}
	return table.Flush()
}

func printAuthority(w io.Writer, s publish.Status, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(s)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "list\tsequence %d of epoch %d, %d entries\n", s.Sequence, s.Epoch, s.Entries)
	fmt.Fprintf(table, "digest\t%s\n", s.Digest)
	fmt.Fprintf(table, "files\tsnapshot of sequence %d, %d deltas of %d octets\n", s.Snapshot, s.Deltas, s.DeltaOctets)
	label, text := reasonsOf(s.Reasons)
	fmt.Fprintf(table, "%s\t%s\n", label, text)
	switch {
	case s.Blacklist == s.Sequence && s.Sequence > 0:
		fmt.Fprintf(table, "blacklist\tof sequence %d\n", s.Blacklist)
	case s.Blacklist > 0:
		fmt.Fprintf(table, "blacklist\tof sequence %d, older than the list: it comes with snapshots alone: `paperweight feed snapshot --blacklist`\n", s.Blacklist)
	}
	if s.SnapshotDue {
		fmt.Fprintln(table, "DUE\ta snapshot: many deltas lead on from the last: `paperweight feed snapshot`")
	}
	for _, e := range s.Expiries {
		fmt.Fprintf(table, "expires\t%s (%s)\n", since(e.At), e.Role)
	}
	for _, role := range s.Expired {
		fmt.Fprintf(table, "EXPIRED\t%s: nodes take nothing new: `paperweight feed renew`\n", role)
	}
	for _, p := range s.Pending {
		if p.Missing > 0 {
			fmt.Fprintf(table, "waits\t%s, version %d: %d signatures more, of the keys %v\n", p.Role, p.Version, p.Missing, p.Open)
		} else {
			fmt.Fprintf(table, "waits\t%s, version %d: signed, to be published\n", p.Role, p.Version)
		}
	}
	return table.Flush()
}
