package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"paperweight/gateway/config"
	"paperweight/store/feed/publish"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

// change does something to a feed that ends with a publication.
func (a *authority) change(cmd *cobra.Command, c publish.Config, do func(*publish.Publisher, signers) (publish.Result, error)) error {
	if err := a.needed(); err != nil {
		return err
	}
	settings, err := config.ReadAuthority(a.dir)
	if err != nil {
		return err
	}
	if cmd.Flags().Changed("grace") {
		settings.Grace = a.grace
		if err := settings.Validate(); err != nil {
			return &usageError{err}
		}
	}
	c.Dir, c.Lifetimes, c.Grace = a.dir, settings.Lifetimes, settings.Grace
	return withKeys(a.dir, a.keys, func(keys signers) error {
		return withPublisher(c, func(p *publish.Publisher) error {
			r, err := do(p, keys)
			var held *publish.HeldError
			switch {
			case errors.As(err, &held):
				if held.Difference != nil {
					if err := printDifference(cmd.ErrOrStderr(), held.Difference); err != nil {
						return err
					}
				}
				return &statusError{exitHeld, fmt.Errorf("%w\n  --force publishes it all the same", err)}
			case err != nil:
				return err
			case a.json:
				return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
			}
			return printPublished(cmd.OutOrStdout(), r)
		})
	})
}

func newFeedPublish() *cobra.Command {
	var a authority
	var from []string
	var formatName string
	var force, blacklist, quiet bool
	var guard guardFlags
	cmd := &cobra.Command{
		Use:   "publish --dir DIR --from FILE...",
		Short: "Publish a list, or changes to it",
		Long: `Publish list files: whole lists, which become the new list together, or changes
to the last one. What differs from the last publication is written as a delta,
signed, and put into DIR/public in one step: who reads there sees the publication
before or this one. The formats are those of ` + "`paperweight import --help`" + `. A line
that can't be used is reported, and the rest is published.

What the guard of DIR/settings.yaml would hold is refused, with the difference and
the reasons, until it is run with --force; flags change the guard for one run.
DIRBS deltas have to follow the runs before, by their names: a gap or a step back
is refused. Without --from, what waited for signatures is published and the dates
of the online roles are renewed: do so by a timer, daily with the default lifetimes.

` + graceHelp + `

` + keysHelp + `

Exit statuses: 0 published; 1 failed, or signatures are missing; 2 used wrongly;
3 held.`,
		Example: `  paperweight feed publish --dir authority --from blacklist.csv
  paperweight feed publish --dir /srv/feed --key deltas-1.pem --key snapshot-1.pem --key timestamp-1.pem --from delta.csv
  paperweight feed publish --dir /srv/feed --key snapshot-1.pem --key timestamp-1.pem`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && len(from) == 0 {
				return &usageError{errors.New("list files come after --from")}
			}
			job := publish.Job{Format: listfile.Format(formatName), Confirm: force}
			for _, name := range append(from, args...) {
				// To open a pipe waits for who writes into it, and no signal ends that.
				if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
					return &usageError{fmt.Errorf("--from %s: it is no regular file, and lists are read more than once: write it into a file first", name)}
				}
				job.Files = append(job.Files, intake.Path(name))
			}
			if formatName != "" {
				if _, err := job.Format.Layout(); err != nil {
					return &usageError{err}
				}
			}
			job.Problem = func(p *listfile.Problem) {
				if !quiet {
					fmt.Fprintln(cmd.ErrOrStderr(), p)
				}
			}
			if err := a.needed(); err != nil {
				return err
			}
			c := publish.Config{Files: intake.DefaultLimits().Files, Blacklist: blacklist}
			var err error
			if c.Guard, err = guard.over(cmd, a.dir); err != nil {
				return err
			}
			return a.change(cmd, c, func(p *publish.Publisher, s signers) (publish.Result, error) {
				job.Keys, job.At = s, time.Now()
				return p.Publish(cmd.Context(), job)
			})
		},
	}
	a.bind(cmd)
	a.bindGrace(cmd, "from DIR/settings.yaml")
	flags := cmd.Flags()
	flags.StringArrayVar(&from, "from", nil, "list `FILE`s, whole or changes")
	flags.StringVar(&formatName, "format", "", "what the files are, a `NAME`; see `paperweight import --help`")
	flags.BoolVar(&force, "force", false, "publish what was held")
	guard.bind(cmd)
	flags.BoolVar(&blacklist, "blacklist", false, "publish what is prohibited in the layout of DIRBS beside each snapshot (not with changes), for other registers")
	flags.BoolVar(&quiet, "quiet", false, "do not report lines that were left out")
	return cmd
}

