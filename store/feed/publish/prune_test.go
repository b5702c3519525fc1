package publish

import (
	"context"
	"io/fs"
	"path/filepath"
	"testing"
	"time"
)

// public counts the files that are published, and their bytes.
func (a *authority) public() (files int, bytes int64) {
	a.t.Helper()
	err := filepath.WalkDir(filepath.Join(a.dir, "public"), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			files, bytes = files+1, bytes+info.Size()
		}
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return files, bytes
}

// Publications by the hour leave what the newest leads to, and
// what was superseded within the grace.
func TestPublicDoesNotGrow(t *testing.T) {
	a := newAuthority(t, Config{Grace: 5 * time.Hour})
	a.small(sizes{rolling{most: 8, newest: 3}, 5, 7})
	a.publish("20260301_blacklist.csv", blacklist(1))
	var after []int64
	for n := 2; n <= 48; n++ {
		a.now = a.now.Add(59 * time.Minute)
		a.bar(n)
		// In force are 12 files and the deltas. Of each of the last five
		// hours there are five more at most, and a delta.
		files, bytes := a.public()
		if most := 12 + 8 + 5*6; files > most {
			t.Fatalf("%d files after %d publications, at most %d are needed", files, n, most)
		}
		if n > 24 {
			after = append(after, bytes)
		}
	}
	if first, last := after[0], after[len(after)-1]; last > first*3/2 {
		t.Errorf("%d bytes after 24 publications, %d after 48", first, last)
	}
}

// Each kind of publication prunes, also one that takes nothing off.
func TestEveryPublicationPrunes(t *testing.T) {
	a := newAuthority(t, Config{Grace: time.Hour})
	a.publish("20260301_blacklist.csv", blacklist(1))
	for _, c := range []struct {
		name    string
		publish func() (Result, error)
	}{
		{"publish", func() (Result, error) { return a.tryPublish(file(t, "20260302_blacklist.csv", blacklist(2))) }},
		{"publish nothing new", func() (Result, error) { return a.tryPublish() }},
		{"snapshot", func() (Result, error) { return a.Snapshot(context.Background(), a.now, a.keys...) }},
		{"the same snapshot", func() (Result, error) { return a.Snapshot(context.Background(), a.now, a.keys...) }},
		{"rollup", func() (Result, error) { return a.Rollup(a.now, a.keys...) }},
		{"renew", func() (Result, error) { return a.Renew(nil, a.now, a.keys...) }},
		{"epoch", func() (Result, error) { return a.BeginEpoch(context.Background(), a.now, a.keys...) }},
	} {
		// It finds a file superseded by a publication two hours before.
		for range 2 {
			a.now = a.now.Add(2 * time.Hour)
			if _, err := a.tryPublish(); err != nil {
				t.Fatal(err)
			}
		}
		a.now = a.now.Add(2 * time.Hour)
		if r, err := c.publish(); err != nil || r.Pruned == 0 {
			t.Errorf("%s: %d pruned, %v", c.name, r.Pruned, err)
		}
	}
}
