package store_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"paperweight/eir"
	"paperweight/store"
)

// manySteps draws more steps than one goroutine works out, in no order, many
// of them at one place, and some IMEIs with two hundred.
func manySteps(rng *rand.Rand) (c store.Change) {
	for range 14_000 {
		i := tac.First() + eir.IMEI(rng.IntN(3000))
		e := exact(i)
		switch rng.IntN(8) {
		case 0:
			e = pair(i, rng.IntN(3))
		case 1:
			e = pair(tac.First()+eir.IMEI(500*rng.IntN(6)), rng.IntN(200))
		case 2:
			e = rangeOf(i, i+eir.IMEI(rng.IntN(3)))
		}
		e.Date = int64(rng.IntN(1000))
		e.Reason = report(eir.IMEI(rng.IntN(30)))
		if rng.IntN(3) == 0 {
			c.Remove = append(c.Remove, e.Target)
		} else {
			c.Put = append(c.Put, e)
		}
	}
	return c
}

// TestManySteps: a change that is worked out in parts does what its steps do
// one by one, in their order.
func TestManySteps(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := open(t, vfs.NewMem(), "data")
	defer s.Close()
	s.LimitReasons(20)
	for range 3 {
		c := manySteps(rng)
		var want store.Applied
		small := func(part store.Change) {
			part.Source = "step by step"
			a, err := s.Apply(part)
			if err != nil {
				t.Fatal(err)
			}
			want.Added += a.Added
			want.Changed += a.Changed
			want.Removed += a.Removed
			want.Missing += a.Missing
			want.State = a.State
		}
		for part := range slices.Chunk(c.Remove, 1500) {
			small(store.Change{Remove: part})
		}
		for part := range slices.Chunk(c.Put, 1500) {
			small(store.Change{Put: part})
		}
		c.Source = "at once"
		got, err := s.Apply(c)
		if err != nil {
			t.Fatal(err)
		}
		want.State.Name, want.State.Sequence = got.State.Name, got.State.Sequence
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("what it did (-step by step +at once):\n%s", d)
		}
		if d := cmp.Diff(entriesOf(t, s, "step by step"), entriesOf(t, s, "at once")); d != "" {
			t.Fatalf("the list (-step by step +at once):\n%s", d)
		}
		if err := s.RecountReasons(); err != nil {
			t.Fatal(err)
		}
	}
}

func entriesOf(t *testing.T, s *store.Store, source string) (all []eir.Entry) {
	t.Helper()
	for e, err := range s.Entries(source) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// TestFirstToDiverge: of several edits that do not meet what they expect, in
// both parts of the work, the first of the change is named, and nothing done.
func TestFirstToDiverge(t *testing.T) {
	s := open(t, vfs.NewMem(), "data")
	defer s.Close()
	const edits = 10_000
	for _, diverged := range [][]int{{9000, 17}, {200, 9500}, {9000, 8000}, {3, 40, 9999}} {
		before, _ := s.Source("national")
		c := store.Change{Source: "national"}
		for n := range edits {
			// Those in front sort behind.
			e := exact(tac.First() + eir.IMEI(edits-n))
			edit := store.Edit{New: &e}
			if slices.Contains(diverged, n) {
				edit = store.Edit{Old: &e}
			}
			c.Edits = append(c.Edits, edit)
		}
		_, err := s.Apply(c)
		var d *store.DivergedError
		if want := slices.Min(diverged) + 1; !errors.As(err, &d) || d.Edit != want || d.Of != edits {
			t.Errorf("%v, want edit %d to have diverged", err, want)
		}
		if after, _ := s.Source("national"); after != before {
			t.Errorf("the list is at %+v, it was at %+v", after, before)
		}
	}
}
