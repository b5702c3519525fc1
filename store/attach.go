package store

import "errors"

// Attached returns what is kept with a source, by name, whether it has a list
// or not: the last that a change, or Attach, wrote down.
func (s *Store) Attached(source string) (map[string][]byte, error) {
	return nil, errors.ErrUnsupported
}

// Attach keeps small blobs with a source, which the store does not read: the
// state of whatever feeds it. One synced batch writes those that are named and
// leaves the others; a nil value deletes one. The list stays as it is.
func (s *Store) Attach(source string, blobs map[string][]byte) error {
	return errors.ErrUnsupported
}
