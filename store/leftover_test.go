package store_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"paperweight/eir"
	"paperweight/store"
)

// killed copies a directory as kill -9 leaves it.
func killed(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "killed")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestLeftOverOfACrash stays while a list is short; the next list is not laid over
// it.
func TestLeftOverOfACrash(t *testing.T) {
	dir := t.TempDir()
	s := open(t, nil, dir)
	defer s.Close()
	fill(t, s, "national", func(add func(eir.Entry)) { add(exact(tac.First())) })
	fill(t, s, "other", func(add func(eir.Entry)) { add(exact(tac.First() + 5)) })
	r, err := s.Replace("national")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abort()
	for i := range eir.IMEI(100) {
		e := exact(tac.First() + 1000 + i)
		if err := r.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Stage(); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	crashed := killed(t, dir)
	// Without the file of acknowledgements all are short.
	if err := os.Remove(filepath.Join(crashed, "acknowledged")); err != nil {
		t.Fatal(err)
	}
	after := open(t, nil, crashed)
	for source, i := range map[string]eir.IMEI{"national": tac.First(), "other": tac.First() + 5} {
		if err := fillErr(after, source, exact(i)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		n := 0
		for _, err := range after.Entries("national") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 1 || after.Err() != nil {
			t.Errorf("the list of one entry has %d; the store says %v", n, after.Err())
		}
		if err := after.Close(); err != nil {
			t.Fatal(err)
		}
		after = open(t, nil, crashed)
	}
	if err := after.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestNewTablesStay: what was to be removed of tables that were put aside has the
// names of files that the new ones need.
func TestNewTablesStay(t *testing.T) {
	dir := t.TempDir()
	s := open(t, nil, dir)
	defer s.Close()
	for i := range eir.IMEI(2) {
		if err := addOwn(s, tac.First()+i); err != nil {
			t.Fatal(err)
		}
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	crashed := killed(t, dir)
	tables, err := filepath.Glob(filepath.Join(crashed, "tables", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("%v, tables: %v", err, tables)
	}
	for _, table := range tables {
		flip(t, table, 20) // in each, for one has the records of sources
	}
	for i := range eir.IMEI(3) {
		after := open(t, nil, crashed)
		if err := after.Err(); err != nil {
			t.Fatalf("start %d: %v", i+1, err)
		}
		if st, _ := after.Source(store.Operator); st.Entries != uint64(2+i) {
			t.Errorf("start %d: %d entries", i+1, st.Entries)
		}
		if err := addOwn(after, tac.First()+10+i); err != nil {
			t.Fatal(err)
		}
		if err := after.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if aside, err := filepath.Glob(filepath.Join(crashed, "tables.damaged-*")); err != nil || len(aside) != 1 {
		t.Errorf("put aside: %v, %v", aside, err)
	}
}

// rottenEntries are entries that all have one reason.
func rottenEntries(n eir.IMEI) (all []eir.Entry) {
	for i := range n {
		e := exact(tac.First() + i)
		e.Reference = fmt.Sprint("report ", i*i*i*i)
		all = append(all, e)
	}
	return all
}

// TestAcceptWithoutReasons: entries whose reason alone can't be read are accepted,
// and say so.
func TestAcceptWithoutReasons(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem, "data")
	fill(t, s, "national", func(add func(eir.Entry)) {
		for _, e := range rottenEntries(20_000) {
			add(e)
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, name := range filesOf(t, mem, "data/tables") {
		content := contentOf(t, mem, name)
		if !strings.HasSuffix(name, ".sst") || len(content) < 10_000 {
			continue
		}
		// The reasons stand in the last block of the entries, before the index.
		for back := 1500; back < 8000; back += 500 {
			tried++
			damaged := bytes.Clone(content)
			damaged[len(damaged)-back] ^= 4
			fs := copyOf(t, mem)
			put(t, fs, name, damaged)
			s := open(t, fs, "data")
			if s.Err() == nil {
				t.Fatalf("%d bytes from the end: nothing is wrong", back)
			}
			st, err := s.Accept("national", false, time.Unix(1, 0))
			if err == nil && st.Entries < 18_000 {
				t.Errorf("%d bytes from the end: %d of 20000 are accepted", back, st.Entries)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if tried == 0 {
		t.Error("no table was found")
	}
}

// TestOwnOutliveARottenBlock: they are whole in RAM and in their second copy.
func TestOwnOutliveARottenBlock(t *testing.T) {
	dir := t.TempDir()
	s := open(t, nil, dir)
	own := rottenEntries(5000)
	if _, err := s.Apply(store.Change{Source: store.Operator, Put: own}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	table := onlyTable(t, dir)
	whole, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	s, err = store.Open(dir, store.Options{CacheBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	flip(t, table, len(whole)/2)
	for _, err := range s.Entries(store.Operator) {
		_ = err // reading them meets the block
	}
	if len(s.Damaged()) != 1 {
		t.Errorf("damaged: %v", s.Damaged())
	}
	if st, err := s.Accept(store.Operator, false, time.Unix(1, 0)); err != nil || st.Entries != 5000 {
		t.Errorf("%d of 5000 are accepted: %v", st.Entries, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// And out of a directory that no process has open.
	flip(t, onlyTable(t, dir), len(whole)/3)
	got, err := store.Salvage(dir, nil)
	if err != nil || len(got.Entries) != 5000 || !got.Whole {
		t.Errorf("%d of 5000 are salvaged, whole: %v, %v %v", len(got.Entries), got.Whole, got.Notes, err)
	}
}
