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
// was acknowledged but the number of entries beside each list.
func (s *Store) upgrade(acked *acknowledged) error {
	records, err := s.sourceRecords()
	if err != nil {
		return err
	}
	batch := s.db.NewBatch()
	var sources []*source
	for _, r := range records {
		src, err := s.upgradeSource(batch, r)
		if err != nil {
			return fmt.Errorf("the step to format %d: source %q: %w", formatVersion, r.State.Name, err)
		}
		sources = append(sources, src)
		s.changes[r.State.Name] = 1
	}
	// Format 2 without the file of acknowledgements would be one that lost it; and
	// a file that names no list would be a new directory's.
	if acked.missing {
		if err := s.acknowledgeAnew(sources); err != nil {
			return err
		}
		acked.missing = false
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
// It returns what is to be acknowledged of it.
func (s *Store) upgradeSource(batch *pebble.Batch, r sourceRecord) (*source, error) {
	g := generation{r.ID, r.Generation}
	uses := tally{}
	var done, found uint64
	// The reasons stand behind all places.
	r.Digest = 0
	err := s.scan(s.db, g.prefix(), g.end(), func(key, value []byte) error {
		done++
		s.progress("upgrading", r.State.Name, done, r.State.Entries)
		place := key[prefixLen:]
		if place[0] != classReason {
			r.Digest += sumOf(place, value)
			n, err := uses.addAll(value)
			found += n
			return err
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
		return nil, err
	}
	if found != r.State.Entries+r.State.Malformed {
		r.Digest = ^r.Digest // of what was there, nobody knows; the list is short
	}
	record, err := r.marshal()
	if err != nil {
		return nil, err
	}
	return newSource(r.State, g, nil, r.Digest, index{}), batch.Set(sourceKey(r.State.Name), record, nil)
}

// addAll counts the records of a value, and the reasons of each.
func (t tally) addAll(value []byte) (records uint64, err error) {
	for ; len(value) > 0; records++ {
		var r record
		if value, err = r.decode(value); err != nil {
			return records, err
		}
		t.add(r.reason, 1)
	}
	return records, nil
}
