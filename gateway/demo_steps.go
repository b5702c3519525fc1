package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"paperweight/gateway/mme"
	"paperweight/store/feed"
	"paperweight/store/feed/publish"
	"paperweight/store/intake"
)

// demo prints the steps and does what more than one of them does.
type demo struct {
	w   io.Writer
	dir string

	// url is where the feed is served, until served says how that ended.
	url    string
	served chan error
	mme    *mme.Client
	steps  int
}

// begin makes the authority, with its first list, and serves it until ctx ends.
func (d *demo) begin(ctx context.Context) error {
	d.command("feed init --lab --dir authority")
	authority := filepath.Join(d.dir, "authority")
	if err := publish.InitLab(authority, nil, time.Now()); err != nil {
		return err
	}
	if err := d.publish(ctx, demoList); err != nil {
		return err
	}
	d.command("feed serve --dir authority")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.url, d.served = "http://"+l.Addr().String(), make(chan error, 1)
	go func() { d.served <- serveFeed(ctx, authority, l, nil, io.Discard) }()
	return nil
}

// publish publishes a list.
func (d *demo) publish(ctx context.Context, text string) error {
	d.command("feed publish --dir authority --from list.csv")
	list, authority := filepath.Join(d.dir, "list.csv"), filepath.Join(d.dir, "authority")
	if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
		return err
	}
	keys, err := publish.Keys(authority)
	if err != nil {
		return err
	}
	return withPublisher(publish.Config{Dir: authority, Guard: feed.DefaultGuard(), Files: intake.DefaultLimits().Files}, func(p *publish.Publisher) error {
		r, err := p.Publish(ctx, publish.Job{Files: []intake.File{intake.Path(list)}, Keys: keys, At: time.Now()})
		if err != nil {
			return err
		}
		return printPublished(d.w, r)
	})
}

// until asks about a phone, as MMEs do, until the answer is the one that is
// waited for.
func (d *demo) until(ctx context.Context, imei, want string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 15*time.Second, errors.New("15 seconds are over"))
	defer cancel()
	for {
		a, err := d.mme.Ask(ctx, mme.Question{IMEI: imei})
		switch {
		case err != nil:
			return err
		case a.Status == want:
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the node goes on answering %s, not %s", a.Status, want)
		case <-time.After(time.Millisecond):
		}
	}
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
