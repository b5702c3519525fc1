package journal

import (
	"errors"
	"iter"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Journal is a file that is open for lines to be appended. It is for one
// goroutine at a time. After an error it is to be created anew.
type Journal struct {
	file vfs.File
	line []byte
	// size is the file's length, base what it was when it was created.
	size, base int
}

// growth is how long a file gets before it is worth being created anew, however
// little there was in it at first.
const growth = 1 << 20

// bufferBytes is how much of a new file is written at once.
const bufferBytes = 256 << 10

// Create writes a file of texts, which hold no newline, in the place of the one
// at path, if any. It is there whole and synced before the old one goes; a crash
// leaves one of them, and maybe path + ".new".
func Create(fs vfs.FS, path string, texts iter.Seq2[[]byte, error]) (_ *Journal, err error) {
	next := path + ".new"
	f, err := fs.Create(next, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	j := &Journal{file: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	for text, err := range texts {
		if err != nil {
			return nil, err
		}
		if j.line = appendLine(j.line, text); len(j.line) >= bufferBytes {
			if err := j.flush(); err != nil {
				return nil, err
			}
		}
	}
	if err := j.flush(); err != nil {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	if err := fs.Rename(next, path); err != nil {
		return nil, err
	}
	dir, err := fs.OpenDir(fs.PathDir(path))
	if err != nil {
		return nil, err
	}
	j.base = j.size
	return j, errors.Join(dir.Sync(), dir.Close())
}

// Append writes a line and syncs it.
func (j *Journal) Append(text []byte) error {
	j.line = appendLine(j.line[:0], text)
	if err := j.flush(); err != nil {
		return err
	}
	return j.file.SyncData()
}

func (j *Journal) flush() error {
	n, err := j.file.Write(j.line)
	j.size += n
	j.line = j.line[:0]
	return err
}

// Long reports whether most of the file says what later lines say anew.
func (j *Journal) Long() bool { return j.size > max(growth, 4*j.base) }

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }
