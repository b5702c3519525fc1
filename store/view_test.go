package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"paperweight/eir"
	"paperweight/store"
)

// TestWholeChanges: while a source's list is replaced and changed as fast as
// it goes, each check sees one state of it: what is in RAM (the sequence, the
// range) and what is in Pebble (the entry) are of the same change.
func TestWholeChanges(t *testing.T) {
	s := open(t, nil, t.TempDir())
	defer s.Close()
	one, inRange := tac.First(), tac.First()+100
	entries := func(n int) []eir.Entry {
		a, b := exact(one), rangeOf(inRange, inRange+10)
		a.Reason, b.Reason = fmt.Sprint(n), fmt.Sprint(n)
		return []eir.Entry{a, b}
	}
	fill(t, s, "national", func(add func(eir.Entry)) {
		for _, e := range entries(1) {
			add(e)
		}
	})
	reg := register(t, s)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				imei := one
				if n%2 == 0 {
					imei = inRange
				}
				v := reg.Check(eir.Query{IMEI: imei, SVN: eir.NoSVN})
				if v.Status != eir.Prohibited || v.Reason != fmt.Sprint(v.Source.Sequence) {
					t.Errorf("%s for reason %q at sequence %d", v.Status, v.Reason, v.Source.Sequence)
					return
				}
			}
		})
	}
	for n := 2; n < 300; n++ {
		if n%3 == 0 {
			fill(t, s, "national", func(add func(eir.Entry)) {
				for _, e := range entries(n) {
					add(e)
				}
			})
			continue
		}
		if _, err := s.Apply(store.Change{Source: "national", Put: entries(n)}); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
}

// TestEntriesKeepTheirState: a reading that began goes on as it began.
func TestEntriesKeepTheirState(t *testing.T) {
	s := open(t, nil, t.TempDir())
	defer s.Close()
	list := func(n int) {
		fill(t, s, "national", func(add func(eir.Entry)) {
			for i := range eir.IMEI(1000) {
				e := exact(tac.First() + i)
				e.Reference = fmt.Sprint(n)
				add(e)
			}
		})
	}
	list(1)
	seen := 0
	for e, err := range s.Entries("national") {
		if err != nil {
			t.Fatal(err)
		}
		if e.Reference != "1" {
			t.Fatalf("entry %d is of list %s", seen, e.Reference)
		}
		if seen == 10 {
			list(2)
		}
		seen++
	}
	if seen != 1000 {
		t.Errorf("%d entries, want 1000", seen)
	}
}

// TestCloseWhileEntriesAreRead: the reading ends with an error, the closing
// does not wait for it, and the directory can be opened again at once.
func TestCloseWhileEntriesAreRead(t *testing.T) {
	dir := t.TempDir()
	s := open(t, nil, dir)
	fill(t, s, "national", func(add func(eir.Entry)) {
		for i := range eir.IMEI(1000) {
			add(exact(tac.First() + i))
		}
	})
	seen := 0
	var ended error
	for _, err := range s.Entries("national") {
		if ended = err; err != nil {
			break
		}
		if seen++; seen == 10 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			again := open(t, nil, dir)
			defer again.Close()
		}
	}
	if seen != 10 || !errors.Is(ended, store.ErrClosed) {
		t.Errorf("%d entries, then %v, want 10 and %v", seen, ended, store.ErrClosed)
	}
}

// TestOneReplacementASource: the second one is told to wait.
func TestOneReplacementASource(t *testing.T) {
	s := open(t, nil, t.TempDir())
	defer s.Close()
	a, err := s.Replace("national")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Replace("national"); err == nil {
		t.Error("a second Replacement of the source began")
	}
	b, err := s.Replace("other")
	if err != nil {
		t.Errorf("another source: %v", err)
	}
	if err := b.Abort(); err != nil {
		t.Error(err)
	}
	if err := a.Abort(); err != nil {
		t.Error(err)
	}
	if a, err = s.Replace("national"); err != nil {
		t.Fatalf("after Abort: %v", err)
	}
	if err := a.Abort(); err != nil {
		t.Error(err)
	}
}
