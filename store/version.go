package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// checkFormat refuses a newer format, brings an older one up to ours, and writes
// ours where there is none.
func (s *Store) checkFormat(acked *acknowledged) error {
	value, closer, err := s.db.Get([]byte(keyFormat))
	if errors.Is(err, pebble.ErrNotFound) {
		return s.setFormat()
	}
	if err != nil {
		return err
	}
	found, n := binary.Uvarint(value)
	if err := closer.Close(); err != nil {
		return err
	}
	switch {
	case n <= 0 || found == 0:
		return fmt.Errorf("%w: the format version", errRecord)
	case found > formatVersion:
		return s.newerFormat(fmt.Errorf("it is written in format %d, this release reads up to %d", found, formatVersion))
	case found == 1:
		return s.upgrade(acked)
	}
	return nil
}

// formatOf is the version of a directory that is only read; ours where that can't
// be told.
func (s *Store) formatOf() uint64 {
	value, closer, err := s.db.Get([]byte(keyFormat))
	if err != nil {
		return formatVersion
	}
	defer closer.Close()
	format, _ := binary.Uvarint(value)
	return format
}

func (s *Store) setFormat() error {
	return s.db.Set([]byte(keyFormat), binary.AppendUvarint(nil, formatVersion), pebble.Sync)
}

func (s *Store) newerFormat(cause error) error {
	return &Error{Kind: ErrNewerFormat, Path: s.dir, Cause: cause, Remedy: remedyNewer}
}
