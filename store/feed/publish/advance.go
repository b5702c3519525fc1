package publish

import (
	"errors"
	"fmt"
	"io"
	"os"

	"paperweight/store/feed/format"
)

// advance applies a file of the feed to the list, once the whole of it was
// read and has the hash that was signed.
func (l *list) advance(name string, hash format.Hash) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := format.NewReader(f, format.Limits{})
	if err != nil {
		return fmt.Errorf("feed: %s: %w", name, err)
	}
	if err := r.Follow(l.State); err != nil {
		return fmt.Errorf("feed: %s: %w", name, err)
	}
	w := &partWriter{dir: l.dir, next: l.Next, limit: l.limit}
	defer w.abort()
	changes := &changes{r: r}
	if r.Header().Kind == format.Snapshot {
		err = changes.write(w)
	} else {
		w.limit = 2 * l.limit
		err = l.merge(changes, w)
	}
	if err = errors.Join(err, w.cut()); err != nil {
		return fmt.Errorf("feed: %s: %w", name, err)
	}
	if r.Hash() != hash {
		return fmt.Errorf("feed: %s is not the file that was prepared; restore it from a mirror", name)
	}
	state, _ := r.State()
	next := kept{State: state, History: l.History, Chains: l.Chains, Next: w.next, Parts: w.done}
	if c := l.Coming; c != nil && c.To == r.Header().To {
		next.History, next.Chains = c.History, c.Chains
	}
	return l.save(next)
}

// changes reads a file with one change in hand.
type changes struct {
	r    *format.Reader
	head format.Change
	full bool
	end  bool
}

// peek returns the next change, nil at the end.
func (c *changes) peek() (*format.Change, error) {
	if !c.full && !c.end {
		switch err := c.r.Next(&c.head); err {
		case nil:
			c.full = true
		case io.EOF:
			c.end = true
		default:
			return nil, err
		}
	}
	if c.end {
		return nil, nil
	}
	return &c.head, nil
}

func (c *changes) take() { c.full = false }

// write writes a whole list.
func (c *changes) write(w *partWriter) error {
	for {
		change, err := c.peek()
		if err != nil || change == nil {
			return err
		}
		if err := w.add(&change.New); err != nil {
			return err
		}
		c.take()
	}
}

// merge writes the parts that are changed and keeps the others.
func (l *list) merge(c *changes, w *partWriter) error {
	// What stands before the first part belongs to it, and an empty list
	// has one part without a file.
	old := l.Parts
	if len(old) == 0 {
		old = []part{{}}
	}
	for i, p := range old {
		var limit *format.Entry
		if i+1 < len(old) {
			e := old[i+1].First.entry()
			limit = &e
		}
		change, err := c.peek()
		if err != nil {
			return err
		}
		if change == nil || limit != nil && format.Compare(change.Key(), limit) >= 0 {
			if p.Entries > 0 {
				if err := w.cut(); err != nil {
					return err
				}
				w.done = append(w.done, p)
			}
			continue
		}
		if err := l.mergePart(p, limit, c, w); err != nil {
			return err
		}
	}
	return nil
}

func (l *list) mergePart(p part, limit *format.Entry, c *changes, w *partWriter) error {
	in := &parts{dir: l.dir}
	if p.Entries > 0 {
		in.left = []part{p}
	}
	defer in.Close()
	var e format.Entry
	err := in.Next(&e)
	for {
		if err != nil && err != io.EOF {
			return err
		}
		change, fail := c.peek()
		if fail != nil {
			return fail
		}
		if change != nil && limit != nil && format.Compare(change.Key(), limit) >= 0 {
			change = nil
		}
		if change == nil && err == io.EOF {
			return w.cut()
		}
		n := 1 // the change comes first
		switch {
		case change == nil:
			n = -1
		case err == nil:
			n = format.Compare(&e, change.Key())
		}
		// An old value that the list does not have is a fault of the list:
		// the delta's digest was computed from it.
		if n == 0 && change.Op == format.Added || n == 0 && change.Old != e || n > 0 && change.Op != format.Added {
			return in.fault(errors.New("a change does not fit it"))
		}
		if n < 0 {
			fail = w.add(&e)
		} else if change.Op != format.Removed {
			fail = w.add(&change.New)
		}
		if fail != nil {
			return fail
		}
		if n >= 0 {
			c.take()
		}
		if n <= 0 {
			err = in.Next(&e)
		}
	}
}
