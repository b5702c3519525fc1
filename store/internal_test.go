package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"paperweight/eir"
)

// TestIntervals compares the tree with a look at every span, also after edits.
func TestIntervals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := map[span][]byte{}
		draw := func(label string) span {
			from := rapid.Uint64Range(0, 30).Draw(t, label)
			return span{from, from + rapid.Uint64Range(0, 10).Draw(t, "width")}
		}
		tree := new(intervals)
		for range rapid.IntRange(0, 4).Draw(t, "rounds") {
			edits := map[span][]byte{}
			for n := range rapid.IntRange(0, 12).Draw(t, "edits") {
				s := draw("from")
				edits[s] = bytes.Repeat([]byte{byte(n)}, rapid.IntRange(0, 3).Draw(t, "value"))
			}
			var sorted []edit
			for s, v := range edits {
				sorted = append(sorted, edit{s, v})
				if spans[s] = v; len(v) == 0 {
					delete(spans, s)
				}
			}
			slices.SortFunc(sorted, func(a, b edit) int { return a.compare(b.span) })
			tree = tree.with(sorted)
		}
		for x := range uint64(45) {
			var got []span
			err := tree.covering(x, func(s span, v []byte) error {
				if !bytes.Equal(spans[s], v) {
					return fmt.Errorf("%v holds %x, want %x", s, v, spans[s])
				}
				got = append(got, s)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			var want []span
			for s := range spans {
				if s.from <= x && x <= s.to {
					want = append(want, s)
				}
			}
			slices.SortFunc(want, span.compare)
			if !slices.Equal(got, want) {
				t.Fatalf("%d is covered by %v, want %v", x, got, want)
			}
		}
	})
}

// TestSorter: chunks of a few items, so that there are many runs; equal keys
// keep their order.
func TestSorter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := vfs.NewMem()
		s := sorter{fs: fs, limit: 200, room: func(int) error { return nil }}
		keys := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 1, 12)).Draw(t, "keys")
		var want [][]byte
		for n, key := range keys {
			off := len(s.arena)
			s.arena = append(s.arena, key...)
			s.arena = binary.BigEndian.AppendUint32(s.arena, uint32(n))
			want = append(want, slices.Clone(s.arena[off:]))
			if err := s.add(off, len(key)); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortStableFunc(want, func(a, b []byte) int { return bytes.Compare(a[:len(a)-4], b[:len(b)-4]) })
		var got [][]byte
		if err := s.merge(func(data []byte, n int) error {
			got = append(got, slices.Clone(data))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got, want, bytes.Equal) {
			t.Fatalf("%x, want %x", got, want)
		}
	})
}

// TestGrowSet: readers see every number that was added before they ask.
func TestGrowSet(t *testing.T) {
	var g growSet
	added := make(chan uint64, 100)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for n := range added {
				if !g.contains(n) {
					t.Errorf("%d is missing", n)
				}
			}
		})
	}
	for n := range uint64(20_000) {
		g.add(n * n)
		g.add(n * n)
		added <- n * n
	}
	close(added)
	wg.Wait()
	if g.len != 20_000 {
		t.Errorf("%d numbers, want 20000", g.len)
	}
	if g.contains(3) {
		t.Error("3 was never added")
	}
}

// TestFilterShards: a filter of several shards, rebuilt where much was added,
// knows all that is listed.
func TestFilterShards(t *testing.T) {
	s, err := Open("data", Options{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list := func(i eir.IMEI) eir.Entry {
		return eir.Entry{Target: eir.Target{Kind: eir.Exact, From: i, To: i}, Status: eir.Tracked}
	}
	const keys = 2*shardKeys + 10
	r, err := s.Replace("national")
	if err != nil {
		t.Fatal(err)
	}
	for i := range eir.IMEI(keys) {
		e := list(10 * i)
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
	before := s.view.Load().source("national").filter
	if len(before) != 3 {
		t.Fatalf("%d shards, want 3", len(before))
	}
	// The last shard holds ten keys: five thousand more fill it.
	c := Change{Source: "national"}
	for i := range eir.IMEI(5000) {
		c.Put = append(c.Put, list(10*(2*shardKeys+10+i)))
	}
	if _, err := s.Apply(c); err != nil {
		t.Fatal(err)
	}
	s.background.Wait()
	after := s.view.Load().source("national").filter
	if after[0] != before[0] || after[2] == before[2] || after[2].keys != 5010 || after[2].added.len != 0 {
		t.Errorf("the last shard holds %d keys and %d added ones, want 5010 and none", after[2].keys, after[2].added.len)
	}
	wrong := 0
	for i := range eir.IMEI(keys + 5000) {
		if !after.contains(10 * i) {
			t.Fatalf("%d is missing", 10*i)
		}
		if after.contains(10*i + 1) {
			wrong++
		}
	}
	if wrong > keys/100 {
		t.Errorf("%d of %d are taken for listed, want 0.4 %%", wrong, keys)
	}
}

// TestLeftovers: what a crash between Stage and Commit left is gone after Open.
func TestLeftovers(t *testing.T) {
	fs := vfs.NewMem()
	s, err := Open("data", Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Replace("national")
	if err != nil {
		t.Fatal(err)
	}
	e := eir.Entry{Target: eir.Target{Kind: eir.Exact}, Status: eir.Tracked}
	if err := r.Add(&e); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Stage(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open("data", Options{FS: fs}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.scan(s.db, []byte{familyList}, []byte{familyList + 1}, func(key, _ []byte) error {
		t.Errorf("key %x is left", key)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if left, err := fs.List("data/staging"); err == nil && len(left) > 0 {
		t.Errorf("left in staging: %v", left)
	}
}

func TestOriginState(t *testing.T) {
	fs := vfs.NewMem()
	var last uint32
	for _, unix := range []int64{1000, 1000, 500, 2000} {
		s, err := Open("data", Options{FS: fs})
		if err != nil {
			t.Fatal(err)
		}
		n, err := s.NextOriginState(time.Unix(unix, 0))
		if err != nil {
			t.Fatal(err)
		}
		if n <= last || n < uint32(unix) {
			t.Errorf("%d after %d at %d", n, last, unix)
		}
		last = n
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzRecord: any octets decode to an error or to what encodes to them again.
func FuzzRecord(f *testing.F) {
	e := eir.Entry{
		Target: eir.Target{Kind: eir.RangePair, From: 1, To: 2, IMSI: 1<<50 | 1, SVNs: eir.SVNSet{2, 1}},
		Status: eir.Tracked, Reference: "R", Date: 1_500_000_000, Until: -1,
	}
	f.Add(appendPayload(appendIdentity(nil, &e.Target), &e, 300))
	e.Reason = "one of too many"
	f.Add(appendPayload(appendIdentity(nil, &e.Target), &e, inline))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r record
		rest, err := r.decode(b)
		if err != nil {
			return
		}
		e := r.entry(classRange, span{}, string(r.text), true)
		again := appendPayload(appendIdentity(nil, &e.Target), &e, r.reason)
		var r2 record
		if _, err := r2.decode(again); err != nil {
			t.Fatalf("%x decodes, its like %x does not: %v", b[:len(b)-len(rest)], again, err)
		}
		if e2 := r2.entry(classRange, span{}, string(r2.text), true); e2 != e || r2.reason != r.reason {
			t.Fatalf("%+v became %+v", e, e2)
		}
		// Cut short anywhere, it is an error and no panic.
		for n := range len(b) - len(rest) {
			if _, err := r2.decode(b[:n]); err == nil {
				t.Fatalf("%x cut to %d octets decodes", b, n)
			}
		}
	})
}
