package store_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"paperweight/eir"
	"paperweight/store"
)

// nested are n prohibited ranges over IMEI 5000, the widest first.
func nested(n int) (all []eir.Entry) {
	for i := range eir.IMEI(n) {
		all = append(all, rangeOf(4000+i, 6000-i))
	}
	return all
}

// A list with too many ranges over one IMEI is taken neither as a change nor
// as a whole, and nothing of it stays.
func TestOverlapIsRefused(t *testing.T) {
	s := open(t, nil, t.TempDir())
	defer s.Close()
	put := func(entries ...eir.Entry) error {
		_, err := s.Apply(store.Change{Source: "feed", Put: entries})
		return err
	}
	whole := func(entries []eir.Entry) error {
		r, err := s.Replace("whole")
		if err != nil {
			return err
		}
		defer r.Abort()
		for i := range entries {
			if err := r.Add(&entries[i]); err != nil {
				return err
			}
		}
		if _, err := r.Stage(); err != nil {
			return err
		}
		_, err = r.Commit(store.Version{})
		return err
	}
	full := nested(store.MaxOverlap)
	beside := []eir.Entry{rangeOf(0, 3999), rangeOf(6001, 9000)}
	if err := errors.Join(put(full...), put(beside...), whole(append(full, beside...))); err != nil {
		t.Fatal(err)
	}
	limited := full[7]
	limited.SVNs = limited.SVNs.With(3)
	wide := rangeOf(0, eir.MaxIMEI)
	for _, more := range []eir.Entry{wide, rangeOf(4999, 5001), limited} {
		var over *store.OverlapError
		if err := put(more); !errors.As(err, &over) || over.Source != "feed" || over.At < more.From || over.At > more.To {
			t.Errorf("%s over %d others: %v", more.Target.String(), len(full), err)
		}
		if err := whole(append(slices.Clone(full), more)); !errors.Is(err, store.ErrOverlap) {
			t.Errorf("%s in a whole list: %v", more.Target.String(), err)
		}
	}
	for _, source := range []string{"feed", "whole"} {
		if st, _ := s.Source(source); st.Entries != uint64(len(full)+2) || st.Sequence > 2 {
			t.Errorf("%s: %+v", source, st)
		}
	}
	_, err := s.Apply(store.Change{Source: "feed", Remove: []eir.Target{full[0].Target}, Put: []eir.Entry{wide}})
	if err != nil {
		t.Errorf("one in the place of another: %v", err)
	}
}

// Overlap counts as a look at every IMEI does.
func TestOverlapAgainstModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var o store.Overlap
		var covered [64]int
		from := 0
		for range 400 {
			from = min(from+rng.IntN(2), 40)
			to, n := from+rng.IntN(24), 1+rng.IntN(20)
			deepest := 0
			for i := from; i <= to; i++ {
				covered[i] += n
				deepest = max(deepest, covered[i])
			}
			// What begins later counts when it comes.
			if err := o.Add(eir.IMEI(from), eir.IMEI(to), n); (err != nil) != (deepest > store.MaxOverlap) {
				t.Fatalf("%d deep: %v", deepest, err)
			} else if err != nil {
				break
			}
		}
	}
}

// BenchmarkFindOverlap asks where as many ranges overlap as may.
func BenchmarkFindOverlap(b *testing.B) {
	s := open(b, nil, b.TempDir())
	defer s.Close()
	if _, err := s.Apply(store.Change{Source: "feed", Put: nested(store.MaxOverlap)}); err != nil {
		b.Fatal(err)
	}
	reg := register(b, s)
	b.ReportAllocs()
	for b.Loop() {
		if v := reg.Check(eir.Query{IMEI: 5000, SVN: eir.NoSVN}); v.Status != eir.Prohibited {
			b.Fatalf("%+v", v)
		}
	}
}