func newFeedSnapshot() *cobra.Command {
	var a authority
	var blacklist bool
	cmd := &cobra.Command{
		Use:   "snapshot --dir DIR",
		Short: "Publish the whole list anew",
		Long: `Publish the whole list as it is, in the place of the last snapshot: for nodes
that are new or far behind, that diverged, or that rejected a change. It needs
the keys of snapshots.

` + graceHelp + `

` + keysHelp,
		Example: "  paperweight feed snapshot --dir /srv/feed --key snapshots-1.pem --key snapshots-2.pem --key snapshot-1.pem --key timestamp-1.pem",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.change(cmd, publish.Config{Blacklist: blacklist}, func(p *publish.Publisher, s signers) (publish.Result, error) {
				return p.Snapshot(cmd.Context(), time.Now(), s...)
			})
		},
	}
	a.bind(cmd)
	a.bindGrace(cmd, "from DIR/settings.yaml")
	cmd.Flags().BoolVar(&blacklist, "blacklist", false, "with the DIRBS blacklist beside it")
	return cmd
}

func newFeedRollup() *cobra.Command {
	var a authority
	cmd := &cobra.Command{
		Use:   "rollup --dir DIR",
		Short: "Take off the changes that nobody needs",
		Long: `Take the deltas off that the newest snapshot makes needless, so that nodes read
shorter lists; the newest stay for nodes that were away for a while. Publish does
it by itself in time. Deltas that lead on from the snapshot all stay, since a node
may have slept at any of them: where they are many, publish a snapshot first.

` + graceHelp + `

` + keysHelp,
		Example: "  paperweight feed rollup --dir /srv/feed --key deltas-1.pem --key snapshot-1.pem --key timestamp-1.pem",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.change(cmd, publish.Config{}, func(p *publish.Publisher, s signers) (publish.Result, error) {
				return p.Rollup(time.Now(), s...)
			})
		},
	}
	a.bind(cmd)
	a.bindGrace(cmd, "from DIR/settings.yaml")
	return cmd
}

func newFeedRenew() *cobra.Command {
	var a authority
	cmd := &cobra.Command{
		Use:   "renew --dir DIR [ROLE]...",
		Short: "Date roles anew, before their dates end",
		Long: `Date roles anew, all of them unless some are named. A feed whose dates have ended
is stale: nodes go on answering from what they have and take nothing new. Of the
online roles, snapshot and timestamp, publish renews the dates by itself.

` + keysHelp,
		Example: "  paperweight feed renew --dir /srv/feed --key deltas-1.pem --key snapshot-1.pem --key timestamp-1.pem deltas",
		Args:    cobra.ArbitraryArgs, ValidArgsFunction: roles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.change(cmd, publish.Config{}, func(p *publish.Publisher, s signers) (publish.Result, error) {
				return p.Renew(args, time.Now(), s...)
			})
		},
	}
	a.bind(cmd)
	return cmd
}

func printPublished(w io.Writer, r publish.Result) error {
	epoch := ""
	if r.To.Epoch > 1 {
		epoch = fmt.Sprintf(" of epoch %d", r.To.Epoch)
	}
	if d := r.Difference; d != nil && !d.First {
		fmt.Fprintf(w, "published: sequence %d%s, %d entries; %d added, %d changed, %d removed\n", r.To.Sequence, epoch, r.To.Entries, d.Added, d.Changed, d.Removed)
	} else {
		fmt.Fprintf(w, "published: sequence %d%s, %d entries\n", r.To.Sequence, epoch, r.To.Entries)
	}
	if n := r.Read; n.Lines > 0 {
		fmt.Fprintf(w, "read: %d lines, %d left out, %d with a field left out, %d malformed identities kept\n", n.Lines, n.Bad, n.Warnings, n.Malformed)
	}
	for _, t := range r.Added {
		fmt.Fprintf(w, "new: %s, %d records, %d octets\n", t.Name, t.Records, t.Octets)
	}
	if b := r.Blacklist; b != nil && b.LeftOut > 0 {
		fmt.Fprintf(w, "blacklist: %d entries that its layout can't say were left out\n", b.LeftOut)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(w, "nodes may hold it: %s\n", f.Message)
	}
	if r.Pruned > 0 {
		fmt.Fprintf(w, "pruned: %d files to which no publication has led for the grace\n", r.Pruned)
	}
	label, text := reasonsOf(r.Reasons)
	fmt.Fprintf(w, "%s: %s\n", label, text)
	if r.SnapshotDue {
		fmt.Fprintln(w, "a snapshot is due: `paperweight feed snapshot`; until then nodes read long lists of deltas")
	}
	_, err := fmt.Fprintf(w, "first to expire: %s, %s\n", r.Expiry.Role, since(r.Expiry.At))
	return err
}

// reasonsOf says how many reasons a list has, and what to do where they are many.
func reasonsOf(n publish.Reasons) (label, text string) {
	label, text = "reasons", fmt.Sprintf("%d distinct, %d are the most", n.Count, n.Most)
	if n.Count >= publish.ReasonsCounted {
		text = "about " + text
	}
	if n.Many {
		label, text = "REASONS", text+": with more no snapshot can be published; put what is unique to an entry into its reference"
	}
	return label, text
}
