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
	run := func(what string, file intake.File) {
		b.Run(what, func(b *testing.B) {
			for range b.N {
				r, err := p.Publish(context.Background(), Job{Files: []intake.File{file}, Keys: keys, At: dayOne})
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
	run("first", list("20260301_blacklist.csv", 1, 0))
	run("again", list("20260302_blacklist.csv", 1, 0))
	run("fifty thousand", list("20260302_blacklist_delta_1_2_blocked.csv", max(n/50_000, 1), 1))
	run("one", list("20260303_blacklist_delta_2_3_blocked.csv", n, 2))
}
