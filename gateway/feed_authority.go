package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"paperweight/store/feed/publish"
	"paperweight/store/feed/trust"
)

// authority is what the commands of a feed's authority have in common.
type authority struct {
	dir  string
	keys []string
	json bool
}

const keysHelp = `Keys are private keys in PEM (PKCS #8), --key FILE each; those of a laboratory
(DIR/keys) are used without being named. Where a signature is missing, what was
prepared is kept: sign, then publish without --from.`

func (a *authority) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&a.dir, "dir", "", "the feed's `DIR`")
	flags.StringArrayVar(&a.keys, "key", nil, "sign with the private key in `FILE`; repeat it")
	flags.BoolVar(&a.json, "json", false, "print JSON")
}

func (a *authority) needed() error {
	if a.dir == "" {
		return &usageError{errors.New("--dir DIR is needed: the feed's directory")}
	}
	return nil
}

// withPublisher opens a feed's directory for as long as do needs it.
func withPublisher(c publish.Config, do func(*publish.Publisher) error) error {
	p, err := publish.Open(c)
	if err != nil {
		return err
	}
	return errors.Join(do(p), p.Close())
}

func newFeedInit() *cobra.Command {
	var a authority
	var lab bool
	cmd := &cobra.Command{
		Use:   "init --dir DIR [--lab]",
		Short: "Begin a feed: its keys, and who may sign what",
		Long: `Begin a feed, or say how far its ceremony is: run it again after each step. The
roles, how many keys each has, and where they are kept:

  root       2 of 3  offline   names every key; nodes are given it
  targets    2 of 2  offline   delegates to the next two
  snapshots  2 of 2  offline   signs whole lists
  deltas     1       online    signs changes
  snapshot   1       online    says which versions belong together
  timestamp  1       online    says which is the newest

So who steals the online keys can forge a change, which nodes' guards limit, and
can't replace a list. --lab makes every key at once in DIR/keys and publishes an
empty feed: for a laboratory, since who reads that folder signs what he likes.`,
		Example: `  paperweight feed init --dir /srv/feed
  paperweight feed init --lab --dir authority`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.needed(); err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			if lab {
				if err := publish.InitLab(a.dir, nil, time.Now()); err != nil {
					return err
				}
				_, err := fmt.Fprintf(w, `A laboratory's feed, still empty: every key lies in %[1]s/keys.
Next:
  paperweight feed publish --dir %[1]s --from LIST.csv
  paperweight feed serve --dir %[1]s --listen 127.0.0.1:8080
  paperweight serve --feed http://127.0.0.1:8080 --feed-root %[1]s/public/root.json
`, a.dir)
				return err
			}
			steps, err := publish.Init(a.dir, nil, time.Now())
			if err != nil {
				return err
			}
			if a.json {
				return json.NewEncoder(w).Encode(steps)
			}
			return printCeremony(w, steps)
		},
	}
	cmd.Flags().StringVar(&a.dir, "dir", "", "the feed's `DIR`")
	cmd.Flags().BoolVar(&lab, "lab", false, "make every key here and now, for a laboratory")
	cmd.Flags().BoolVar(&a.json, "json", false, "print the steps as JSON")
	return cmd
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

func newFeedSign() *cobra.Command {
	var a authority
	cmd := &cobra.Command{
		Use:   "sign --dir DIR --key FILE...",
		Short: "Sign what waits, each custodian for himself",
		Long: `Sign what waits in a feed's directory with each key given, and publish nothing.
Each custodian does it for himself, in any order, on a machine without a network
to which the directory was carried.`,
		Example: `  paperweight feed status --dir /media/feed
  paperweight feed sign --dir /media/feed --key root-1.pem`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.needed(); err != nil {
				return err
			}
			keys, err := publish.Keys(a.dir, a.keys...)
			if err != nil {
				return err
			}
			return withPublisher(publish.Config{Dir: a.dir}, func(p *publish.Publisher) error {
				roles, err := p.Sign(keys...)
				if err != nil {
					return err
				}
				if a.json {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(p.Status(time.Now()).Pending)
				}
				if len(roles) == 0 {
					return errors.New("nothing that waits is for these keys to sign")
				}
				fmt.Fprintln(cmd.OutOrStdout(), "signed:", strings.Join(roles, ", "))
				return printAuthority(cmd.OutOrStdout(), p.Status(time.Now()), false)
			})
		},
	}
	a.bind(cmd)
	return cmd
}

func newFeedRotate() *cobra.Command {
	var a authority
	var out, in []string
	var threshold int
	cmd := &cobra.Command{
		Use:   "rotate --dir DIR [--out KEYID]... [--in PUBLIC]... ROLE",
		Short: "Change the keys of a role",
		Long: `Change the keys of a role, by their IDs and by files of public keys: because one
was lost or stolen, because a custodian leaves, or because a year is over. A root
is signed by enough of its old keys and of its new ones, so nodes follow it by
themselves.

` + keysHelp,
		Example: `  openssl genpkey -algorithm ed25519 -out deltas-2.pem && openssl pkey -in deltas-2.pem -pubout -out deltas-2.pub
  paperweight feed rotate --dir /srv/feed --out 0123... --in deltas-2.pub --key root-1.pem --key root-2.pem deltas`,
		Args: exactly("ROLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.change(cmd, publish.Config{}, func(p *publish.Publisher, s signers) (publish.Result, error) {
				by := trust.Rotation{Out: out, Threshold: threshold}
				for _, name := range in {
					key, _, err := publish.ReadPublicKey(name)
					if err != nil {
						return publish.Result{}, err
					}
					by.In = append(by.In, key)
				}
				return p.Rotate(args[0], by, time.Now(), s...)
			})
		},
	}
	a.bind(cmd)
	cmd.Flags().StringArrayVar(&out, "out", nil, "a key that may not sign any more, a `KEYID`; repeat it")
	cmd.Flags().StringArrayVar(&in, "in", nil, "a key that may, a public key in PEM, a `FILE`; repeat it")
	cmd.Flags().IntVar(&threshold, "threshold", 0, "how many must sign, `N` (default as before)")
	return cmd
}
