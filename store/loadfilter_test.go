package store

import (
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"paperweight/eir"
)

// TestLoadFilterInParts: a list of two tables is read in two parts, and the
// filter knows all of both, and the ends of the axis.
func TestLoadFilterInParts(t *testing.T) {
	fs := vfs.NewMem()
	s, err := Open("data", Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	const keys = tableBytes/128 + 10
	imei := func(n int) eir.IMEI {
		if n == keys-1 {
			return eir.MaxIMEI
		}
		return eir.IMEI(10 * n)
	}
	r, err := s.ReplaceSorted("national")
	if err != nil {
		t.Fatal(err)
	}
	e := eir.Entry{Status: eir.Tracked, Reference: strings.Repeat("x", eir.MaxReference)}
	e.Kind = eir.Exact
	for n := range keys {
		e.From, e.To = imei(n), imei(n)
		if err := r.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Stage(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Commit(Version{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open("data", Options{FS: fs}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	src := s.view.Load().source("national")
	parts, err := s.parts(src.generation)
	if err != nil || len(parts) != 2 || parts[0] != 0 {
		t.Fatalf("parts %v: %v, want two, the first at 0", parts, err)
	}
	total := 0
	for i, sh := range src.filter {
		if i > 0 && sh.first <= src.filter[i-1].first {
			t.Errorf("shard %d begins at %s, the one before it at %s", i, sh.first, src.filter[i-1].first)
		}
		total += sh.keys
	}
	if total != keys {
		t.Errorf("%d keys in the shards, want %d", total, keys)
	}
	wrong := 0
	for n := range keys {
		if !src.filter.contains(imei(n)) {
			t.Fatalf("%s is missing", imei(n))
		}
		if src.filter.contains(eir.IMEI(10*n + 1)) {
			wrong++
		}
	}
	if wrong > keys/100 {
		t.Errorf("%d of %d are taken for listed, want 0.4 %%", wrong, keys)
	}
}
