package store

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"

	"paperweight/eir"
)

// ErrUnsorted says that an entry of a sorted list is not behind the one before it.
var ErrUnsorted = errors.New("not in order")

// ReplaceSorted is Replace for a list that comes in order. Nothing is sorted:
// what Add takes is written while the next entries come, and Stage has little
// left to do. It takes some 10 MiB of memory, beside the index that comes into
// force with the list. Add and AddMalformed want the entries ascending
// strictly, by class, place and identity:
//
//	class     equipment (Exact, Pair), malformed identities, ranges (ByTAC,
//	          Range, RangePair), subscribers (BySubscriber)
//	place     equipment: From; malformed: the octets; ranges: From, then To;
//	          subscribers: IMSI, as a number
//	identity  Kind; any SVN before some; IMSI; SVNs[0]; SVNs[1]
//
// That is the order of Listed, and of the files of a feed. An entry out of it
// is left out with an error that Is ErrUnsorted.
func (s *Store) ReplaceSorted(source string) (*Replacement, error) {
	r, err := s.Replace(source)
	if err != nil {
		return nil, err
	}
	r.stream = newStream(r.newListWriter("writing"))
	return r, nil
}

// paceEvery is how many entries are written between two calls of Pace.
const paceEvery = 256

// Pace has f called for every few hundred entries written, with their number:
// it may sleep, so that a list leaves room for checks, and an error of it ends
// the list and is returned by Add or Stage. It is called from one goroutine at
// a time, which is not the caller's. Pace is to be called before Add.
func (r *Replacement) Pace(f func(entries int) error) { r.pace = f }

// stream hands sorted entries to a listWriter in another goroutine, so that
// whoever reads and checks them has a core to itself.
type stream struct {
	writer *listWriter
	key    []byte // of the last entry
	filled *items
	closed bool // full is
	full   chan *items
	free   chan *items

	stopped atomic.Bool
	done    chan struct{} // closed when the writer's goroutine has ended
	err     error         // why it ended early; read it after done
}

// items are entries as appendItem wrote them, one behind the other.
type items struct {
	data []byte
	ends []itemEnd
}

type itemEnd struct{ key, item int }

const (
	itemsAhead = 4
	itemsFull  = 4096
)

func newStream(w *listWriter) *stream {
	s := &stream{
		writer: w, filled: new(items),
		full: make(chan *items, itemsAhead), free: make(chan *items, itemsAhead), done: make(chan struct{}),
	}
	for range itemsAhead {
		s.free <- new(items)
	}
	go s.write()
	return s
}

func (s *stream) add(e *eir.Entry, malformed string, reason uint32) error {
	f := s.filled
	off := len(f.data)
	data, n := appendItem(f.data, e, malformed, reason)
	if key := data[off : off+n]; bytes.Compare(key, s.key) > 0 {
		s.key = append(s.key[:0], key...)
	} else {
		return fmt.Errorf("store: %w: %s", ErrUnsorted, &Listed{*e, malformed})
	}
	f.data = data
	f.ends = append(f.ends, itemEnd{off + n, len(data)})
	if len(f.ends) < itemsFull {
		return nil
	}
	return s.writer.replacement.name(s.flush())
}

// flush hands over what is filled and takes something empty.
func (s *stream) flush() error {
	select {
	case s.full <- s.filled:
	case <-s.done:
		return s.err
	}
	select {
	case s.filled = <-s.free:
		s.filled.data, s.filled.ends = s.filled.data[:0], s.filled.ends[:0]
		return nil
	case <-s.done:
		return s.err
	}
}

// write is the goroutine.
func (s *stream) write() {
	defer close(s.done)
	for f := range s.full {
		start := 0
		for _, end := range f.ends {
			if s.err = s.writer.entry(f.data[start:end.item], end.key-start); s.err != nil {
				return
			}
			start = end.item
		}
		if s.stopped.Load() {
			return
		}
		s.free <- f
	}
}

// end waits until all is written. Whoever calls it names its error.
func (s *stream) end() error {
	err := s.flush()
	s.close()
	if s.err != nil {
		return s.err
	}
	return err
}

// stop waits until nothing is written any more.
func (s *stream) stop() {
	s.stopped.Store(true)
	s.close()
	// Only to close the table under way: it will be removed.
	_ = s.writer.tables.finish()
}

func (s *stream) close() {
	if !s.closed {
		s.closed = true
		close(s.full)
	}
	<-s.done
}

// paced is an error of Pace, which is the caller's own and no failure.
type paced struct{ error }

func (r *Replacement) name(err error) error {
	if p := (paced{}); errors.As(err, &p) {
		return p.error
	}
	return r.store.failure.name(err)
}
