package disk_test

import (
	"io"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// breakage says what goes wrong with a call: its error, and whether it is done
// all the same, a write by half.
type breakage struct {
	err  error
	done bool
}

// brokenFS asks broken of each call, by the name of its method, whether it
// fails; nil is no. It asks of files by their path, too.
type brokenFS struct {
	vfs.FS
	broken func(call, name string) *breakage
}

func (b *brokenFS) run(call, name string, do func() error) error {
	if found := b.broken(call, name); found != nil {
		if found.done {
			_ = do()
		}
		return found.err
	}
	return do()
}

func (b *brokenFS) open(call, name string, do func() (vfs.File, error)) (vfs.File, error) {
	var f vfs.File
	err := b.run(call, name, func() (err error) {
		f, err = do()
		return err
	})
	if err != nil {
		if f != nil {
			_ = f.Close()
		}
		return nil, err
	}
	return &brokenFile{f, b, name}, nil
}

func (b *brokenFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return b.open("Create", name, func() (vfs.File, error) { return b.FS.Create(name, c) })
}

func (b *brokenFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return b.open("OpenReadWrite", name, func() (vfs.File, error) { return b.FS.OpenReadWrite(name, c, o...) })
}

func (b *brokenFS) OpenDir(name string) (vfs.File, error) {
	return b.open("OpenDir", name, func() (vfs.File, error) { return b.FS.OpenDir(name) })
}

func (b *brokenFS) Open(name string, o ...vfs.OpenOption) (vfs.File, error) {
	return b.open("Open", name, func() (vfs.File, error) { return b.FS.Open(name, o...) })
}

// ReuseForWrite is made of two calls as on a real disk, where the second may
// fail after the first.
func (b *brokenFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return b.open("ReuseForWrite", newname, func() (vfs.File, error) {
		if err := b.FS.Rename(oldname, newname); err != nil {
			return nil, err
		}
		return b.FS.OpenReadWrite(newname, c)
	})
}

func (b *brokenFS) Link(oldname, newname string) error {
	return b.run("Link", newname, func() error { return b.FS.Link(oldname, newname) })
}

func (b *brokenFS) Rename(oldname, newname string) error {
	return b.run("Rename", newname, func() error { return b.FS.Rename(oldname, newname) })
}

func (b *brokenFS) Remove(name string) error {
	return b.run("Remove", name, func() error { return b.FS.Remove(name) })
}

func (b *brokenFS) RemoveAll(name string) error {
	return b.run("RemoveAll", name, func() error { return b.FS.RemoveAll(name) })
}

func (b *brokenFS) MkdirAll(name string, mode os.FileMode) error {
	return b.run("MkdirAll", name, func() error { return b.FS.MkdirAll(name, mode) })
}

func (b *brokenFS) Lock(name string) (lock io.Closer, err error) {
	err = b.run("Lock", name, func() error { lock, err = b.FS.Lock(name); return err })
	return lock, err
}

func (b *brokenFS) List(name string) (names []string, err error) {
	err = b.run("List", name, func() error { names, err = b.FS.List(name); return err })
	return names, err
}

func (b *brokenFS) Stat(name string) (info vfs.FileInfo, err error) {
	err = b.run("Stat", name, func() error { info, err = b.FS.Stat(name); return err })
	return info, err
}

func (b *brokenFS) GetDiskUsage(name string) (usage vfs.DiskUsage, err error) {
	err = b.run("GetDiskUsage", name, func() error { usage, err = b.FS.GetDiskUsage(name); return err })
	return usage, err
}

type brokenFile struct {
	vfs.File
	fs   *brokenFS
	name string
}

func (f *brokenFile) Read(p []byte) (n int, err error) {
	err = f.fs.run("File.Read", f.name, func() error { n, err = f.File.Read(p); return err })
	return n, err
}

func (f *brokenFile) ReadAt(p []byte, offset int64) (n int, err error) {
	err = f.fs.run("File.ReadAt", f.name, func() error { n, err = f.File.ReadAt(p, offset); return err })
	return n, err
}

func (f *brokenFile) Write(p []byte) (n int, err error) {
	if found := f.fs.broken("File.Write", f.name); found != nil {
		if found.done {
			n, _ = f.File.Write(p[:len(p)/2])
		}
		return n, found.err
	}
	return f.File.Write(p)
}

func (f *brokenFile) WriteAt(p []byte, offset int64) (n int, err error) {
	if found := f.fs.broken("File.WriteAt", f.name); found != nil {
		if found.done {
			n, _ = f.File.WriteAt(p[:len(p)/2], offset)
		}
		return n, found.err
	}
	return f.File.WriteAt(p, offset)
}

func (f *brokenFile) Sync() error     { return f.fs.run("File.Sync", f.name, f.File.Sync) }
func (f *brokenFile) SyncData() error { return f.fs.run("File.SyncData", f.name, f.File.SyncData) }
func (f *brokenFile) Close() error    { return f.fs.run("File.Close", f.name, f.File.Close) }

func (f *brokenFile) SyncTo(length int64) (full bool, err error) {
	err = f.fs.run("File.SyncTo", f.name, func() error { full, err = f.File.SyncTo(length); return err })
	return full, err
}

func (f *brokenFile) Preallocate(offset, length int64) error {
	return f.fs.run("File.Preallocate", f.name, func() error { return f.File.Preallocate(offset, length) })
}

func (f *brokenFile) Prefetch(offset, length int64) error {
	return f.fs.run("File.Prefetch", f.name, func() error { return f.File.Prefetch(offset, length) })
}

func (f *brokenFile) Stat() (info vfs.FileInfo, err error) {
	err = f.fs.run("File.Stat", f.name, func() error { info, err = f.File.Stat(); return err })
	return info, err
}

// breaking is what breaks, to be set and mended by a test.
type breaking struct {
	mu sync.Mutex
	is func(call, name string) *breakage
}

func (b *breaking) set(is func(call, name string) *breakage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.is = is
}

func (b *breaking) broken(call, name string) *breakage {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.is == nil {
		return nil
	}
	return b.is(call, name)
}
