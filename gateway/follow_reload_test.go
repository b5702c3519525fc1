package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"

	"paperweight/gateway/config"
)

// Feeds are exchanged while their authority publishes and others look on: the
// list never leaves its feed, and nobody at work is left behind.
func TestFeedsChangeUnderWay(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	d := &demo{w: io.Discard, dir: t.TempDir()}
	if err := d.begin(ctx); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		if err := <-d.served; err != nil {
			t.Error(err)
		}
	}()
	c := config.Default()
	c.Store.Data = filepath.Join(d.dir, "data")
	c.Diameter.Listen, c.Admin.Listen = []string{"127.0.0.1:0"}, "127.0.0.1:0"
	f := config.DefaultFeed()
	f.Name, f.Mirrors, f.Root = config.NationalFeed, []string{d.url}, filepath.Join(d.dir, "authority", "public", "root.json")
	c.Feeds = []config.Feed{f}
	n, err := start(c, zap.NewNop(), zap.NewAtomicLevel())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()

	const rounds = 20
	list := demoList
	for round := range rounds {
		list += fmt.Sprintf("004401%08d,prohibited,stolen,\n", 2+round)
		published := make(chan error, 1)
		go func() { published <- d.publish(ctx, list) }()
		old := c
		next := c
		next.Feeds = []config.Feed{f}
		next.Feeds[0].Poll = time.Duration(1+round) * time.Minute
		files, err := readAllFiles(next.Feeds)
		if err != nil {
			t.Fatal(err)
		}
		c.Feeds = n.reloadFeeds(t.Context(), &old, &next, files)
		if got := c.Feeds[0].Poll; got != next.Feeds[0].Poll {
			t.Fatalf("round %d: polled every %s, want %s", round, got, next.Feeds[0].Poll)
		}
		if s := n.feeds.status(); len(s) != 1 || s[0].Diverged != "" {
			t.Fatalf("round %d: %+v", round, s)
		}
		if err := <-published; err != nil {
			t.Fatal(err)
		}
	}
	// The last of them follows to the end: it was told, or asks as it begins.
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		s := n.feeds.status()[0]
		if s.Sequence == rounds+1 {
			if s.Diverged != "" || s.Error != "" {
				t.Errorf("at the end: %+v", s)
			}
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the list stays at %d, want %d: %s", s.Sequence, rounds+1, s.Error)
		}
	}
}
