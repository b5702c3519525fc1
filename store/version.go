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

func (s *Store) setFormat() error {
	return s.db.Set([]byte(keyFormat), binary.AppendUvarint(nil, formatVersion), pebble.Sync)
}

func (s *Store) newerFormat(cause error) error {
	return &Error{Kind: ErrNewerFormat, Path: s.dir, Cause: cause, Remedy: remedyNewer}
}

// upgrade brings a directory of format 1 up to 2: each list gets its digest.
// What it finds is all that there is to go by: before format 2 nothing said what
// was acknowledged. The version is written last, so that a crash before it makes
// the next Open do the same again.
func (s *Store) upgrade(acked *acknowledged) error {
	records, err := s.sourceRecords()
	if err != nil {
		return err
	}
	for _, r := range records {
		g := generation{r.ID, r.Generation}
		r.Digest = 0
		err := s.scan(s.db, g.prefix(), g.end(), func(key, value []byte) error {
			r.Digest += sumOf(key[prefixLen:], value)
			return nil
		})
		if err != nil {
			return err
		}
		value, err := r.marshal()
		if err != nil {
			return err
		}
		if err := s.db.Set(sourceKey(r.State.Name), value, pebble.Sync); err != nil {
			return err
		}
	}
	// A version 2 without the file of acknowledgements would be one that lost it.
	if err := s.acknowledgeAnew(nil); err != nil {
		return err
	}
	acked.missing = false
	return s.setFormat()
}
