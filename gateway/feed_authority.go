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
	dir   string
	keys  []string
	json  bool
	grace time.Duration
}

func (a *authority) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	a.bindDir(cmd)
	flags.StringArrayVar(&a.keys, "key", nil, "sign with the private `KEY`, a file or pkcs11:URI; repeat it")
	flags.BoolVar(&a.json, "json", false, "print JSON")
}

func (a *authority) bindDir(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.dir, "dir", "", "the feed's `DIR`")
	completeDir(cmd, "dir")
}

const graceHelp = `Each publication removes files from DIR/public to which none has led for the
grace, 72 hours by default: metadata of publications before, snapshots that were
replaced, deltas that were taken off. Nodes in the midst of a fetch need them, and
mirrors in the midst of a copy. Nobody else does: a node that was away, however
long, follows the deltas that are listed now, or takes the snapshot. Roots stay.
Where the grace is shorter than a fetch takes, the node finds a file missing and
asks again with its next poll.`

func (a *authority) bindGrace(cmd *cobra.Command, byDefault string) {
	cmd.Flags().DurationVar(&a.grace, "grace", 0, "how long a file stays in DIR/public to which no publication leads any more, a `DURATION` (default "+byDefault+")")
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

func newFeedSign() *cobra.Command {
	var a authority
	cmd := &cobra.Command{
		Use:   "sign --dir DIR --key KEY...",
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
			return withKeys(a.dir, a.keys, func(keys signers) error {
				return withPublisher(publish.Config{Dir: a.dir}, func(p *publish.Publisher) error {
					return a.sign(cmd.OutOrStdout(), p, keys)
				})
			})
		},
	}
	a.bind(cmd)
	return cmd
}

func (a *authority) sign(w io.Writer, p *publish.Publisher, keys signers) error {
	roles, err := p.Sign(keys...)
	switch {
	case err != nil:
		return err
	case len(roles) == 0:
		return errors.New("nothing that waits is for these keys to sign")
	case a.json:
		return json.NewEncoder(w).Encode(p.Status(time.Now()).Pending)
	}
	fmt.Fprintln(w, "signed:", strings.Join(roles, ", "))
	return printAuthority(w, p.Status(time.Now()), false)
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
themselves. ` + "`paperweight feed key`" + ` says which ID a key has.

` + keysHelp,
		Example: `  openssl genpkey -algorithm ed25519 -out deltas-2.pem && openssl pkey -in deltas-2.pem -pubout -out deltas-2.pub
  paperweight feed rotate --dir /srv/feed --out 0123... --in deltas-2.pub --key root-1.pem --key root-2.pem deltas`,
		Args: exactly("ROLE"), ValidArgsFunction: roles,
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
