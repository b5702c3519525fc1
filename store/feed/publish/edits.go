package publish

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sort"

	"paperweight/store/feed/format"
)

// maxEdits is how many lines a change may have, since they are all kept in
// RAM: some 160 octets each.
const maxEdits = 2_000_000

// edits are changes to the list, found by looking up what they name.
type edits struct {
	list   *list
	orders []order
	old    *parts
	head   format.Entry
	ended  bool
	// idle counts those that had nothing to change.
	idle uint64
}

func (e *edits) add(o *order) error {
	if len(e.orders) == maxEdits {
		return fmt.Errorf("feed: more than %d changes: publish the whole list", maxEdits)
	}
	e.orders = append(e.orders, *o)
	return nil
}

// sort brings the changes into the list's order; of several to one entry the
// last counts. It returns how many did not.
func (e *edits) sort() (repeated uint64) {
	slices.SortStableFunc(e.orders, func(a, b order) int { return format.Compare(&a.entry, &b.entry) })
	last := e.orders[:0]
	for _, o := range e.orders {
		if n := len(last); n > 0 && format.Compare(&last[n-1].entry, &o.entry) == 0 {
			last[n-1] = o
			repeated++
		} else {
			last = append(last, o)
		}
	}
	e.orders = last
	e.old = e.list.around(last)
	return repeated
}

// around reads the parts in which the orders' entries stand, if they stand
// anywhere.
func (l *list) around(sorted []order) *parts {
	s := &parts{dir: l.dir}
	for len(sorted) > 0 && len(l.Parts) > 0 {
		i := l.partOf(&sorted[0].entry)
		s.left = append(s.left, l.Parts[i])
		if i+1 == len(l.Parts) {
			break
		}
		first := l.Parts[i+1].First.entry()
		n := sort.Search(len(sorted), func(k int) bool { return format.Compare(&sorted[k].entry, &first) >= 0 })
		sorted = sorted[n:]
	}
	return s
}

// partOf is the number of the part to which an entry belongs.
func (l *list) partOf(e *format.Entry) int {
	after := sort.Search(len(l.Parts), func(i int) bool {
		first := l.Parts[i].First.entry()
		return format.Compare(&first, e) > 0
	})
	return max(after-1, 0)
}

// next returns the next change; io.EOF is the end.
func (e *edits) next(c *format.Change) error {
	for len(e.orders) > 0 {
		o := &e.orders[0]
		e.orders = e.orders[1:]
		listed, err := e.find(&o.entry)
		if err != nil {
			return err
		}
		switch {
		case listed && o.remove:
			*c = format.Change{Op: format.Removed, Old: e.head}
		case listed && o.entry != e.head:
			*c = format.Change{Op: format.Changed, Old: e.head, New: o.entry}
		case !listed && !o.remove:
			*c = format.Change{Op: format.Added, New: o.entry}
		default:
			e.idle++
			continue
		}
		return nil
	}
	return io.EOF
}

// find reads on until the list has the entry in e.head, or has it not.
func (e *edits) find(want *format.Entry) (bool, error) {
	for !e.ended {
		n := -1
		if e.head != (format.Entry{}) {
			n = cmp.Compare(format.Compare(&e.head, want), 0)
		}
		if n >= 0 {
			return n == 0, nil
		}
		switch err := e.old.Next(&e.head); err {
		case nil:
		case io.EOF:
			e.ended = true
		default:
			return false, err
		}
	}
	return false, nil
}

func (e *edits) close() { e.old.Close() }
