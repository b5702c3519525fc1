package store_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"paperweight/eir"
	"paperweight/store"
)

// TestHealingSparesNeighbours: lists that share a table are healed one by one, in
// one process; what is whole of the others stays, and what is not says so.
func TestHealingSparesNeighbours(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem, "data")
	listed := map[string][]eir.Entry{}
	for n, source := range []string{"first", "second", "third"} {
		for i := range eir.IMEI(3000) {
			e := exact(tac.First() + eir.IMEI(n)*100_000 + i)
			e.Reference = strings.Repeat(fmt.Sprint(uint64(e.From)*0x9e3779b97f4a7c15), 2)
			listed[source] = append(listed[source], e)
		}
		if _, err := s.Apply(store.Change{Source: source, Put: listed[source]}); err != nil {
			t.Fatal(err)
		}
	}
	for _, do := range []func() error{s.Flush, s.Compact, s.Close} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	table := ""
	for _, name := range filesOf(t, mem, "data/tables") {
		if strings.HasSuffix(name, ".sst") && len(contentOf(t, mem, name)) > 50_000 {
			table = name
		}
	}
	whole := contentOf(t, mem, table)
	for at := 500; at < len(whole); at += len(whole) / 40 {
		fs := copyOf(t, mem)
		damaged := bytes.Clone(whole)
		damaged[at] ^= 8
		put(t, fs, table, damaged)
		ask := func(s *store.Store, when string) {
			t.Helper()
			reg := register(t, s)
			for source, entries := range listed {
				for i := 0; i < len(entries); i += 7 {
					v := reg.Check(eir.Query{IMEI: entries[i].From, SVN: eir.NoSVN})
					if v.Status != eir.Prohibited && (v.Rule != eir.RuleStoreFailure || s.Err() == nil) {
						t.Fatalf("bit at %d of %d, %s: of %s %s by %s; the store says %v", at, len(whole), when, source, v.Status, v.Rule, s.Err())
					}
				}
			}
		}
		s := open(t, fs, "data")
		ask(s, "at the start")
		for _, st := range s.Damaged() {
			source := st.Name
			fill(t, s, source, func(add func(eir.Entry)) {
				for _, e := range listed[source] {
					add(e)
				}
			})
			ask(s, "with "+source+" again")
		}
		if err := s.Short(); err != nil {
			t.Errorf("bit at %d of %d: healing made another short: %v", at, len(whole), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, fs, "data")
		ask(s, "at the next start")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
