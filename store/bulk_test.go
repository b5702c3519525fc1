package store_test

import (
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"paperweight/eir"
	"paperweight/store"
)

// bulkEntries is the size of the lists of these benchmarks.
//
//	go test ./store -run xxx -bench Bulk -benchtime 1x
//	PAPERWEIGHT_BULK=100000000 go test ./store -run xxx -bench BulkOpen -benchtime 1x -timeout 1h
func bulkEntries(b *testing.B) int {
	n := 10 * million
	if v := os.Getenv("PAPERWEIGHT_BULK"); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

// bulkIMEI is the n-th of a list in order, as thick as national lists are.
func bulkIMEI(n int) eir.IMEI { return eir.IMEI(n)*37 + eir.IMEI(n%7) }

func bulkEntry(n int) eir.Entry {
	e := exact(bulkIMEI(n))
	e.Date = 1_700_000_000 + int64(n%3000)*86400
	return e
}

// fillBulk replaces the list and says how long it took to stage and to commit.
func fillBulk(b *testing.B, s *store.Store, entries int) (staged, committed time.Duration) {
	begin := time.Now()
	r, err := s.ReplaceSorted("national")
	if err != nil {
		b.Fatal(err)
	}
	defer r.Abort()
	for n := range entries {
		e := bulkEntry(n)
		if err := r.Add(&e); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := r.Stage(); err != nil {
		b.Fatal(err)
	}
	staged = time.Since(begin)
	if _, err := r.Commit(store.Version{}); err != nil {
		b.Fatal(err)
	}
	return staged, time.Since(begin) - staged
}

// peakRSS is the most memory that the process had, in octets, where the system
// tells.
func peakRSS() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if kB, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseFloat(strings.Fields(kB)[0], 64)
			return n * 1024
		}
	}
	return 0
}

func BenchmarkBulkReplaceSorted(b *testing.B) {
	entries := bulkEntries(b)
	s := open(b, nil, b.TempDir())
	defer s.Close()
	var staged, committed time.Duration
	for b.Loop() {
		a, c := fillBulk(b, s, entries)
		staged, committed = staged+a, committed+c
	}
	b.ReportMetric(staged.Seconds()/float64(b.N), "s-staged/op")
	b.ReportMetric(committed.Seconds()/float64(b.N), "s-commit/op")
	b.ReportMetric(peakRSS()/(1<<20), "MiB-peak")
	m, _ := s.Metrics()
	b.ReportMetric(float64(m.DiskBytes)/float64(entries), "octets/entry")
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	b.ReportMetric(float64(mem.HeapInuse)/(1<<20), "MiB-heap")
}

func BenchmarkBulkOpen(b *testing.B) {
	dir := b.TempDir()
	s := open(b, nil, dir)
	fillBulk(b, s, bulkEntries(b))
	for b.Loop() {
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		s = open(b, nil, dir)
	}
	b.StopTimer()
	s.Close()
}

// BenchmarkBulkEdits applies 50,000 edits: new entries, or changes and
// removals of listed ones all over the list, or a third of each.
func BenchmarkBulkEdits(b *testing.B) {
	const edits = 50_000
	entries := bulkEntries(b)
	s := open(b, nil, b.TempDir())
	defer s.Close()
	fillBulk(b, s, entries)
	now := make(map[eir.IMEI]*eir.Entry) // where it is not as it was filled
	for _, c := range []struct {
		name string
		kind func(n int) int
	}{
		{"add", func(int) int { return 0 }},
		{"change", func(int) int { return 1 }},
		{"remove", func(int) int { return 2 }},
		{"mixed", func(n int) int { return n % 3 }},
	} {
		b.Run(c.name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(uint64(b.N), uint64(len(now))))
			for b.Loop() {
				b.StopTimer()
				ch := store.Change{Source: "national"}
				step := entries / edits
				for n := range edits {
					e := bulkEntry(n*step + rng.IntN(step))
					if c.kind(n) == 0 {
						e.From += 8
						e.To += 8
					}
					old, known := now[e.From]
					if !known && c.kind(n) != 0 {
						old = &e
					}
					edit := store.Edit{Old: old}
					if c.kind(n) != 2 || old == nil {
						changed := e
						changed.Reason, changed.Date = "lost", 1_800_000_000+int64(len(now))
						edit.New = &changed
					}
					now[e.From] = edit.New
					ch.Edits = append(ch.Edits, edit)
				}
				b.StartTimer()
				if _, err := s.Apply(ch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
