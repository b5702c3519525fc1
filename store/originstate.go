package store

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// NextOriginState returns a number that is higher than any it returned before,
// in this run and in those before, also where the directory was wiped in
// between: the Origin-State-Id of RFC 6733 8.16. It is written down before it
// is returned.
func (s *Store) NextOriginState(now time.Time) (uint32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.view.Load() == nil {
		return 0, s.closedError()
	}
	next := uint32(now.Unix())
	err := s.failure.guard(func() error {
		value, closer, err := s.db.Get([]byte(keyOriginState))
		if err == nil {
			if len(value) == 4 {
				next = max(next, binary.BigEndian.Uint32(value)+1)
			}
			err = closer.Close()
		}
		if err != nil && !errors.Is(err, pebble.ErrNotFound) {
			return err
		}
		return s.db.Set([]byte(keyOriginState), binary.BigEndian.AppendUint32(nil, next), pebble.Sync)
	})
	return next, err
}
