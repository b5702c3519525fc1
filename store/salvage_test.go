package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/eir"
	"paperweight/store"
)

// TestSalvageTakesTheNewer: tables that are whole and where the file is are not
// overlaid by lines of it that are left.
func TestSalvageTakesTheNewer(t *testing.T) {
	dir := t.TempDir()
	s := open(t, nil, dir)
	first, second := exact(tac.First()), exact(tac.First()+1)
	permitted := first
	permitted.Status = eir.Permitted
	for _, c := range []store.Change{
		{Put: []eir.Entry{permitted}}, {Put: []eir.Entry{second}},
		{Put: []eir.Entry{first}}, {Remove: []eir.Target{second.Target}}, {Put: []eir.Entry{exact(tac.First() + 2)}},
	} {
		c.Source = store.Operator
		if _, err := s.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "acknowledged")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if len(lines) != 7 { // the first says the format, and behind the last is nothing
		t.Fatalf("%d lines", len(lines))
	}
	lines[3][20] ^= 1
	lines[4][20] ^= 1
	if err := os.WriteFile(file, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	before := named(t, dir)
	got, err := store.Salvage(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]eir.Entry{first, exact(tac.First() + 2)}, got.Entries); diff != "" || !got.Whole {
		t.Errorf("whole %v, %v: %s", got.Whole, got.Notes, diff)
	}
	if diff := cmp.Diff(before, named(t, dir)); diff != "" {
		t.Errorf("the directory has changed: %s", diff)
	}
}

// named returns the files of a directory and what they hold.
func named(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSalvageWithoutALock: nothing is made, also not what a process would lock.
func TestSalvageWithoutALock(t *testing.T) {
	dir := t.TempDir()
	s := open(t, nil, dir)
	if err := addOwn(s, tac.First()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, lock := range []string{"LOCK", "tables/LOCK"} {
		if err := os.Remove(filepath.Join(dir, lock)); err != nil {
			t.Fatal(err)
		}
	}
	before := named(t, dir)
	got, err := store.Salvage(dir, nil)
	if err != nil || len(got.Entries) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if diff := cmp.Diff(before, named(t, dir)); diff != "" {
		t.Errorf("the directory has changed: %s", diff)
	}
}
