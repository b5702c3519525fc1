package trust

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const grace = 10 * time.Hour

// inPublic are the names of the files in public/, without the hashes of targets.
func (l *lab) inPublic(t testing.TB) (names []string) {
	t.Helper()
	for name := range l.files(t) {
		if dir, file := path.Split(name); dir != "" && len(file) > 65 {
			name = dir + file[65:]
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (l *lab) prune(t testing.TB, at time.Time) int {
	t.Helper()
	removed, err := l.Prune(at, grace)
	if err != nil {
		t.Fatal(err)
	}
	return removed
}

// superseding publishes a delta and takes it off again; another one waits.
func (l *lab) superseding(t testing.TB) {
	t.Helper()
	l.add(t, Deltas, "delta/1", "rolled up", today)
	l.publish(t, today)
	if err := l.Remove(Deltas, today, "delta/1"); err != nil {
		t.Fatal(err)
	}
	l.rotate(t, Root)
	l.add(t, Snapshots, "snapshot/1", "the base", today)
	l.publish(t, today)
	l.add(t, Deltas, "delta/2", "waits", today)
	for _, name := range []string{"index.html", "delta/README", "9.root.json"} {
		if err := os.WriteFile(filepath.Join(l.public(), name), []byte("the operator's"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// What nothing leads to goes after the grace. Roots stay, also one that a copy
// of the directory does not know, and so does what is not the feed's.
func TestPrune(t *testing.T) {
	l := newLab(t)
	n := newNode(t, l.anchor(t), Limits{}, l.web.URL)
	l.superseding(t)
	before := l.inPublic(t)
	for _, after := range []time.Duration{0, time.Hour, grace - time.Second} {
		if removed := l.prune(t, today.Add(after)); removed != 0 {
			t.Errorf("%d files removed after %v", removed, after)
		}
	}
	removed := l.prune(t, today.Add(grace))
	gone := []string{"1.deltas.json", "1.snapshot.json", "1.snapshots.json", "2.deltas.json", "2.snapshot.json", "delta/1"}
	left := slices.DeleteFunc(before, func(name string) bool { return slices.Contains(gone, name) })
	if diff := cmp.Diff(left, l.inPublic(t)); diff != "" || removed != len(gone) {
		t.Errorf("%d removed (-want +got):\n%s", removed, diff)
	}
	l.publish(t, today)
	u, err := n.refresh(t, today)
	if err != nil || n.content(t, u.Targets["snapshot/1"]) != "the base" || n.content(t, u.Targets["delta/2"]) != "waits" {
		t.Errorf("after pruning: %+v, %v", u, err)
	}
}

// Whatever became of the files' times, of the notes or of the clock, nothing
// goes before the grace is over.
func TestPruneIsNeverEarly(t *testing.T) {
	notes := func(l *lab) string { return filepath.Join(l.dir, supersededFile) }
	for _, c := range []struct {
		name string
		// what happens after an hour, and how long after it files go
		happens func(*testing.T, *lab) error
		goes    time.Duration
	}{
		{"nothing", func(*testing.T, *lab) error { return nil }, grace - time.Hour},
		{"the files are old", func(t *testing.T, l *lab) error {
			return filepath.WalkDir(l.public(), func(name string, _ fs.DirEntry, err error) error {
				return errors.Join(err, os.Chtimes(name, time.Time{}, time.Unix(1, 0)))
			})
		}, grace - time.Hour},
		{"a copy was restored without the notes", func(_ *testing.T, l *lab) error { return os.Remove(notes(l)) }, grace},
		{"the notes are damaged", func(_ *testing.T, l *lab) error {
			return os.WriteFile(notes(l), []byte(`{"1.snapshot.json":"2020-01-01T00:00:00Z"`), 0o600)
		}, grace},
		{"the clock was ahead", func(_ *testing.T, l *lab) error {
			err := os.Remove(notes(l))
			_, ahead := l.Prune(today.Add(9000*time.Hour), grace)
			return errors.Join(err, ahead)
		}, grace},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			l.superseding(t)
			l.prune(t, today)
			if err := c.happens(t, l); err != nil {
				t.Fatal(err)
			}
			hour := today.Add(time.Hour)
			for _, at := range []time.Duration{0, c.goes - time.Second} {
				if removed := l.prune(t, hour.Add(at)); removed != 0 {
					t.Errorf("%d files removed after %v", removed, at)
				}
			}
			if removed := l.prune(t, hour.Add(c.goes)); removed != 6 {
				t.Errorf("%d files removed in the end", removed)
			}
		})
	}
}

// A crash leaves some of the files that were to go: the next Prune removes them.
func TestCrashWhilePruning(t *testing.T) {
	l := newLab(t)
	l.superseding(t)
	l.prune(t, today)
	for _, name := range []string{"1.snapshot.json", "2.deltas.json"} {
		if err := os.Remove(filepath.Join(l.public(), name)); err != nil {
			t.Fatal(err)
		}
	}
	if removed := l.prune(t, today.Add(grace)); removed != 4 {
		t.Errorf("%d files removed, 4 were left", removed)
	}
	l.publish(t, today)
	if _, err := newNode(t, l.anchor(t), Limits{}, l.web.URL).refresh(t, today); err != nil {
		t.Error(err)
	}
}

// What comes back in force was never superseded.
func TestPruneWhatIsBack(t *testing.T) {
	l := newLab(t)
	for i := range 3 {
		l.add(t, Deltas, "delta/1", "the same again", today)
		l.publish(t, today)
		at := today.Add(time.Duration(i) * grace)
		l.prune(t, at)
		if err := l.Remove(Deltas, today, "delta/1"); err != nil {
			t.Fatal(err)
		}
		l.publish(t, today)
		l.prune(t, at.Add(grace/2))
		if !slices.Contains(l.inPublic(t), "delta/1") {
			t.Fatalf("removed after half the grace, the %d. time", i+1)
		}
	}
}

// between does something once, when a file was asked for.
type between struct {
	Mirror
	file string
	do   func()
}

func (b *between) Get(ctx context.Context, file, etag string) (*Response, error) {
	resp, err := b.Mirror.Get(ctx, file, etag)
	if do := b.do; file == b.file && do != nil {
		b.do = nil
		do()
	}
	return resp, err
}

// A node in the midst of a refresh is outrun by a publication. What it is about
// to ask for is there for the grace; without one, the next refresh finds all.
func TestPruneUnderANode(t *testing.T) {
	for _, short := range []bool{false, true} {
		l := newLab(t)
		web, err := NewMirror(l.web.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		mirror := &between{Mirror: web}
		n := nodeAt(t, l.anchor(t), Limits{}, mirror)
		l.add(t, Deltas, "delta/1", "a change", today)
		l.publish(t, today)
		mirror.file, mirror.do = "timestamp.json", func() {
			l.add(t, Deltas, "delta/2", "another", today)
			l.publish(t, today)
			for range 2 {
				within := grace
				if short {
					within = 0
				}
				if _, err := l.Prune(today, within); err != nil {
					t.Error(err)
				}
			}
		}
		u, err := n.refresh(t, today)
		if short && !errors.Is(err, ErrNotFound) || !short && (err != nil || len(u.Targets) != 1) {
			t.Errorf("outrun, without a grace %v: %d targets, %v", short, len(u.Targets), err)
		}
		u, err = n.refresh(t, today)
		if names := slices.Sorted(maps.Keys(u.Targets)); err != nil || len(names) != 2 || n.content(t, u.Targets["delta/2"]) != "another" {
			t.Errorf("then: %v, %v", names, err)
		}
	}
}

// Of publications that a crash left one beside the other the newest is kept.
func TestPublicationsThatWereLeft(t *testing.T) {
	l := newLab(t)
	old := l.published(1)
	if err := os.CopyFS(filepath.Join(l.dir, "copy"), os.DirFS(old)); err != nil {
		t.Fatal(err)
	}
	l.publish(t, today)
	if err := errors.Join(os.Rename(filepath.Join(l.dir, "copy"), old), l.Close()); err != nil {
		t.Fatal(err)
	}
	var err error
	if l.Repository, err = Open(l.dir, nil); err != nil {
		t.Fatal(err)
	}
	if numbers, err := l.publications(); err != nil || !slices.Equal(numbers, []int64{2}) {
		t.Errorf("%v, %v", numbers, err)
	}
}
