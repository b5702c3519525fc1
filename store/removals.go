package store

import (
	"errors"
	"io/fs"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// heldRemovals is a file system on which Pebble removes nothing while a list is
// short: a manifest that lost its last record makes a left-over of a table that
// is the only one to hold a list. What was to be removed is removed afterwards.
type heldRemovals struct {
	vfs.FS

	mu    sync.Mutex // guards what follows
	held  bool
	paths []string
}

// Remove removes a file, now or later.
func (h *heldRemovals) Remove(path string) error {
	if h.hold(path) {
		return nil
	}
	return h.FS.Remove(path)
}

func (h *heldRemovals) hold(path string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held {
		h.paths = append(h.paths, path)
	}
	return h.held
}

// Unwrap is vfs.FS's.
func (h *heldRemovals) Unwrap() vfs.FS { return h.FS }

// forget begins anew, for a database that is opened: another one gives its files
// the same names.
func (h *heldRemovals) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held, h.paths = true, nil
}

// ReuseForWrite makes a new log, rather than overwrite one, while removals are held.
func (h *heldRemovals) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if h.hold(old) {
		return h.Create(name, category)
	}
	return h.FS.ReuseForWrite(old, name, category)
}

// release removes what was held. What can't be removed is a left-over of the
// next Open.
func (h *heldRemovals) release() (err error) {
	h.mu.Lock()
	paths := h.paths
	h.held, h.paths = false, nil
	h.mu.Unlock() // a disk may refuse to remove, and park
	for _, path := range paths {
		if e := h.FS.Remove(path); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// wholeAgain lets Pebble remove files once no list is short.
func (s *Store) wholeAgain() {
	if s.view.Load().short != nil {
		return
	}
	if err := s.failure.guard(s.removals.release); err != nil {
		s.failure.Errorf("store: removing files that are of no more use: %v", err)
	}
}
