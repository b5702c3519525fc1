package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"paperweight/gateway/admin"
	"paperweight/store/feed"
)

func newFeedHeld() *cobra.Command {
	var r running
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "held",
		Short: "Show the updates that wait for you",
		Long: `Show the updates that the guards of the feeds hold: why, how much each would
block and free, of which models and for which reasons, and some of its changes.
What was in force stays in force meanwhile, and later updates wait behind.

` + runningHelp + `

Exit statuses: 0 nothing is held; 3 something is; 1 failed; 2 used wrongly.`,
		Example: `  paperweight feed held
  paperweight feed held --json | jq '.[].difference.tacs'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.with(func(c *admin.Client) error {
				all, err := c.Held(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					err = json.NewEncoder(cmd.OutOrStdout()).Encode(all)
				} else {
					err = printHeld(cmd.OutOrStdout(), all, r.flag())
				}
				if err == nil && len(all) > 0 {
					return &statusError{code: exitHeld}
				}
				return err
			})
		},
	}
	r.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// printHeld shows updates and the commands that decide on them; reach is the flag
// that they need to reach this node.
func printHeld(w io.Writer, all []feed.Held, reach string) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "nothing is held")
		return err
	}
	for i := range all {
		h := &all[i]
		fmt.Fprintf(w, "feed %s holds %s since %s (made %s)\n", h.Source, h.Target, since(h.Since), since(h.Created))
		if len(h.Base) > 0 {
			fmt.Fprintf(w, "  the list diverged: it would be made anew of %s and the %d files behind it\n", h.Base[0].Target, len(h.Base))
		}
		for _, f := range h.Why {
			limit := ""
			if f.Limit != "" {
				limit = " of guard." + f.Limit
			}
			fmt.Fprintf(w, "  because%s: %s\n", limit, f.Message)
		}
		if err := printDifference(w, &h.Difference); err != nil {
			return err
		}
		hash := h.SHA256.String()
		fmt.Fprintf(w, "  sha256 %s\n", hash)
		fmt.Fprintf(w, "\nTry it:          paperweight feed diff%s --feed %s --imeis FILE\n", reach, h.Source)
		fmt.Fprintf(w, "Put it in force: paperweight feed release%s --feed %s --sha256 %s\n", reach, h.Source, hash[:12])
		if _, err := fmt.Fprintf(w, "Give it up:      paperweight feed reject%s --feed %s --sha256 %s\n", reach, h.Source, hash[:12]); err != nil {
			return err
		}
	}
	return nil
}

// printDifference says what an update changes, for an operator's eyes.
func printDifference(w io.Writer, d *feed.Difference) error {
	if d.Unread {
		_, err := fmt.Fprintf(w, "  entries: %d before, %d after; what else it changes is not known, since the list in force can't be read\n", d.Before, d.After)
		return err
	}
	fmt.Fprintf(w, "  entries: %d before, %d after; %d added, %d changed, %d removed\n", d.Before, d.After, d.Added, d.Changed, d.Removed)
	fmt.Fprintf(w, "  blocks %d entries (%d IMEIs), frees %d (%d)\n", d.Blocked.Entries, d.Blocked.IMEIs, d.Freed.Entries, d.Freed.IMEIs)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	parts := func(name string, all []feed.Part) {
		for i, p := range all {
			if i == 0 {
				fmt.Fprintf(table, "  %s\tBLOCKED\tFREED\n", name)
			}
			fmt.Fprintf(table, "  %s\t%d\t%d\n", or(p.Name, "-"), p.Blocked.Entries, p.Freed.Entries)
		}
	}
	parts("TAC", d.TACs)
	parts("REASON", d.Reasons)
	for i, s := range d.Sample {
		if i == 0 {
			fmt.Fprintln(table, "  FOR EXAMPLE\tWAS\tBECOMES\tREASON")
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", s.Target, or(s.Old, "not listed"), or(s.New, "not listed"), or(s.Reason, "-"))
	}
	return table.Flush()
}

func newFeedRelease() *cobra.Command {
	var r running
	var p admin.Pick
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "release --sha256 HEX",
		Short: "Put a held update in force",
		Long: `Put a held update in force, whatever the guard says of it. Look at it first:
` + "`paperweight feed held`" + ` prints the command with the beginning of its hash, 8
digits or more, so that you release what you looked at and nothing else: where
another update was put in its place meanwhile, nothing is done.

` + runningHelp,
		Example: `  paperweight feed release --feed national --sha256 0123456789ab`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := named(&p); err != nil {
				return err
			}
			return r.with(func(c *admin.Client) error {
				s, err := c.Release(cmd.Context(), p)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(s)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "in force: %s; sequence %d, %d entries\n", s.Target, s.To.Sequence, s.To.Entries)
				return err
			})
		},
	}
	bindPick(cmd, &r, &p, &asJSON)
	return cmd
}

func newFeedReject() *cobra.Command {
	var r running
	var p admin.Pick
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "reject --sha256 HEX",
		Short: "Give up a held update, for good",
		Long: `Give up a held update, for good: this node never takes it. What follows builds
on it, so the list stays where it is until the authority publishes a snapshot
(` + "`paperweight feed snapshot`" + `), which the guard judges as well. Tell them. The
command stands in ` + "`paperweight feed held`" + `; where another update was put in the
place of that one meanwhile, nothing is done.

` + runningHelp,
		Example: `  paperweight feed reject --feed national --sha256 0123456789ab`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := named(&p); err != nil {
				return err
			}
			return r.with(func(c *admin.Client) error {
				h, err := c.Reject(cmd.Context(), p)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(h)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "rejected: %s; the list stays at sequence %d until a snapshot comes\n", h.Target, h.From.Sequence)
				return err
			})
		},
	}
	bindPick(cmd, &r, &p, &asJSON)
	return cmd
}

func bindPick(cmd *cobra.Command, r *running, p *admin.Pick, asJSON *bool) {
	r.bind(cmd)
	cmd.Flags().StringVar(&p.Feed, "feed", "", "the feed's `NAME`; needed where several hold the same update")
	cmd.Flags().StringVar(&p.SHA256, "sha256", "", "how the hash of the update begins, 8 digits or more, as feed held prints it: `HEX`. Needed")
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

// named makes sure that the command line says which update it means.
func named(p *admin.Pick) error {
	if p.SHA256 == "" {
		return &usageError{errors.New("--sha256 HEX is needed: `paperweight feed held` shows the update, and prints the command")}
	}
	if err := p.Validate(); err != nil {
		return &usageError{err}
	}
	return nil
}
