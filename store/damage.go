package store

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"paperweight/eir"
)

// damage is what of a generation was found not to be readable. To find that out
// costs Pebble tens of milliseconds each time, since it looks for the bit that
// changed; so it is remembered. What a list says of other equipment is
// answered as ever.
type damage struct {
	err   atomic.Pointer[error] // the first that was met
	spans atomic.Pointer[[]unreadable]
	mu    sync.Mutex // held by who adds one
}

// unreadable are IMEIs that lie in one block that can't be read: all between two
// that were asked for and failed in the same way.
type unreadable struct {
	from, to eir.IMEI
	err      error
	block    string // what Pebble says of it
	at       int64  // of the query that met it last, Unix seconds
}

// believed is for how many seconds a block counts as corrupt without being read
// again: somebody may have brought the file back.
const believed = 60

// ofBlock reports whether Pebble says that one block is corrupt, for which it looked
// for the bit. What else is wrong with a file is found out at once.
func ofBlock(err error) bool { return strings.Contains(err.Error(), "checksum mismatch") }

// maxUnreadable bounds the spans. Beyond it the failures are slow, and right.
const maxUnreadable = 4096

// at returns why an IMEI can't be read, as far as that is known.
func (d *damage) at(q *eir.Query) error {
	spans := d.spans.Load()
	if spans == nil {
		return nil
	}
	for n := range *spans {
		if u := &(*spans)[n]; u.from <= q.IMEI && q.IMEI <= u.to && q.At < u.at+believed {
			return u.err
		}
	}
	return nil
}

// found takes note that an IMEI can't be read.
func (d *damage) found(q *eir.Query, block string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var spans []unreadable
	if last := d.spans.Load(); last != nil {
		spans = slices.Clone(*last)
	}
	n := slices.IndexFunc(spans, func(u unreadable) bool { return u.block == block })
	switch {
	case n >= 0:
		u := &spans[n]
		u.from, u.to, u.at = min(u.from, q.IMEI), max(u.to, q.IMEI), q.At
	case len(spans) < maxUnreadable:
		spans = append(spans, unreadable{q.IMEI, q.IMEI, err, block, q.At})
	}
	d.spans.Store(&spans)
}

// readFailure is why a lookup could not read, other than that a block is corrupt.
type readFailure struct {
	err  error
	imei eir.IMEI
	at   int64 // of its query, Unix seconds
}

// readAgain is for how many seconds lookups must succeed, where the one that
// failed is not made again, for the disk to count as readable.
const readAgain = 60

// over reports whether a lookup that succeeded ends it.
func (r *readFailure) over(q *eir.Query) bool { return r.imei == q.IMEI || q.At >= r.at+readAgain }

// unread names the error of a lookup, and takes note of a block that is corrupt.
func (s *Store) unread(f *finder, err error) error {
	if errors.Is(err, ErrClosed) {
		return err
	}
	if !pebble.IsCorruptionError(err) || f.source == nil {
		named := s.failure.name(err)
		if !isCorrupt(err) {
			q := f.decision.Query()
			s.readFailure.Store(&readFailure{named, q.IMEI, q.At})
		}
		return named
	}
	src := f.source
	q := f.decision.Query()
	if known := src.damage.at(q); known != nil {
		return known
	}
	named := s.failure.name(err)
	if ofBlock(err) {
		src.damage.found(q, err.Error(), named)
	}
	if src.damage.err.CompareAndSwap(nil, &named) {
		s.tellDamage(src.state, named)
	}
	return named
}

func (s *Store) tellDamage(st SourceState, err error) {
	if s.events.Short != nil {
		st.Damage = err.Error()
		s.events.Short(st, err)
	}
}

// corruptFile takes note of a file that Pebble found corrupt, which may hold keys
// from from to to: the lists that may lie in it count as damaged. One that takes the
// place of such a list is in none of it, since that is cut out of the file.
func (s *Store) corruptFile(from, to []byte, err error) {
	v := s.view.Load()
	if v == nil {
		return // Open finds out itself
	}
	if string(from) < string([]byte{familyList}) || string(to) > string([]byte{familyList + 1}) {
		s.failure.lasting.CompareAndSwap(nil, &err)
	}
	for _, src := range v.sources {
		if string(to) < string(src.prefix) || string(from) >= string(src.generation.end()) {
			continue
		}
		if src.damage.err.CompareAndSwap(nil, &err) {
			s.tellDamage(src.state, err)
		}
	}
}

// recheck lets go of what counted as damaged for its file alone, and is found to
// be whole once a list was replaced: the block that is corrupt was that list's.
func (s *Store) recheck() {
	v := s.view.Load()
	var gone []*source
	err := s.failure.guard(func() error {
		nothing := func(_, _ []byte) error { return nil }
		if s.failure.lasting.Load() != nil &&
			s.scan(s.db, nil, []byte{familyList}, nothing) == nil && s.scan(s.db, []byte{familyList + 1}, nil, nothing) == nil {
			s.failure.lasting.Store(nil)
		}
		for _, src := range v.sources {
			if src.damage.err.Load() == nil || src.damage.spans.Load() != nil || src.lost != nil {
				continue
			}
			var sum digest
			err := s.scan(s.db, src.prefix, src.generation.end(), func(key, value []byte) error {
				sum += sumOf(key[prefixLen:], value)
				return nil
			})
			switch {
			case err == nil && sum == src.digest:
				src.damage.err.Store(nil)
			case err == nil:
				gone = append(gone, src)
			}
		}
		return nil
	})
	for _, src := range gone {
		if err == nil {
			err = s.lose(src)
		}
	}
	if err != nil {
		s.failure.Errorf("store: looking for what is still damaged: %v", err)
	}
}

// lose makes a list short that was found to hold less than it did.
func (s *Store) lose(src *source) error {
	acked := &ackSource{list: src.acknowledged(), own: map[eir.Target]eir.Entry{}}
	_, part, own := src.own()
	acked.whole = !part
	for i := range own {
		e, _ := own[i].entry()
		acked.own[e.Target] = e
	}
	lost, err := s.lostSource(src.state, src.generation, acked, errors.New("some of it is gone from the tables"))
	if err != nil {
		return err
	}
	sources := s.view.Load().with(lost)
	if err := s.failure.guard(func() error { return s.acknowledgeAnew(sources) }); err != nil {
		return err
	}
	s.swap(newView(sources, s.db.NewSnapshot()))
	return nil
}
