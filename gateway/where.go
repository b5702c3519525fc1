package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"paperweight/eir"
	"paperweight/gateway/admin"
	"paperweight/gateway/config"
	"paperweight/store"
	"paperweight/store/intake"
)

const defaultAdmin = "http://127.0.0.1:9313"

// whereHelp stands in the help of every command that has the flags of where.
const whereHelp = `It talks to the running node at --admin URL (` + defaultAdmin + ` unless
given). With --data DIR it opens the data of a node that is stopped instead;
it never does so unasked, since a node that is only slow to answer may be the
one that owns them.`

// lists are the operations on a node: an *admin.Client does them on one that
// runs, an *admin.Node on the data of one that is stopped.
type lists interface {
	Import(context.Context, admin.Job) (intake.Result, error)
	Add(context.Context, admin.Entry) (store.Applied, error)
	Remove(context.Context, admin.Target) (store.Applied, error)
	ImportOwn(context.Context, admin.OwnImport) (admin.OwnImported, error)
	Show(context.Context) iter.Seq2[admin.Entry, error]
	Sources(context.Context) ([]store.SourceState, error)
	Accept(context.Context, admin.Accepting) (admin.Accepted, error)
	Explain(context.Context, admin.Question) (admin.Explanation, error)
	Try(context.Context, admin.Trial) (admin.Outcome, error)
}

// where says on which node a command works.
type where struct{ admin, data, config string }

func (w *where) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&w.admin, "admin", defaultAdmin, "admin port of the running node, a `URL`")
	flags.StringVar(&w.data, "data", "", "data `DIR` of a node that is stopped")
	flags.StringVar(&w.config, "config", "", "with --data: configuration `FILE`, for the policy and the limits of imports")
}

// with calls do with the lists. fresh says that data may begin here.
func (w *where) with(cmd *cobra.Command, fresh bool, do func(lists) error) error {
	if w.data != "" && cmd.Flags().Changed("admin") {
		return &usageError{errors.New("--admin and --data exclude each other: the node runs, or it is stopped")}
	}
	if w.data == "" {
		if w.config != "" {
			return &usageError{errors.New("--config needs --data: a running node has its own configuration")}
		}
		client, err := admin.NewClient(w.admin)
		if err != nil {
			return &usageError{err}
		}
		return unreachable(do(client), w.admin == defaultAdmin)
	}
	if _, err := os.Stat(w.data); err != nil && !fresh {
		return fmt.Errorf("there is no data at %s: %w", w.data, err)
	}
	c, err := config.Read(w.config, func(c *config.Config) { c.Store.Data = w.data })
	if err != nil {
		return err
	}
	return offline(c, cmd.ErrOrStderr(), do)
}

// offline opens the data, and tells what the store has to complain of.
func offline(c config.Config, stderr io.Writer, do func(lists) error) (err error) {
	log, _, err := newLog(config.Log{Level: "warn", Format: "console"}, stderr)
	if err != nil {
		return err
	}
	st, err := openStore(c, storeEvents(log.With(zap.String("data", c.Store.Data))))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	policy, err := deciding(&c, st)
	if err != nil {
		return err
	}
	register, err := eir.New(st, policy)
	if err != nil {
		return err
	}
	return do(&admin.Node{
		Store: st, Register: register, Limits: c.Import,
		Policy: func() eir.Policy { return policy },
	})
}

// unreachable says what to do when no node answers.
func unreachable(err error, byDefault bool) error {
	var u *admin.Unreachable
	if !errors.As(err, &u) {
		return err
	}
	another := "name another: --admin URL"
	if !byDefault {
		another = "look whether --admin is right"
	}
	return fmt.Errorf("%w\n  start a node: paperweight serve\n  or %s\n  or open the data of one that is stopped: --data DIR", err, another)
}
