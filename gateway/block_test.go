package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"

	"paperweight/gateway/config"
	"paperweight/gateway/mme"
)

// BenchmarkTimeToBlock publishes single phones as an authority does and asks
// over S13, as an MME does, until each is prohibited: `make time-to-block`. The
// authority, its web server, the node and the MME share this machine, and all
// files are on its disk. p50 and p99 are of the time from the report to that
// answer; publish is the part of it that the authority takes.
func BenchmarkTimeToBlock(b *testing.B) {
	b.Run("notified", func(b *testing.B) { timeToBlock(b, true) })
	b.Run("polling", func(b *testing.B) { timeToBlock(b, false) })
}

func timeToBlock(b *testing.B, notify bool) {
	ctx, cancel := context.WithCancel(context.Background())
	d := &demo{w: io.Discard, dir: b.TempDir()}
	if err := d.begin(ctx); err != nil {
		b.Fatal(err)
	}
	defer func() {
		cancel()
		if err := <-d.served; err != nil {
			b.Error(err)
		}
	}()
	c := config.Default()
	c.Store.Data = filepath.Join(d.dir, "data")
	c.Diameter.Listen, c.Admin.Listen = []string{"127.0.0.1:0"}, "127.0.0.1:0"
	f := config.DefaultFeed()
	f.Name, f.Mirrors, f.Root = config.NationalFeed, []string{d.url}, filepath.Join(d.dir, "authority", "public", "root.json")
	f.Poll, f.Notify = time.Second, notify
	c.Feeds = []config.Feed{f}
	n, err := start(c, zap.NewNop(), zap.NewAtomicLevel())
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := n.stop(context.Background()); err != nil {
			b.Error(err)
		}
	}()
	d.mme, err = mme.Dial(ctx, mme.Options{Target: n.diameterAt[0].at.String(), OriginHost: "mme.epc.example.org", OriginRealm: "epc.example.org", Timeout: 5 * time.Second})
	if err != nil {
		b.Fatal(err)
	}
	defer d.mme.Close()
	if err := d.until(ctx, demoPhone, "permitted"); err != nil {
		b.Fatal(err)
	}
	list := demoList
	var whole, publishing []time.Duration
	for b.Loop() {
		phone := fmt.Sprintf("004401%08d", 2+len(whole))
		list += phone + ",prohibited,stolen,\n"
		// A theft is reported at any time, not just after a poll.
		time.Sleep(rand.N(f.Poll))
		reported := time.Now()
		if err := d.publish(ctx, list); err != nil {
			b.Fatal(err)
		}
		publishing = append(publishing, time.Since(reported))
		if err := d.until(ctx, phone, "prohibited"); err != nil {
			b.Fatal(err)
		}
		whole = append(whole, time.Since(reported))
	}
	report := func(name string, all []time.Duration) {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "ms-"+name+"-p50")
		b.ReportMetric(float64(all[(len(all)-1)*99/100].Microseconds())/1000, "ms-"+name+"-p99")
	}
	report("block", whole)
	report("publish", publishing)
}
