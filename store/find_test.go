package store_test

import (
	"fmt"
	"testing"

	"paperweight/eir"
	"paperweight/store"
)

// exact and the other makers return prohibited entries.
func exact(i eir.IMEI) eir.Entry {
	return eir.Entry{Target: eir.Target{Kind: eir.Exact, From: i, To: i}, Status: eir.Prohibited, Reason: "stolen"}
}

func pair(i eir.IMEI, imsi int) eir.Entry {
	e := exact(i)
	e.Kind, e.Status = eir.Pair, eir.Permitted
	e.IMSI = imsiOf(imsi)
	return e
}

func imsiOf(n int) eir.IMSI {
	i, _ := eir.ParseIMSI(fmt.Appendf(nil, "00101%010d", n))
	return i
}

func rangeOf(from, to eir.IMEI) eir.Entry {
	e := exact(from)
	e.Kind, e.To = eir.Range, to
	return e
}

// fill replaces a source's list.
func fill(t testing.TB, s *store.Store, source string, each func(add func(eir.Entry))) store.SourceState {
	t.Helper()
	r, err := s.Replace(source)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abort()
	each(func(e eir.Entry) {
		if err := r.Add(&e); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := r.Stage(); err != nil {
		t.Fatal(err)
	}
	st, err := r.Commit(store.Version{})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func register(t testing.TB, s *store.Store) *eir.Register {
	t.Helper()
	r, err := eir.New(s, eir.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const tac = eir.TAC(123456)

// TestPairsWithoutIMSI: an ended pair, and one for another SVN, must not hide
// one that could have decided.
func TestPairsWithoutIMSI(t *testing.T) {
	s := open(t, nil, t.TempDir())
	defer s.Close()
	ended, other, good := pair(tac.First(), 1), pair(tac.First(), 2), pair(tac.First(), 3)
	ended.Until = 10
	other.SVNs = other.SVNs.With(5)
	q := eir.Query{IMEI: tac.First(), SVN: 4, At: 10}
	fill(t, s, "paired", func(add func(eir.Entry)) { add(ended); add(other) })
	if v := register(t, s).Check(q); v.PairSkipped {
		t.Error("a pair was skipped where none could have decided")
	}
	fill(t, s, "paired", func(add func(eir.Entry)) { add(ended); add(other); add(good) })
	if v := register(t, s).Check(q); !v.PairSkipped {
		t.Error("no pair was skipped where one could have decided")
	}
}

// TestExplain: the whole chain holds the pairs of other IMSIs, and references.
func TestExplain(t *testing.T) {
	s := open(t, nil, t.TempDir())
	defer s.Close()
	e := exact(tac.First())
	e.Reference = "report 7"
	fill(t, s, "national", func(add func(eir.Entry)) {
		add(e)
		add(pair(tac.First(), 1))
		add(pair(tac.First(), 2))
	})
	ex := register(t, s).Explain(eir.Query{IMEI: tac.First(), SVN: eir.NoSVN, IMSI: imsiOf(3)})
	pairs, reference := 0, ""
	for _, step := range ex.Steps {
		switch {
		case step.Entry == nil:
		case step.Entry.Kind == eir.Pair:
			pairs++
		case step.Decides:
			reference = step.Entry.Reference
		}
	}
	if pairs != 2 || reference != e.Reference {
		t.Errorf("%d pairs and the reference %q, want 2 and %q", pairs, reference, e.Reference)
	}
}

const million = 1_000_000

// benchStore holds a million entries of a hundred TACs, every second IMEI of
// their first 20,000.
func benchStore(b *testing.B) *store.Store {
	s := open(b, nil, b.TempDir())
	b.Cleanup(func() { s.Close() })
	fill(b, s, "national", func(add func(eir.Entry)) {
		for n := range million {
			add(exact(benchIMEI(n)))
		}
	})
	return s
}

func benchIMEI(n int) eir.IMEI {
	return (tac + eir.TAC(n%100)).First() + eir.IMEI(2*(n/100))
}

func benchFind(b *testing.B, imei func(n int) eir.IMEI, want eir.Status) {
	s := benchStore(b)
	reg := register(b, s)
	rng := newRand(1)
	b.ReportAllocs()
	for b.Loop() {
		if v := reg.Check(eir.Query{IMEI: imei(rng.IntN(million)), SVN: eir.NoSVN}); v.Status != want {
			b.Fatalf("%+v", v)
		}
	}
}

func BenchmarkFindMiss(b *testing.B) {
	benchFind(b, func(n int) eir.IMEI { return benchIMEI(n) + 1 }, eir.Unknown)
}

func BenchmarkFindHit(b *testing.B) { benchFind(b, benchIMEI, eir.Prohibited) }

// BenchmarkFindRange asks among a million ranges, eleven of which cover.
func BenchmarkFindRange(b *testing.B) {
	s := open(b, nil, b.TempDir())
	defer s.Close()
	fill(b, s, "ranges", func(add func(eir.Entry)) {
		for n := range million {
			add(rangeOf(eir.IMEI(10*n), eir.IMEI(10*n+100)))
		}
	})
	reg := register(b, s)
	rng := newRand(1)
	b.ReportAllocs()
	for b.Loop() {
		q := eir.Query{IMEI: eir.IMEI(200 + rng.IntN(9*million)), SVN: eir.NoSVN}
		if v := reg.Check(q); v.Status != eir.Prohibited {
			b.Fatalf("%+v", v)
		}
	}
}

func BenchmarkReplace1M(b *testing.B) {
	s := open(b, nil, b.TempDir())
	defer s.Close()
	order := newRand(1).Perm(million)
	for b.Loop() {
		fill(b, s, "national", func(add func(eir.Entry)) {
			for _, n := range order {
				add(exact(benchIMEI(n)))
			}
		})
	}
}

func BenchmarkOpen1M(b *testing.B) {
	dir := b.TempDir()
	s := open(b, nil, dir)
	fill(b, s, "national", func(add func(eir.Entry)) {
		for n := range million {
			add(exact(benchIMEI(n)))
		}
	})
	for b.Loop() {
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		s = open(b, nil, dir)
	}
	s.Close()
}

func BenchmarkApply(b *testing.B) {
	s := benchStore(b)
	n := 0
	for b.Loop() {
		n++
		c := store.Change{Source: "national", Put: []eir.Entry{exact(tac.First() + eir.IMEI(500_000+n%400_000))}}
		if _, err := s.Apply(c); err != nil {
			b.Fatal(err)
		}
	}
}
