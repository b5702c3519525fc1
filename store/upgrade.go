package store

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// upgrade brings a directory of format 1 up to format 2. All of it is one
// synced batch together with the version: a crash leaves the directory as it
// was or as it should be, and the release before refuses it only from then on.
// What it finds is all that there is to go by: before format 2 nothing said what
// was acknowledged.
func (s *Store) upgrade(acked *acknowledged) error {
	// Format 2 without the file of acknowledgements would be one that lost it.
	if acked.missing {
		if err := s.acknowledgeAnew(nil); err != nil {
			return err
		}
		acked.missing = false
	}
	records, err := s.sourceRecords()
	if err != nil {
		return err
	}
	batch := s.db.NewBatch()
	for _, r := range records {
		if err := s.upgradeSource(batch, r); err != nil {
			return fmt.Errorf("the step to format %d: source %q: %w", formatVersion, r.State.Name, err)
		}
	}
	if err := batch.Set([]byte(keyFormat), binary.AppendUvarint(nil, formatVersion), nil); err != nil {
		return err
	}
	if err := batch.Commit(pebble.Sync); err != nil {
		return err
	}
	return batch.Close()
}

// upgradeSource rewrites what format 1 says otherwise of a list: of a reason
// the text alone, also where no record names it any more, and no digest.
func (s *Store) upgradeSource(batch *pebble.Batch, r sourceRecord) error {
	g := generation{r.ID, r.Generation}
	uses := tally{}
	var done uint64
	// The reasons stand behind all places.
	r.Digest = 0
	err := s.scan(s.db, g.prefix(), g.end(), func(key, value []byte) error {
		done++
		s.progress("upgrading", r.State.Name, done, r.State.Entries)
		place := key[prefixLen:]
		if place[0] != classReason {
			r.Digest += sumOf(place, value)
			return uses.addAll(value)
		}
		id, err := parseReasonKey(place)
		if err != nil {
			return err
		}
		if uses[id] == 0 {
			return batch.Delete(key, nil)
		}
		value = appendReason(nil, uses[id], string(value))
		r.Digest += sumOf(place, value)
		return batch.Set(key, value, nil)
	})
	if err != nil {
		return err
	}
	record, err := r.marshal()
	if err != nil {
		return err
	}
	return batch.Set(sourceKey(r.State.Name), record, nil)
}

// addAll counts the reasons of all records of a value.
func (t tally) addAll(value []byte) error {
	for len(value) > 0 {
		var r record
		var err error
		if value, err = r.decode(value); err != nil {
			return err
		}
		t.add(r.reason, 1)
	}
	return nil
}
