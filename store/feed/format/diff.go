package format

import (
	"fmt"
	"io"
)

// Stream is a list in the order of Compare, entry after entry. Next fills e
// and returns io.EOF behind the last.
type Stream interface {
	Next(e *Entry) error
}

// Entries reads a snapshot as a Stream.
func Entries(r *Reader) (Stream, error) {
	if k := r.header.Kind; k != Snapshot {
		return nil, fmt.Errorf("feed file: a %s is no list: a snapshot is needed", k)
	}
	return &snapshotStream{r: r}, nil
}

type snapshotStream struct {
	r *Reader
	c Change
}

func (s *snapshotStream) Next(e *Entry) error {
	err := s.r.Next(&s.c)
	*e = s.c.New
	return err
}

// Differ finds the changes that lead from one list to another.
type Differ struct {
	old, new side
}

// Diff compares two lists. It holds an entry of each.
func Diff(old, new Stream) *Differ {
	return &Differ{old: side{name: "old", in: old}, new: side{name: "new", in: new}}
}

// Next returns the next change; io.EOF is the end of both lists. A list that
// is out of order, has an entry twice or one that no list can have is an error
// that Is ErrUnsorted, ErrDuplicate or ErrEntry.
func (d *Differ) Next(c *Change) error {
	for {
		if err := d.old.fill(); err != nil {
			return err
		}
		if err := d.new.fill(); err != nil {
			return err
		}
		if d.old.ended && d.new.ended {
			return io.EOF
		}
		switch n := d.compare(); {
		case n < 0:
			*c = Change{Op: Removed, Old: d.old.take()}
			return nil
		case n > 0:
			*c = Change{Op: Added, New: d.new.take()}
			return nil
		}
		before, after := d.old.take(), d.new.take()
		if before != after {
			*c = Change{Op: Changed, Old: before, New: after}
			return nil
		}
	}
}

// compare puts the list that has ended behind the other.
func (d *Differ) compare() int {
	switch {
	case d.old.ended:
		return 1
	case d.new.ended:
		return -1
	}
	return Compare(&d.old.head, &d.new.head)
}

// side is one list and its next entry.
type side struct {
	name    string
	in      Stream
	head    Entry
	filled  bool
	ended   bool
	last    Entry
	records uint64
}

// fill reads the next entry, unless it was read.
func (s *side) fill() error {
	if s.filled || s.ended {
		return nil
	}
	switch err := s.in.Next(&s.head); {
	case err == io.EOF:
		s.ended = true
		return nil
	case err != nil:
		return err
	}
	if err := s.head.Validate(); err != nil {
		return s.fault(ErrEntry, err.Error())
	}
	if s.records > 0 {
		switch n := Compare(&s.last, &s.head); {
		case n == 0:
			return s.fault(ErrDuplicate, describe(&s.head))
		case n > 0:
			return s.fault(ErrUnsorted, describe(&s.head)+" behind "+describe(&s.last))
		}
	}
	s.filled = true
	return nil
}

func (s *side) take() Entry {
	s.last, s.filled = s.head, false
	s.records++
	return s.head
}

func (s *side) fault(kind error, detail string) error {
	return fmt.Errorf("the %s list: %w after %d entries: %s", s.name, kind, s.records, detail)
}
