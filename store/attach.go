package store

import (
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// Limits of what is attached to a source, in octets: a blob goes through the
// log as a whole.
const (
	maxBlobName = 128
	maxBlob     = 8 << 20
)

// Attached returns what is kept with a source, by name, whether it has a list
// or not: the last that a change, or Attach, wrote down.
func (s *Store) Attached(source string) (map[string][]byte, error) {
	if err := validSource(source); err != nil {
		return nil, err
	}
	v := s.pinned()
	if v == nil {
		return nil, s.closedError()
	}
	defer v.unpin()
	blobs := map[string][]byte{}
	prefix := attachKey(source, "")
	err := s.scan(v.snapshot, prefix, attachKey(source, "\xff"), func(key, value []byte) error {
		blobs[string(key[len(prefix):])] = slices.Clone(value)
		return nil
	})
	return blobs, s.failure.name(err)
}

// Kept returns the StateBlob of a source, whatever became of the tables; nil where
// there is none. It waits for the writer.
func (s *Store) Kept(source string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept[source])
}

// Attach keeps small blobs with a source, which the store does not read: the
// state of whatever feeds it. One synced batch writes those that are named and
// leaves the others; a nil value deletes one. The list stays as it is. A name
// has 1 to 128 octets, the first of them not FF; a value up to 8 MiB.
func (s *Store) Attach(source string, blobs map[string][]byte) error {
	if err := validSource(source); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	batch := s.db.NewBatch()
	if err := attach(batch, source, blobs); err != nil {
		return err
	}
	last := s.view.Load()
	next, err := s.write(batch, last.sources, s.line(source, last.source(source), blobs))
	if err != nil {
		return err
	}
	s.swap(next)
	return nil
}

// attach puts blobs into a batch.
func attach(batch *pebble.Batch, source string, blobs map[string][]byte) error {
	for name, value := range blobs {
		if n := len(name); n == 0 || n > maxBlobName || name[0] == 0xff {
			return fmt.Errorf("store: the name of what is attached to %q has 1 to %d octets and no FF first, not %q", source, maxBlobName, name)
		}
		if len(value) > maxBlob {
			return fmt.Errorf("store: what is attached to %q as %q has %d octets, %d are allowed", source, name, len(value), maxBlob)
		}
		key := attachKey(source, name)
		if value == nil {
			if err := batch.Delete(key, nil); err != nil {
				return err
			}
			continue
		}
		if err := batch.Set(key, value, nil); err != nil {
			return err
		}
	}
	return nil
}

// pinned returns the view in force, pinned, or nil once the store is closed.
func (s *Store) pinned() *view {
	for {
		v := s.view.Load()
		if v == nil || v.pin() {
			return v
		}
	}
}
