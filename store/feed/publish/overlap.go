package publish

import (
	"iter"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
)

// overlap lays changes, which come in order, over the ranges of the list, and
// finds out whether nodes' stores would take what comes of it. It reads nothing
// while no range changes.
type overlap struct {
	ranges iter.Seq2[eir.Entry, error]
	count  store.Overlap
	next   func() (eir.Entry, error, bool)
	stop   func()
	head   format.Entry
	ended  bool
}

// byRange says of an entry whether it lies among the ranges.
func byRange(k eir.Kind) bool { return k == eir.ByTAC || k == eir.Range || k == eir.RangePair }

func (o *overlap) change(c *format.Change) error {
	key := c.Key()
	if !byRange(key.Kind) {
		return nil
	}
	if o.next == nil {
		o.next, o.stop = iter.Pull2(o.ranges)
		if err := o.advance(); err != nil {
			return err
		}
	}
	if err := o.before(key); err != nil {
		return err
	}
	if !o.ended && format.Compare(&o.head, key) == 0 {
		if err := o.advance(); err != nil {
			return err
		}
	}
	if c.Op == format.Removed {
		return nil
	}
	return o.count.Add(key.From, key.To, 1)
}

// before takes what of the list stands before a key; nil is the end.
func (o *overlap) before(key *format.Entry) error {
	for !o.ended && (key == nil || format.Compare(&o.head, key) < 0) {
		if err := o.count.Add(o.head.From, o.head.To, 1); err != nil {
			return err
		}
		if err := o.advance(); err != nil {
			return err
		}
	}
	return nil
}

// advance goes on to the next range of the list.
func (o *overlap) advance() error {
	for {
		e, err, ok := o.next()
		if err != nil {
			return err
		}
		if o.ended = !ok; o.ended {
			return nil
		}
		if o.head.Entry = e; byRange(e.Kind) {
			return nil
		}
	}
}

// end takes the rest of the list.
func (o *overlap) end() error {
	if o.next == nil {
		return nil
	}
	return o.before(nil)
}

func (o *overlap) close() {
	if o.stop != nil {
		o.stop()
	}
}
