package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeWhole puts what write gives in the place of a file, or leaves that as it
// was: also a crash finds one of the two. Its owner alone may read it.
func writeWhole(path string, write func(io.Writer) error) error {
	// A link stays one; what it names is replaced.
	if at, err := filepath.EvalSymlinks(path); err == nil {
		path = at
	}
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file that can be replaced: name another one", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir := filepath.Dir(path)
	beside, err := writeBeside(dir, filepath.Base(path), write)
	if err == nil {
		err = os.Rename(beside, path)
	}
	if err != nil {
		os.Remove(beside)
		return fmt.Errorf("%s is as it was: %w", path, err)
	}
	folder, err := os.Open(dir)
	if err == nil {
		err = errors.Join(folder.Sync(), folder.Close())
	}
	if err != nil {
		return fmt.Errorf("%s is written, but a crash of the machine may undo it: %w", path, err)
	}
	return nil
}

// writeBeside writes a new file in a folder, and returns where.
func writeBeside(dir, name string, write func(io.Writer) error) (path string, err error) {
	f, err := os.CreateTemp(dir, "."+name+".*") // of mode 0600
	if err != nil {
		return "", err
	}
	return f.Name(), errors.Join(write(f), f.Sync(), f.Close())
}
