package feed

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"paperweight/eir"
	"paperweight/store/feed/format"
)

// The benchmarks have lists of PAPERWEIGHT_FEED_ENTRIES, 100,000 by default.
//
//	PAPERWEIGHT_FEED_ENTRIES=10000000 go test -run '^$' -bench . -benchtime 1x ./store/feed

func benchEntries(b *testing.B) int {
	b.Helper()
	text := os.Getenv("PAPERWEIGHT_FEED_ENTRIES")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// benchPhone spreads phones over models as a national list does.
func benchPhone(i int) (e format.Entry) {
	e.Kind, e.Status, e.Reason = eir.Exact, eir.Prohibited, "stolen"
	e.From = eir.IMEI(i)*997 + eir.IMEI(i*i%89)
	e.To, e.Date = e.From, int64(1_600_000_000+i%2000*86400)
	return e
}

// benchList publishes a list as the first snapshot of a feed.
func benchList(b *testing.B) *authority {
	b.Helper()
	a := newAuthority(b, b.TempDir())
	b.Cleanup(func() { a.close(b) })
	name := filepath.Join(b.TempDir(), "snapshot")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w, err := format.NewWriter(f, format.Header{Kind: format.Snapshot, To: format.State{Epoch: 1, Sequence: 1}})
	if err != nil {
		b.Fatal(err)
	}
	for i := range benchEntries(b) {
		if err := w.Add(&format.Change{Op: format.Added, New: benchPhone(i)}); err != nil {
			b.Fatal(err)
		}
	}
	h, err := w.Close()
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(text)), "octets")
	a.put(b, "snapshot/1", text, Label{Epoch: 1, To: 1})
	a.state = h.State(hashOf(text))
	a.publish(b)
	return a
}

// BenchmarkFirstSync is a node's first poll: fetch, verify, write, filter,
// commit.
func BenchmarkFirstSync(b *testing.B) {
	a := benchList(b)
	for b.Loop() {
		b.StopTimer()
		n := newNode(b, a, b.TempDir(), "file://"+a.public())
		n.open(b)
		b.StartTimer()
		if out, err := n.Once(b.Context(), a.now); err != nil || out.State != a.state {
			b.Fatal(out.State, err)
		}
		b.StopTimer()
		n.close(b)
		b.StartTimer()
	}
	b.ReportMetric(peakMiB(b), "peak-MiB")
}

// BenchmarkDelta is a poll that fetches 50,000 changes and puts them in force.
func BenchmarkDelta(b *testing.B) {
	a := benchList(b)
	n := newNode(b, a, b.TempDir(), "file://"+a.public())
	n.open(b)
	defer func() { n.close(b) }()
	if _, err := n.Once(b.Context(), a.now); err != nil {
		b.Fatal(err)
	}
	size := benchEntries(b)
	said := "lost"
	for b.Loop() {
		b.StopTimer()
		// Every so many entries say something else than before.
		all := make([]format.Change, 0, 50_000)
		for i := 0; i < size && len(all) < 50_000; i += max(1, size/50_000) {
			old, new := benchPhone(i), benchPhone(i)
			new.Reason = said
			if said == "stolen" {
				old.Reason = "lost"
			}
			all = append(all, format.Change{Op: format.Changed, Old: old, New: new})
		}
		said = map[string]string{"lost": "stolen", "stolen": "lost"}[said]
		to := format.State{Epoch: 1, Sequence: a.state.Sequence + 1}
		text, state := file(b, format.Header{Kind: format.Delta, From: a.state, To: to}, all)
		a.put(b, fmt.Sprintf("delta/%d", to.Sequence), text, Label{1, a.state.Sequence, to.Sequence})
		a.state = state
		a.publish(b)
		b.StartTimer()
		if out, err := n.Once(b.Context(), a.now); err != nil || out.State != a.state {
			b.Fatal(out.State, err)
		}
	}
}

// peakMiB is the most memory that the process ever had.
func peakMiB(b *testing.B) float64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var kib float64
		if n, _ := fmt.Sscanf(s.Text(), "VmHWM: %g kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}
