package trust

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// install copies the publication in force into public/. Doing it again does
// nothing, so a crash in its midst is made good by the next Open.
func (r *Repository) install(dir string) error {
	type copied struct{ from, to string }
	var files []copied
	newest := r.now.root.Signed.Version
	for v := int64(1); v <= newest; v++ {
		name := fileName(Root, v)
		files = append(files, copied{filepath.Join(r.dir, "roots", name), name})
	}
	for role, version := range map[string]int64{
		Targets: r.now.roles[Targets].Signed.Version, Snapshots: r.now.roles[Snapshots].Signed.Version,
		Deltas: r.now.roles[Deltas].Signed.Version, Snapshot: r.now.snapshot.Signed.Version,
	} {
		files = append(files, copied{filepath.Join(dir, role+".json"), fileName(role, version)})
	}
	files = append(files, copied{filepath.Join(dir, "root.json"), "root.json"}, copied{filepath.Join(dir, "timestamp.json"), "timestamp.json"})
	for _, f := range files {
		text, err := os.ReadFile(f.from)
		if err == nil {
			err = r.show(f.to, text)
		}
		if err != nil {
			return fmt.Errorf("feed: published, but %s is not in public/ yet; open the repository again: %w", f.to, err)
		}
	}
	// What was prepared is in force: in next/ is only its copy.
	for _, role := range Roles() {
		if err := r.settle(dir, role); err != nil {
			return err
		}
	}
	return nil
}

// settle removes prepared metadata that is in force now.
func (r *Repository) settle(dir, role string) error {
	waiting := filepath.Join(r.dir, "next", role+".json")
	text, err := os.ReadFile(waiting)
	if err != nil {
		return nil // nothing waits
	}
	in, err := os.ReadFile(filepath.Join(dir, role+".json"))
	if err != nil || !bytes.Equal(text, in) {
		return err
	}
	return os.Remove(waiting)
}

// show puts a file into public/, unless it is there already.
func (r *Repository) show(name string, text []byte) error {
	to := filepath.Join(r.dir, "public", name)
	if there, err := os.ReadFile(to); err == nil && bytes.Equal(there, text) {
		return nil
	}
	old, _ := os.Stat(to)
	tmp, err := r.write(func(f *os.File) error { _, err := f.Write(text); return err })
	if err != nil {
		return err
	}
	// Web servers make a file's tag of its second and its length. Two
	// timestamps of one second would have one tag, and a node that has the
	// first would be told until the next publication that nothing changed.
	if old != nil {
		if at := old.ModTime().Add(time.Second); time.Now().Before(at) {
			if err := os.Chtimes(tmp, at, at); err != nil {
				return err
			}
		}
	}
	return rename(tmp, to)
}
