package store

import (
	"container/heap"
	"errors"
	"fmt"

	"paperweight/eir"
)

// MaxOverlap is how many entries by range or TAC, exceptions included, may
// cover one IMEI in one list. A check looks at each of them, some 30 ns, so
// whoever writes a list could else make checks as slow as he likes. It also
// keeps a list's ProhibitedIMEIs, all IMEIs so many times, below 2^64.
const MaxOverlap = 256

// ErrOverlap says that too many ranges of a list cover one IMEI.
var ErrOverlap = errors.New("too many ranges overlap")

// OverlapError refuses a change or a list; it Is ErrOverlap.
type OverlapError struct {
	// Source is whose list it is, "" where nobody's yet.
	Source string
	// At is an IMEI that too many entries cover.
	At eir.IMEI
}

func (e *OverlapError) Error() string {
	list := "the list"
	if e.Source != "" {
		list = fmt.Sprintf("the list of %q", e.Source)
	}
	return fmt.Sprintf("store: %v: more than %d ranges and TACs of %s would cover %s, and each slows checks of it; nothing was applied: make fewer, wider ones of them",
		ErrOverlap, MaxOverlap, list, e.At)
}

// Is gives errors.Is the kind.
func (e *OverlapError) Is(target error) bool { return target == ErrOverlap }

// Overlap finds out whether the ranges of a list, which it takes in the order
// in which they begin, overlap too much. The zero value has taken none.
type Overlap struct {
	open  ends
	count int // entries of open
}

// Add takes a range, or several that are alike but for their IMSI or software
// versions. The error is an *OverlapError.
func (o *Overlap) Add(from, to eir.IMEI, entries int) error {
	for len(o.open) > 0 && o.open[0].to < from {
		o.count -= heap.Pop(&o.open).(end).entries
	}
	o.count += entries
	if o.count > MaxOverlap {
		return &OverlapError{At: from}
	}
	heap.Push(&o.open, end{to, entries})
	return nil
}

// end is where entries end that began.
type end struct {
	to      eir.IMEI
	entries int
}

// ends is a heap; the first to end stands in front.
type ends []end

func (e ends) Len() int           { return len(e) }
func (e ends) Less(i, j int) bool { return e[i].to < e[j].to }
func (e ends) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *ends) Push(x any)        { *e = append(*e, x.(end)) }
func (e *ends) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// overlap looks at the spans that reach into one.
func (t *intervals) overlap(source string, within span) error {
	var o Overlap
	for i := range t.nodes {
		n := &t.nodes[i]
		if n.from > within.to {
			return nil
		}
		if n.to < within.from {
			continue
		}
		entries, err := countRecords(t.value(i))
		if err == nil {
			err = o.Add(eir.IMEI(n.from), eir.IMEI(n.to), entries)
		}
		if over, ok := err.(*OverlapError); ok {
			over.Source = source
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func countRecords(value []byte) (n int, err error) {
	for ; len(value) > 0; n++ {
		var r record
		if value, err = r.decode(value); err != nil {
			return n, err
		}
	}
	return n, nil
}

// hull is the span from the first to the last of what the edits put; false
// where they only take away.
func hull(edits []edit) (h span, some bool) {
	for i := range edits {
		e := &edits[i]
		if len(e.value) == 0 {
			continue
		}
		if !some {
			h, some = e.span, true
		}
		h.from, h.to = min(h.from, e.from), max(h.to, e.to)
	}
	return h, some
}
