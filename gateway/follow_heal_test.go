package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"

	"paperweight/eir"
	"paperweight/gateway/config"
	"paperweight/store/feed/publish"
)

// A block that rots under a running node is found by a check, and the feed has the
// list again at once, though its next poll is an hour away.
func TestFeedHealsAtOnce(t *testing.T) {
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
	const entries = 900
	list := demoList
	for i := range entries {
		// With references it takes several blocks, of which none but the outer was read.
		list += fmt.Sprintf("004401%08d,prohibited,stolen,%x\n", 1000+i, sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
	}
	if err := d.publish(ctx, list); err != nil {
		t.Fatal(err)
	}
	// A whole list, which comes as a table.
	authority := filepath.Join(d.dir, "authority")
	keys, err := publish.Keys(authority)
	if err != nil {
		t.Fatal(err)
	}
	err = withPublisher(publish.Config{Dir: authority}, func(p *publish.Publisher) error {
		_, err := p.BeginEpoch(ctx, time.Now(), keys...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Store.Data = filepath.Join(d.dir, "data")
	c.Diameter.Listen, c.Admin.Listen = []string{"127.0.0.1:0"}, "127.0.0.1:0"
	f := config.DefaultFeed()
	f.Name, f.Mirrors, f.Root, f.Poll = config.NationalFeed, []string{d.url}, filepath.Join(authority, "public", "root.json"), time.Hour
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
	await := func(what string, met func() bool) {
		t.Helper()
		for end := time.Now().Add(patience); !met(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: never; %+v", what, n.feeds.status())
			}
		}
	}
	failed := func() (failed int) {
		for i := range entries {
			imei := fmt.Sprintf("004401%08d", 1000+i)
			switch v := n.register.Check(eir.ParseQuery([]byte(imei), nil, nil, time.Now().Unix())); {
			case v.Rule == eir.RuleStoreFailure:
				failed++
			case v.Status != eir.Prohibited:
				t.Fatalf("%s is %s by %s", imei, v.Status, v.Rule)
			}
		}
		return failed
	}
	await("the list", func() bool { return n.feeds.status()[0].Entries > entries })
	tables, err := filepath.Glob(filepath.Join(c.Store.Data, "tables", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("tables %v, %v", tables, err)
	}
	for _, name := range tables {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)/2] ^= 0x10
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = file.Write(text)
		if err != nil || file.Close() != nil {
			t.Fatal(err)
		}
	}
	if failed() == 0 {
		t.Error("nothing is rotten")
	}
	await("a list that is whole", func() bool { return n.store.Err() == nil })
	if got := failed(); got > 0 {
		t.Errorf("%d checks fail", got)
	}
}
