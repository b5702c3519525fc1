package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"paperweight/eir"
	"paperweight/store"
)

// because is an entry with a reason.
func because(i eir.IMEI, reason string) eir.Entry {
	e := exact(i)
	e.Reason = reason
	return e
}

func report(n eir.IMEI) string { return fmt.Sprintf("report %d", uint64(n)) }

// TestMoreReasonsThanNumbers: a source may have more distinct reasons than fit
// in RAM, in whole lists and in changes, and tells each of them.
func TestMoreReasonsThanNumbers(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, fs, "data")
	const numbers, reasons = 1 << 18, 1<<18 + 1000
	r, err := s.ReplaceSorted("national")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abort()
	for n := range eir.IMEI(reasons) {
		e := because(n, report(n))
		if err := r.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Stage(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Commit(store.Version{}); err != nil {
		t.Fatal(err)
	}
	c := store.Change{Source: "national", Put: []eir.Entry{because(reasons, report(reasons))}}
	if _, err := s.Apply(c); err != nil {
		t.Fatal(err)
	}
	holds := func() {
		t.Helper()
		n := 0
		for e, err := range s.Entries("national") {
			if want := report(eir.IMEI(n)); err != nil || e.Reason != want {
				t.Fatalf("entry %d says %q, want %q: %v", n, e.Reason, want, err)
			}
			n++
		}
		if n != reasons+1 {
			t.Errorf("%d entries, want %d", n, reasons+1)
		}
		for n, fast := range map[eir.IMEI]bool{0: true, numbers - 1: true, numbers: false, reasons: false} {
			q := eir.Query{IMEI: n, SVN: eir.NoSVN}
			want := report(n)
			if v := register(t, s).Explain(q).Verdict; v.Reason != want {
				t.Errorf("%d is explained by %q, want %q", n, v.Reason, want)
			}
			if v := register(t, s).Check(q); v.Status != eir.Prohibited || (v.Reason == want) != fast {
				t.Errorf("%d is %s for %q", n, v.Status, v.Reason)
			}
		}
		if err := s.RecountReasons(); err != nil {
			t.Error(err)
		}
	}
	holds()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, fs, "data")
	defer s.Close()
	holds()
}

// TestReasonsOfAnOlderView: a reading that began before a number went to
// another reason goes on with the one that it had.
func TestReasonsOfAnOlderView(t *testing.T) {
	s := open(t, vfs.NewMem(), "data")
	defer s.Close()
	s.LimitReasons(1)
	apply := func(c store.Change) {
		t.Helper()
		c.Source = "national"
		if _, err := s.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	apply(store.Change{Put: []eir.Entry{because(1, "stolen"), because(2, "stolen")}})
	seen := 0
	for e, err := range s.Entries("national") {
		if err != nil || e.Reason != "stolen" {
			t.Errorf("%s says %q: %v", e.Target.String(), e.Reason, err)
		}
		if seen++; seen == 1 {
			apply(store.Change{Remove: []eir.Target{because(1, "").Target, because(2, "").Target}})
			apply(store.Change{Put: []eir.Entry{because(2, "lost")}})
		}
	}
	if seen != 2 {
		t.Errorf("%d entries, want 2", seen)
	}
	// It has the number, so a check tells it.
	if v := register(t, s).Check(eir.Query{IMEI: 2, SVN: eir.NoSVN}); v.Reason != "lost" {
		t.Errorf("then it says %q", v.Reason)
	}
}

// TestRefusedReasons: what is refused at any moment leaves the reasons as they
// were.
func TestRefusedReasons(t *testing.T) {
	s := open(t, vfs.NewMem(), "data")
	defer s.Close()
	s.LimitReasons(2)
	first := because(1, "stolen")
	if _, err := s.Apply(store.Change{Source: "national", Put: []eir.Entry{first, because(2, "lost")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(store.Change{Source: "national", Remove: []eir.Target{first.Target}}); err != nil {
		t.Fatal(err)
	}
	too := store.Version{Attach: map[string][]byte{strings.Repeat("x", 200): {1}}}
	for name, c := range map[string]store.Change{
		"overlap":  {Put: append(nested(store.MaxOverlap+1), because(1, "cloned"))},
		"attached": {Put: []eir.Entry{because(1, "cloned")}, Remove: []eir.Target{because(2, "").Target}, Version: too},
		"diverged": {Put: []eir.Entry{because(1, "cloned")}, Edits: []store.Edit{{Old: &first}, {Old: &first}}},
	} {
		c.Source = "national"
		if _, err := s.Apply(c); err == nil {
			t.Errorf("%s: applied", name)
		}
		if err := s.RecountReasons(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := s.Replace("national")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abort()
	if err := r.Add(&first); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Stage(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Commit(store.Version{Sequence: 99}); !errors.Is(err, store.ErrSequenceGap) {
		t.Errorf("commit at 99: %v", err)
	}
	if err := s.RecountReasons(); err != nil {
		t.Error(err)
	}
}

// BenchmarkApplyManyReasons changes an entry of a list where nearly all numbers
// are taken, so that a free one goes to another reason each time.
func BenchmarkApplyManyReasons(b *testing.B) {
	s := open(b, nil, b.TempDir())
	defer s.Close()
	fill(b, s, "national", func(add func(eir.Entry)) {
		for n := range eir.IMEI(1 << 18) {
			add(because(n, report(n)))
		}
	})
	for n := 0; b.Loop(); n++ {
		c := store.Change{Source: "national", Remove: []eir.Target{exact(0).Target}}
		if n%2 == 0 {
			c = store.Change{Source: "national", Put: []eir.Entry{because(0, fmt.Sprint("another ", n))}}
		}
		if _, err := s.Apply(c); err != nil {
			b.Fatal(err)
		}
	}
}
