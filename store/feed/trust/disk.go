package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// load reads what is in force and what is prepared.
func (r *Repository) load() error {
	if err := r.sweep(); err != nil {
		return err
	}
	numbers, err := r.publications()
	if err != nil {
		return err
	}
	if len(numbers) > 0 {
		dir := r.published(numbers[len(numbers)-1])
		if err := r.now.load(dir); err != nil {
			return fmt.Errorf("feed: publication in %s: %w", dir, err)
		}
		// A crash after the publication and before its last file was in
		// public/ ends here.
		if err := r.install(dir); err != nil {
			return err
		}
		// One before the removal of the publication before it ends here.
		for _, n := range numbers[:len(numbers)-1] {
			if err := os.RemoveAll(r.published(n)); err != nil {
				return err
			}
		}
	}
	return r.loadNext()
}

// sweep removes files that a crash left half-written.
func (r *Repository) sweep() error {
	var err error
	for _, pattern := range []string{"tmp-*", filepath.Join("published", "*.tmp")} {
		left, bad := filepath.Glob(filepath.Join(r.dir, pattern))
		err = errors.Join(err, bad)
		for _, name := range left {
			err = errors.Join(err, os.RemoveAll(name))
		}
	}
	return err
}

// publications returns the numbers of those that are complete, in order.
func (r *Repository) publications() ([]int64, error) {
	entries, err := os.ReadDir(filepath.Join(r.dir, "published"))
	if err != nil {
		return nil, fmt.Errorf("feed: %s holds no feed: %w", r.dir, err)
	}
	var numbers []int64
	for _, e := range entries {
		if n, err := strconv.ParseInt(e.Name(), 10, 64); err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

func (r *Repository) published(number int64) string {
	return filepath.Join(r.dir, "published", strconv.FormatInt(number, 10))
}

// load reads a publication, whose files have their roles' names.
func (p *publication) load(dir string) (err error) {
	read(dir, Root, &p.root, &err)
	read(dir, Snapshot, &p.snapshot, &err)
	read(dir, Timestamp, &p.timestamp, &err)
	p.roles = map[string]*metadata.Metadata[metadata.TargetsType]{}
	for _, role := range []string{Targets, Snapshots, Deltas} {
		var m *metadata.Metadata[metadata.TargetsType]
		read(dir, role, &m, &err)
		p.roles[role] = m
	}
	return err
}

func read[T metadata.Roles](dir, role string, into **metadata.Metadata[T], first *error) {
	text, err := os.ReadFile(filepath.Join(dir, role+".json"))
	if err == nil {
		*into, err = new(metadata.Metadata[T]).FromBytes(text)
	}
	if *first == nil {
		*first = err
	}
}

// loadNext reads what is prepared, without what a crash left there after it
// was published.
func (r *Repository) loadNext() error {
	r.next = change{roles: map[string]*metadata.Metadata[metadata.TargetsType]{}}
	dir := filepath.Join(r.dir, "next")
	var root *metadata.Metadata[metadata.RootType]
	var err error
	switch read(dir, Root, &root, &err); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("feed: %s: %w", dir, err)
	case r.now.root == nil || root.Signed.Version == r.now.root.Signed.Version+1:
		r.next.root = root
	}
	for _, role := range []string{Targets, Snapshots, Deltas} {
		var m *metadata.Metadata[metadata.TargetsType]
		var err error
		read(dir, role, &m, &err)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("feed: %s: %w", dir, err)
		}
		if old := r.now.roles[role]; old == nil || m.Signed.Version == old.Signed.Version+1 {
			r.next.roles[role] = m
		}
	}
	return nil
}

// save writes what is prepared.
func (r *Repository) save() error {
	dir := filepath.Join(r.dir, "next")
	if r.next.root != nil {
		if err := store(r, dir, Root, r.next.root); err != nil {
			return err
		}
	}
	for role, m := range r.next.roles {
		if err := store(r, dir, role, m); err != nil {
			return err
		}
	}
	return nil
}

func store[T metadata.Roles](r *Repository, dir, role string, m *metadata.Metadata[T]) error {
	text, err := m.ToBytes(false)
	if err != nil {
		return err
	}
	return r.put(filepath.Join(dir, role+".json"), text)
}

// put writes a file that is never seen half.
func (r *Repository) put(name string, text []byte) error {
	tmp, err := r.write(func(f *os.File) error { _, err := f.Write(text); return err })
	if err != nil {
		return err
	}
	return rename(tmp, name)
}

// write makes a synced file, readable by the web server, outside of public/.
func (r *Repository) write(fill func(*os.File) error) (name string, err error) {
	f, err := os.CreateTemp(r.dir, "tmp-*")
	if err != nil {
		return "", err
	}
	err = errors.Join(fill(f), f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// rename puts a file into its place, for good.
func rename(from, to string) error {
	dir := filepath.Dir(to)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
