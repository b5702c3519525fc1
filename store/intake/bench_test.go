package intake_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"paperweight/store/intake"
)

// BenchmarkRun imports a blacklist of a million lines, in no order, from a
// file into a store on disk, in the place of the last one.
func BenchmarkRun(b *testing.B) {
	const n = 1_000_000
	path := filepath.Join(b.TempDir(), "20171016_120000_blacklist.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "imei,block_date,reasons")
	random := rand.New(rand.NewPCG(1, 2))
	for range n {
		fmt.Fprintf(w, "00%012d,20171016,IMEI found on local stolen list\n", random.Uint64N(1e12))
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	size, err := f.Seek(0, 1)
	if err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	st := open(b)
	b.SetBytes(size)
	for b.Loop() {
		r, err := intake.Run(context.Background(), st, intake.Job{Files: []intake.File{intake.Path(path)}, At: at}, intake.Events{})
		if err != nil || r.Records != n {
			b.Fatal(r.Records, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/line")
}
