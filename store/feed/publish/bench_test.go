package publish

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"paperweight/store/intake"
)

// BenchmarkPublish measures, on a list of so many entries, the first
// publication, the same list again with a hundredth of it changed, a delta of
// 50,000 and one of a single phone:
//
//	PUBLISH_ENTRIES=10000000 go test ./store/feed/publish -run XXX -bench Publish -benchtime 1x
func BenchmarkPublish(b *testing.B) {
	n, _ := strconv.Atoi(os.Getenv("PUBLISH_ENTRIES"))
	n = max(n, 100_000)
	dir := b.TempDir()
	list := func(name string, every, shift int) intake.File {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		w := bufio.NewWriter(f)
		fmt.Fprintln(w, "imei,block_date,reasons")
		rng := rand.New(rand.NewPCG(1, 0))
		for i := 0; i < n; i++ {
			// Some thousand models, in the order in which phones are stolen.
			imei := rng.IntN(3000)*1_000_000 + rng.IntN(1_000_000)
			if i%every == 0 {
				day := 1 + (i+shift)*365/(n+shift)
				fmt.Fprintf(w, "%014d,%s,%s\n", imei, dayOne.AddDate(0, 0, -day).Format("20060102"), []string{"stolen", "lost", "cloned"}[(imei+shift)%3])
			}
		}
		if err := w.Flush(); err != nil {
			b.Fatal(err)
		}
		f.Close()
		return intake.Path(path)
	}
	if err := InitLab(filepath.Join(dir, "feed"), nil, dayOne); err != nil {
		b.Fatal(err)
	}
	p, err := Open(Config{Dir: filepath.Join(dir, "feed")})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	keys, err := Keys(filepath.Join(dir, "feed"))
	if err != nil {
		b.Fatal(err)
	}
	run := func(what string, next func() intake.File) {
		b.Run(what, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				file := next()
				b.StartTimer()
				r, err := p.Publish(context.Background(), Job{Files: []intake.File{file}, Keys: keys, At: dayOne, Confirm: true})
				if err != nil {
					b.Fatal(err)
				}
				for _, t := range r.Added {
					b.ReportMetric(float64(t.Octets), "octets")
					b.ReportMetric(float64(t.Records), "records")
				}
			}
		})
	}
	whole := func(name string) func() intake.File {
		return func() intake.File { return list(name, 1, 0) }
	}
	// Each delta is of the next run, since none is published twice.
	at := 1
	delta := func(every, shift int) func() intake.File {
		return func() intake.File {
			at++
			return list(fmt.Sprintf("20260302_blacklist_delta_%d_%d_blocked.csv", at-1, at), every, shift+at)
		}
	}
	run("first", whole("20260301_blacklist.csv"))
	run("again", whole("20260302_blacklist.csv"))
	run("fifty thousand", delta(max(n/50_000, 1), 1))
	run("one", delta(n, 2))
}
