package disk

import (
	"io/fs"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var _ vfs.FS = (*Gate)(nil)

// Unwrap returns the file system behind the Gate; see vfs.Root.
func (g *Gate) Unwrap() vfs.FS { return g.FS }

func (g *Gate) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return g.open(create, name, func() (vfs.File, error) { return g.FS.Create(name, category) })
}

func (g *Gate) OpenReadWrite(name string, category vfs.DiskWriteCategory, options ...vfs.OpenOption) (vfs.File, error) {
	return g.open(openReadWrite, name, func() (vfs.File, error) { return g.FS.OpenReadWrite(name, category, options...) })
}

func (g *Gate) OpenDir(name string) (vfs.File, error) {
	return g.open(openDir, name, func() (vfs.File, error) { return g.FS.OpenDir(name) })
}

func (g *Gate) open(o op, name string, do func() (vfs.File, error)) (vfs.File, error) {
	var opened vfs.File
	err := g.run(o, name, func() (err error) {
		opened, err = do()
		return err
	})
	if err != nil {
		return nil, err
	}
	return &file{File: opened, gate: g, name: name, dir: o == openDir}, nil
}

// ReuseForWrite makes a new file where the old one can't be reused, as its
// contract allows. That can be repeated: what renames a file and then fails to
// open it finds none to rename the next time.
func (g *Gate) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	reused, err := g.FS.ReuseForWrite(oldname, newname, category)
	if err == nil {
		return &file{File: reused, gate: g, name: newname}, nil
	}
	// Where this fails, the next Open removes it.
	_ = g.Remove(oldname)
	return g.Create(newname, category)
}

func (g *Gate) Link(oldname, newname string) error {
	return g.run(link, newname, func() error { return g.FS.Link(oldname, newname) })
}

func (g *Gate) Rename(oldname, newname string) error {
	return g.run(rename, newname, func() error { return g.FS.Rename(oldname, newname) })
}

func (g *Gate) Remove(name string) error {
	return g.run(remove, name, func() error { return g.FS.Remove(name) })
}

func (g *Gate) RemoveAll(name string) error {
	return g.run(removeAll, name, func() error { return g.FS.RemoveAll(name) })
}

func (g *Gate) MkdirAll(name string, mode fs.FileMode) error {
	return g.run(mkdirAll, name, func() error { return g.FS.MkdirAll(name, mode) })
}
