package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"time"

	"github.com/spf13/cobra"

	"paperweight/gateway/config"
	"paperweight/store/feed/publish"
	"paperweight/store/feed/trust"
)

func newFeedInit() *cobra.Command {
	var a authority
	var lab bool
	var lifetimes map[string]string
	cmd := &cobra.Command{
		Use:   "init --dir DIR [--lab]",
		Short: "Begin a feed: its keys, and who may sign what",
		Long: `Begin a feed, or say how far its ceremony is: run it again after each step. The
roles, how many keys each has, where they are kept, and how long what they sign
is valid:

  root       2 of 3  offline  a year       names every key; nodes are given it
  targets    2 of 2  offline  a year       delegates to the next two
  snapshots  2 of 2  offline  half a year  signs whole lists
  deltas     1       online   30 days      signs changes
  snapshot   1       online   7 days       says which versions belong together
  timestamp  1       online   3 days       says which is the newest

So who steals the online keys can forge a change, which nodes' guards limit, and
can't replace a list. A shorter life makes withholding show sooner, and wants
renewing more often: publish renews the last two, so run it by a timer. What is
chosen with --lifetime and --grace (paperweight feed snapshot --help) stands in
DIR/settings.yaml from then on, and what publish refuses beside it.

A key is a file that openssl makes, or lies in an HSM: ` + "`paperweight feed key`" + `.
--lab makes every key at once in DIR/keys and publishes an empty feed: for a
laboratory, since who reads that folder signs what he likes.`,
		Example: `  paperweight feed init --dir /srv/feed --lifetime timestamp=24h,snapshot=72h
  paperweight feed init --dir /srv/feed
  paperweight feed init --lab --dir authority`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.needed(); err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			settings, err := a.chosen(cmd, lifetimes)
			if err != nil {
				return err
			}
			if lab {
				err = publish.InitLab(a.dir, settings.Lifetimes, time.Now())
			}
			if err != nil {
				return err
			}
			steps, err := publish.Init(a.dir, settings.Lifetimes, time.Now())
			switch {
			case err != nil:
				return err
			case a.json:
				return json.NewEncoder(w).Encode(steps)
			case lab:
				_, err = fmt.Fprintf(w, `A laboratory's feed, still empty: every key lies in %[1]s/keys.
Next:
  paperweight feed publish --dir %[1]s --from LIST.csv
  paperweight feed serve --dir %[1]s --listen 127.0.0.1:8080
  paperweight serve --feed http://127.0.0.1:8080 --feed-root %[1]s/public/root.json
`, a.dir)
				return err
			}
			return printCeremony(w, steps)
		},
	}
	a.bindDir(cmd)
	cmd.Flags().BoolVar(&lab, "lab", false, "make every key here and now, for a laboratory")
	cmd.Flags().StringToStringVar(&lifetimes, "lifetime", nil, "how long what a role signs is valid, `ROLE=DURATION` as timestamp=24h; repeat it")
	a.bindGrace(cmd, "72h")
	cmd.Flags().BoolVar(&a.json, "json", false, "print the steps as JSON")
	return cmd
}

// chosen returns the settings of a feed, and writes them where it has none.
func (a *authority) chosen(cmd *cobra.Command, lifetimes map[string]string) (config.Authority, error) {
	settings, err := config.ReadAuthority(a.dir)
	if err != nil {
		return settings, err
	}
	life := maps.Clone(settings.Lifetimes)
	for role, text := range lifetimes {
		if life[role], err = time.ParseDuration(text); err != nil {
			return settings, &usageError{fmt.Errorf("--lifetime %s=%s: a duration is wanted, as 24h", role, text)}
		}
	}
	asked := settings
	asked.Lifetimes = life
	if cmd.Flags().Changed("grace") {
		asked.Grace = a.grace
	}
	if err := asked.Validate(); err != nil {
		return settings, &usageError{err}
	}
	err = asked.Write(a.dir)
	switch {
	case !errors.Is(err, fs.ErrExist):
		return asked, err
	case !maps.Equal(life, settings.Lifetimes) || asked.Grace != settings.Grace:
		return settings, fmt.Errorf("the lifetimes and the grace of this feed were chosen: change them in %s/settings.yaml", a.dir)
	}
	return settings, nil
}

func printCeremony(w io.Writer, steps []publish.Step) error {
	for i, s := range steps {
		done := ""
		if s.Done {
			done = "  (done)"
		}
		fmt.Fprintf(w, "%d. %s%s\n   Where: %s.\n   Why: %s\n", i+1, s.Title, done, s.Where, s.Why)
		if !s.Done {
			for _, c := range s.Commands {
				fmt.Fprintf(w, "     $ %s\n", c)
			}
			for _, m := range s.Missing {
				fmt.Fprintf(w, "   Missing: %s\n", m)
			}
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return nil
}

// roles completes the roles of a feed.
func roles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return trust.Roles(), cobra.ShellCompDirectiveNoFileComp
}

// completeDir lets shells complete a flag with directories.
func completeDir(cmd *cobra.Command, flag string) {
	if err := cmd.MarkFlagDirname(flag); err != nil {
		panic(err) // the flag is not there: our mistake, which every test finds
	}
}
