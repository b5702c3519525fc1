package trust

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Prune removes from public/ what the publication in force does not lead to
// and was written before a time: give readers in the midst of a fetch, and
// mirrors in the midst of a copy, an hour at least. Roots stay for ever: a
// node that was off for years follows them one by one.
func (r *Repository) Prune(before time.Time) (removed int, err error) {
	if r.now.timestamp == nil {
		return 0, nil
	}
	keep := map[string]bool{
		"root.json": true, fileName(Timestamp, 0): true,
		fileName(Snapshot, r.now.snapshot.Signed.Version): true,
	}
	for v := int64(1); v <= r.now.root.Signed.Version; v++ {
		keep[fileName(Root, v)] = true
	}
	for role, m := range r.now.roles {
		keep[fileName(role, m.Signed.Version)] = true
		for name, f := range m.Signed.Targets {
			keep[targetFile(name, f.Hashes["sha256"])] = true
		}
	}
	// What waits to be published is there already.
	for _, t := range r.Targets() {
		keep[targetFile(t.Name, t.SHA256[:])] = true
	}
	public := filepath.Join(r.dir, "public")
	err = filepath.WalkDir(public, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(public, path)
		if err != nil || keep[filepath.ToSlash(name)] {
			return err
		}
		info, err := d.Info()
		if err != nil || !info.ModTime().Before(before) {
			return err
		}
		removed++
		return os.Remove(path)
	})
	return removed, errors.Join(err, syncDir(public))
}
