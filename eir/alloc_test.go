//go:build !race

// The race detector makes sync.Pool drop what it is given, at random, so
// allocations mean nothing under it.

package eir_test

import (
	"testing"

	"paperweight/eir"
)

func benchLists() eir.Memory {
	at := func(k eir.Kind, from, to eir.IMEI, s eir.Status) eir.Match {
		return eir.Match{Source: sources[1], Entry: eir.Entry{Status: s, Target: eir.Target{Kind: k, From: from, To: to}}}
	}
	return eir.Memory{
		at(eir.Exact, 440000000001, 440000000001, eir.Prohibited),
		at(eir.ByTAC, 440000000000, 440000999999, eir.Tracked),
		at(eir.Range, 440000000000, 440000000009, eir.Permitted),
	}
}

func TestCheckAllocatesNothing(t *testing.T) {
	r, err := eir.New(benchLists(), eir.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	imei, svn, imsi := []byte("004400000000010"), []byte("01"), []byte("001010123456789")
	for _, id := range [][]byte{imei, []byte("null"), []byte("00990000000001"), nil} {
		if n := testing.AllocsPerRun(1000, func() {
			v := r.Check(eir.ParseQuery(id, svn, imsi, 100))
			if v.Status == eir.Unset {
				t.Fatal("no answer")
			}
		}); n != 0 {
			t.Errorf("a check of %q allocates %v times", id, n)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	r, err := eir.New(benchLists(), eir.DefaultPolicy())
	if err != nil {
		b.Fatal(err)
	}
	imei, svn, imsi := []byte("004400000000010"), []byte("01"), []byte("001010123456789")
	b.ReportAllocs()
	for b.Loop() {
		r.Check(eir.ParseQuery(imei, svn, imsi, 100))
	}
}
