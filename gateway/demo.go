package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"paperweight/gateway/admin"
	"paperweight/gateway/config"
	"paperweight/gateway/mme"
)

// The phone of the demonstration, of a model that nobody makes; a national list
// that permits the model and bars another phone; and what a theft adds to it.
const (
	demoPhone = "00440100000001"
	demoList  = `target,status,reason,reference
00440100,permitted,type approved,
00440199000001,prohibited,stolen,police 2026-17
`
	demoTheft = demoPhone + ",prohibited,\"stolen, report 4711\",police 2026-18\n"
)

func newDemo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show the whole of it: a phone is stolen, and blocked",
		Long: `Show the whole of it in a few seconds, in this one process: an authority makes
a signed feed and publishes its list; a node starts on a directory and on ports
of its own, and follows; an MME asks about a phone over Diameter S13 and is told
that it is permitted; its theft is reported and published; the MME asks again,
the time that passed is measured, and explain says why the answer is another one.
Nothing is left behind.`,
		Example: "  paperweight demo",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			dir, err := os.MkdirTemp("", "paperweight-demo-")
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
			return demonstrate(cmd.Context(), cmd.OutOrStdout(), dir)
		},
	}
}

func demonstrate(ctx context.Context, w io.Writer, dir string) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := &demo{w: w, dir: dir}
	d.step("An authority makes its keys, publishes its list, and serves both.")
	if err := d.begin(ctx); err != nil {
		return err
	}
	// The feed ends after the node that follows it.
	defer func() {
		cancel()
		err = errors.Join(err, <-d.served)
		if err == nil {
			fmt.Fprint(w, "\nAuthority and node are stopped, their data removed. Your turn: paperweight serve\n")
		}
	}()

	d.step("A node starts and follows the feed: it trusts root.json, and nothing else.")
	c := config.Default()
	c.Store.Data = filepath.Join(dir, "data")
	c.Diameter.Listen = []string{"127.0.0.1:0"}
	c.Admin.Listen = "127.0.0.1:0"
	d.command("serve --feed " + d.url + " --feed-root authority/public/root.json")
	(&serveFlags{feed: []string{d.url}, feedRoot: filepath.Join(dir, "authority", "public", "root.json")}).change(&c)
	if err := c.Validate(); err != nil {
		return err
	}
	n, err := start(c, zap.NewNop(), zap.NewAtomicLevel())
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), c.Node.ShutdownWithin)
		defer cancel()
		err = errors.Join(err, n.stop(ctx))
	}()
	target := n.diameterAt[0].at.String()
	fmt.Fprintf(w, "Diameter S13 on %s, the operator's port on %s\n", target, n.adminAt)
	client, err := admin.NewClient("http://" + n.adminAt.String())
	if err != nil {
		return err
	}
	if d.mme, err = mme.Dial(ctx, mme.Options{Target: target, OriginHost: "mme.epc.example.org", OriginRealm: "epc.example.org", Timeout: 5 * time.Second}); err != nil {
		return err
	}
	defer d.mme.Close()
	if err := d.until(ctx, demoPhone, "permitted"); err != nil {
		return err
	}

	d.step("A phone attaches. Its MME asks over S13.")
	if err := d.check(ctx, "permitted"); err != nil {
		return err
	}
	d.step("The phone is stolen; the theft is reported, and the authority publishes it.")
	reported := time.Now()
	if err := d.publish(ctx, demoList+demoTheft); err != nil {
		return err
	}
	published := time.Now()
	if err := d.until(ctx, demoPhone, "prohibited"); err != nil {
		return err
	}
	blocked := time.Now()
	d.step("The thief switches it on. The MME asks again.")
	if err := d.check(ctx, "prohibited"); err != nil {
		return err
	}
	fmt.Fprintf(w, "Time to block: %s from the report, %s of it to compute, sign and publish, %s until an MME was told.\n",
		brief(blocked.Sub(reported)), brief(published.Sub(reported)), brief(blocked.Sub(published)))
	d.step("Why?")
	d.command("explain " + demoPhone)
	e, err := client.Explain(ctx, admin.Question{IMEI: demoPhone})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(w, e.Text)
	return err
}

func brief(t time.Duration) time.Duration { return t.Round(time.Millisecond) }
