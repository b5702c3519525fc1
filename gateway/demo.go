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

	"paperweight/eir"
	"paperweight/gateway/admin"
	"paperweight/gateway/config"
	"paperweight/gateway/mme"
	"paperweight/store/intake"
)

// The phone of the demonstration, of a model that nobody makes, and a list
// that permits the model and bars another phone.
const (
	demoPhone = "00440100000001"
	demoList  = `target,status,reason,reference
00440100,permitted,type approved,
00440199000001,prohibited,stolen,police 2026-17
`
)

func newDemo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show the whole of it: a phone is stolen, and blocked",
		Long: `Show the whole of it in a few seconds, in this one process: a node starts on a
directory and on ports of its own, a list is imported, an MME asks about a phone
over Diameter S13 and is told that it is permitted; its theft is reported; the
MME asks again, and explain says why the answer is another one. Nothing is left
behind.`,
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
	c := config.Default()
	c.Store.Data = filepath.Join(dir, "data")
	c.Diameter.Listen = []string{"127.0.0.1:0"}
	c.Admin.Listen = "127.0.0.1:0"
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
		if err == nil {
			fmt.Fprint(w, "\nThe node is stopped, its data removed. Your turn: paperweight serve\n")
		}
	}()
	client, err := admin.NewClient("http://" + n.adminAt.String())
	if err != nil {
		return err
	}
	target := n.diameterAt[0].String()
	d := &demo{w: w}
	d.step("A node starts: Diameter S13 on %s, the operator's port on %s.", target, n.adminAt)

	d.step("A list is imported: phones of the model 00440100 are permitted.")
	list := filepath.Join(dir, "list.csv")
	if err := os.WriteFile(list, []byte(demoList), 0o600); err != nil {
		return err
	}
	d.command("import list.csv")
	result, err := client.Import(ctx, admin.Job{Files: []intake.File{intake.Path(list)}})
	if err != nil {
		return err
	}
	if err := printResult(w, w, result, ""); err != nil {
		return err
	}

	if d.mme, err = mme.Dial(ctx, mme.Options{Target: target, OriginHost: "mme.epc.example.org", OriginRealm: "epc.example.org", Timeout: 5 * time.Second}); err != nil {
		return err
	}
	defer d.mme.Close()
	d.step("A phone attaches. Its MME asks over S13.")
	if err := d.check(ctx, "permitted"); err != nil {
		return err
	}
	d.step("The phone is stolen; the theft is reported to the operator.")
	d.command(`list add --status prohibited --reason "stolen, report 4711" ` + demoPhone)
	applied, err := client.Add(ctx, admin.Entry{Target: admin.Target{Equipment: demoPhone}, Status: eir.Prohibited, Reason: "stolen, report 4711"})
	if err != nil {
		return err
	}
	if err := printApplied(w, applied, false); err != nil {
		return err
	}
	d.step("The thief switches it on. The MME asks again.")
	if err := d.check(ctx, "prohibited"); err != nil {
		return err
	}
	d.step("Why?")
	d.command("explain " + demoPhone)
	e, err := client.Explain(ctx, admin.Question{IMEI: demoPhone})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(w, e.Text)
	return err
}

// demo prints the steps and does what more than one of them does.
type demo struct {
	w io.Writer

	mme   *mme.Client
	steps int
}

func (d *demo) step(format string, args ...any) {
	d.steps++
	fmt.Fprintf(d.w, "\n%d. %s\n", d.steps, fmt.Sprintf(format, args...))
}

func (d *demo) command(line string) { fmt.Fprintf(d.w, "$ paperweight %s\n", line) }

// check asks about the phone, and fails where the answer is not the one that
// the story needs.
func (d *demo) check(ctx context.Context, want string) error {
	d.command("check " + demoPhone)
	q := mme.Question{IMEI: demoPhone}
	a, err := d.mme.Ask(ctx, q)
	if err != nil {
		return err
	}
	if err := new(checkFlags).print(d.w, q, a); err != nil {
		return err
	}
	if a.Status != want {
		return fmt.Errorf("the node answers %s, not %s", a.Status, want)
	}
	return nil
}
