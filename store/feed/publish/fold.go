package publish

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"paperweight/store/feed/format"
)

// fold merges deltas; of each entry the first old and the last new value stay.
func (p *Publisher) fold(ctx context.Context, f *os.File, deltas []target, at time.Time) (format.Header, error) {
	var m deltaHeap
	var h format.Header
	for i := range deltas {
		file, r, err := p.openTarget(&deltas[i])
		if err != nil {
			return h, err
		}
		defer file.Close()
		switch to := r.Header(); {
		case i == 0:
			h = format.Header{Kind: format.Delta, Created: at.Unix(), From: to.From}
		case to.From != h.To:
			return h, fmt.Errorf("feed: %s does not follow what is before it", deltas[i].Name)
		}
		// Checked by the next delta, which names it.
		header := r.Header()
		h.To = header.State(deltas[i].SHA256)
		if err := m.push(&delta{order: i, changes: changes{r: r}, want: deltas[i].SHA256}); err != nil {
			return h, err
		}
	}
	want := h.To
	w, err := format.NewWriter(f, h)
	if err != nil {
		return h, err
	}
	for len(m) > 0 {
		c, err := m.next()
		if err != nil {
			return h, err
		}
		if c.Op != 0 {
			w.Add(&c) // keeps its first error for Close
		}
	}
	if err := ctx.Err(); err != nil {
		return h, err
	}
	if h, err = w.Close(); err == nil && h.To != want {
		err = errors.New("feed: deltas that were rolled up do not lead where they did")
	}
	return h, err
}

// delta is one of those that are merged, its next change in hand.
type delta struct {
	order int
	changes
	want format.Hash
}

// deltaHeap has the least change first, and of the same entry the oldest.
type deltaHeap []*delta

func (m *deltaHeap) push(d *delta) error {
	c, err := d.peek()
	if err == nil && c == nil && d.r.Hash() != d.want {
		err = errors.New("feed: a published delta was changed; restore it from a mirror")
	}
	if err == nil && c != nil {
		heap.Push(m, d)
	}
	return err
}

// next returns what all deltas together do to the next entry; Op is 0 where
// that is nothing.
func (m *deltaHeap) next() (c format.Change, err error) {
	for first := true; ; first = false {
		d := heap.Pop(m).(*delta)
		step := d.head
		d.take()
		if err := m.push(d); err != nil {
			return c, err
		}
		if first {
			c = step
		} else {
			c = join(c, step)
		}
		key := step.Key()
		if len(*m) == 0 || format.Compare(key, (*m)[0].head.Key()) != 0 {
			return c, nil
		}
	}
}

// join makes one change of two to the same entry, one after the other.
func join(a, b format.Change) format.Change {
	before, after := a.Op == format.Changed || a.Op == format.Removed, b.Op != format.Removed
	if a.Op == 0 { // nothing so far
		before = b.Op != format.Added
		a.Old = b.Old
	}
	c := format.Change{Old: a.Old, New: b.New}
	switch {
	case before && after && c.Old == c.New, !before && !after:
		// Op 0; Old stays for the next step.
		return format.Change{Old: c.Old}
	case before && after:
		c.Op = format.Changed
	case before:
		c.Op = format.Removed
	default:
		c.Op = format.Added
	}
	return c
}

func (m deltaHeap) Len() int { return len(m) }

func (m deltaHeap) Less(i, j int) bool {
	if n := format.Compare(m[i].head.Key(), m[j].head.Key()); n != 0 {
		return n < 0
	}
	return m[i].order < m[j].order
}

func (m deltaHeap) Swap(i, j int) { m[i], m[j] = m[j], m[i] }
func (m *deltaHeap) Push(x any)   { *m = append(*m, x.(*delta)) }
func (m *deltaHeap) Pop() any {
	old := *m
	last := old[len(old)-1]
	*m = old[:len(old)-1]
	return last
}
