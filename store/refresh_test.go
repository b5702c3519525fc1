package store

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"paperweight/eir"
)

// filled returns a store whose one shard is full, with the goroutine that would
// rebuild it held back, so that the test does its steps.
func filled(t *testing.T) *Store {
	t.Helper()
	s, err := Open("data", Options{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.refreshing = true
	c := Change{Source: "national"}
	for i := range eir.IMEI(5000) {
		c.Put = append(c.Put, exactly(10*i))
	}
	change(t, s, c)
	return s
}

func exactly(i eir.IMEI) eir.Entry {
	return eir.Entry{Target: eir.Target{Kind: eir.Exact, From: i, To: i}, Status: eir.Tracked}
}

func change(t *testing.T, s *Store, c Change) {
	t.Helper()
	if _, err := s.Apply(c); err != nil {
		t.Fatal(err)
	}
}

func filterOf(s *Store) filter { return s.view.Load().source("national").filter }

// TestRebuildBesideChanges: what is listed while a shard is being made is in
// the new one, also what was taken away before that began: the old shard knew
// it still, so that nothing needed to be added there.
func TestRebuildBesideChanges(t *testing.T) {
	s := filled(t)
	before := filterOf(s)
	change(t, s, Change{Source: "national", Remove: []eir.Target{exactly(50).Target, exactly(60).Target}})
	r := s.beginRebuild()
	if r == nil {
		t.Fatal("no shard is full")
	}
	change(t, s, Change{Source: "national", Put: []eir.Entry{exactly(50), exactly(7)}})
	shards, err := r.scan()
	if err != nil {
		t.Fatal(err)
	}
	if !s.endRebuild(r, shards, nil) {
		t.Fatal("it was not put in force")
	}
	after := filterOf(s)
	if len(after) != 1 || after[0] == before[0] || after[0].keys != 4998 {
		t.Fatalf("%d shards, the first one of %d keys: want one new of 4998", len(after), after[0].keys)
	}
	for _, i := range []eir.IMEI{0, 50, 7, 49_990} {
		if !after.contains(i) {
			t.Errorf("%d is listed, and the filter does not know it", i)
		}
	}
	if n := after[0].added.len; n < 1 || n > 2 {
		t.Errorf("%d IMEIs were added to the new shard, want the two that came meanwhile, less those it knows by chance", n)
	}
	if s.rebuildOne() || s.refreshing {
		t.Error("there is still a shard to rebuild")
	}
}

// TestRebuildOfReplacedList: a shard of a list that was replaced meanwhile
// goes nowhere.
func TestRebuildOfReplacedList(t *testing.T) {
	s := filled(t)
	r := s.beginRebuild()
	list, err := s.Replace("national")
	if err != nil {
		t.Fatal(err)
	}
	e := exactly(3)
	if err := list.Add(&e); err != nil {
		t.Fatal(err)
	}
	if _, err := list.Stage(); err != nil {
		t.Fatal(err)
	}
	if _, err := list.Commit(Version{}); err != nil {
		t.Fatal(err)
	}
	want := filterOf(s)
	shards, err := r.scan()
	if err != nil {
		t.Fatal(err)
	}
	s.endRebuild(r, shards, nil)
	if got := filterOf(s); len(got) != 1 || got[0] != want[0] || !got.contains(3) {
		t.Errorf("the filter of the new list was touched: %d shards", len(got))
	}
}

// TestFullShards: shards that fill alike are not all full at a time.
func TestFullShards(t *testing.T) {
	const shards = 64
	full := 0
	for n := range shards {
		s := shard{first: eir.IMEI(n) * 3_000_017, keys: shardKeys}
		s.added.len = 26_000
		if s.full() {
			full++
		}
		if s.added.len = 32_769; !s.full() {
			t.Errorf("shard %d takes %d IMEIs and is not full", n, s.added.len)
		}
		if s.added.len = 20_480; s.full() {
			t.Errorf("shard %d is full of %d IMEIs", n, s.added.len)
		}
	}
	if full < shards/4 || full > shards*3/4 {
		t.Errorf("%d of %d shards are full half way, want about half", full, shards)
	}
}
