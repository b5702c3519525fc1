package format

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"paperweight/eir"
)

// nation makes n sorted entries as a national list has them: 3,000 models of
// phones, thirty reasons, whole days of the last five years; one in a hundred
// a pair, and where references is true a report number each.
func nation(n int, references bool) []Entry {
	r := rand.New(rand.NewPCG(1, 2))
	tacs := make([]eir.TAC, 3000)
	for i := range tacs {
		tacs[i] = eir.TAC(r.IntN(1_000_000)) // test IMEIs: 00......
	}
	reasons := make([]string, 30)
	for i := range reasons {
		reasons[i] = fmt.Sprintf("IMEI found on local stolen list %d", i)
	}
	seen := make(map[eir.IMEI]bool, n)
	entries := make([]Entry, 0, n)
	for len(entries) < n {
		imei := tacs[r.IntN(1+r.IntN(len(tacs)))].First() + eir.IMEI(r.IntN(1_000_000))
		if seen[imei] {
			continue
		}
		seen[imei] = true
		e := Entry{Entry: eir.Entry{
			Target: eir.Target{Kind: eir.Exact, From: imei, To: imei},
			Status: eir.Prohibited, Reason: reasons[r.IntN(1+r.IntN(len(reasons)))],
			Date: 86400 * (18_800 + r.Int64N(1800)),
		}}
		if r.IntN(100) == 0 {
			e.Kind, e.Status = eir.Pair, eir.Permitted
			e.IMSI, _ = eir.ParseIMSI(fmt.Appendf(nil, "00101%010d", r.Int64N(1e10)))
		}
		if references {
			e.Reference = fmt.Sprintf("R-2026-%07d", r.IntN(1e7))
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return Compare(&a, &b) })
	return entries
}

// The size is -benchtime's: -benchtime 10000000x is ten million entries. The
// figures are octets and nanoseconds an entry.
func BenchmarkWrite(b *testing.B) { benchmarkWrite(b, false) }

func BenchmarkWriteReferences(b *testing.B) { benchmarkWrite(b, true) }

func benchmarkWrite(b *testing.B, references bool) {
	entries := nation(b.N, references)
	m := memory{b: make([]byte, 0, 20*b.N+1000)}
	b.ReportAllocs()
	b.ResetTimer()
	writeList(b, &m, entries)
	b.ReportMetric(float64(len(m.b))/float64(b.N), "octets/entry")
}

func writeList(b *testing.B, m *memory, entries []Entry) {
	w, err := NewWriter(m, snapshotHeader(1))
	if err != nil {
		b.Fatal(err)
	}
	c := Change{Op: Added}
	for i := range entries {
		c.New = entries[i]
		if err := w.Add(&c); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkRead(b *testing.B) { benchmarkRead(b, false) }

func BenchmarkReadReferences(b *testing.B) { benchmarkRead(b, true) }

func benchmarkRead(b *testing.B, references bool) {
	var m memory
	writeList(b, &m, nation(b.N, references))
	b.ReportAllocs()
	b.ResetTimer()
	r, err := NewReader(bytes.NewReader(m.b), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	var c Change
	for err == nil {
		err = r.Next(&c)
	}
	if err != io.EOF {
		b.Fatal(err)
	}
}

// A delta that changes the reason of every entry.
func BenchmarkReadDelta(b *testing.B) {
	entries := nation(b.N, false)
	changes := make([]Change, len(entries))
	var from State
	for i, e := range entries {
		from.Digest.Add(&e)
		after := e
		after.Reason = "found"
		changes[i] = Change{Op: Changed, Old: e, New: after}
	}
	from.Epoch, from.Sequence, from.Entries, from.Link = 1, 1, uint64(len(entries)), Hash{1}
	file := write(b, deltaHeader(from), changes)
	b.ReportAllocs()
	b.ReportMetric(float64(len(file))/float64(b.N), "octets/entry")
	b.ResetTimer()
	r, err := NewReader(bytes.NewReader(file), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	var c Change
	for err == nil {
		err = r.Next(&c)
	}
	if err != io.EOF {
		b.Fatal(err)
	}
}

func BenchmarkDigest(b *testing.B) {
	entries := nation(1000, false)
	var d Digest
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.Add(&entries[i%1000])
	}
}

func BenchmarkSHA256(b *testing.B) {
	var block [55]byte
	for b.Loop() {
		sha256.Sum256(block[:])
	}
}
