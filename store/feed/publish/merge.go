package publish

import (
	"cmp"
	"container/heap"
	"io"

	"paperweight/store/feed/format"
)

// merged is all runs as one format.Stream.
type merged struct {
	runs       []*run
	last       *sortedChunk
	duplicates uint64
}

// run is a sorted run and its next entry.
type run struct {
	order int // runs came one after the other
	in    format.Stream
	head  format.Entry
}

func (m *merged) push(r *run) error {
	switch err := r.in.Next(&r.head); err {
	case nil:
		heap.Push(m, r)
		return nil
	case io.EOF:
		return nil
	default:
		return err
	}
}

// Next implements format.Stream.
func (m *merged) Next(e *format.Entry) error {
	for len(m.runs) > 0 {
		r := m.runs[0]
		*e = r.head
		switch err := r.in.Next(&r.head); err {
		case nil:
			heap.Fix(m, 0)
		case io.EOF:
			heap.Pop(m)
		default:
			return err
		}
		if len(m.runs) > 0 && format.Compare(e, &m.runs[0].head) == 0 {
			m.duplicates++
			continue
		}
		return nil
	}
	return io.EOF
}

// repeated is how many entries were listed again, once all was read.
func (m *merged) repeated() uint64 { return m.duplicates + m.last.duplicates }

func (m *merged) Len() int { return len(m.runs) }

func (m *merged) Less(i, j int) bool {
	a, b := m.runs[i], m.runs[j]
	return cmp.Or(format.Compare(&a.head, &b.head), cmp.Compare(a.order, b.order)) < 0
}

func (m *merged) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }
func (m *merged) Push(x any)    { m.runs = append(m.runs, x.(*run)) }
func (m *merged) Pop() any {
	last := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return last
}
