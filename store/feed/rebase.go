package feed

import (
	"context"
	"fmt"
	"io"
	"slices"

	"paperweight/eir"
	"paperweight/store/feed/format"
)

// content is what an update says, change by change, each for as long as the caller
// likes; io.EOF is an end without fault. A *format.Reader gives those of a file,
// a *merged those of several.
type content interface{ Next(*format.Change) error }

// merged is a snapshot with the deltas behind it, as one list: the entries that
// are listed after the last of them.
//
// A list that diverged begins with a snapshot that may be older than itself.
// Were the files to come into force one by one, a delta that is no good, a
// mirror that fails between two of them or the guard would leave the list
// where the snapshot was, and what was barred since then would be free again.
type merged struct {
	base  *format.Reader
	of    *target // base's
	folds []*fold // what is left of them, in order
	head  format.Change
	read  bool // head was read and not given out yet
	ended bool // there is no other
}

// fold is what deltas make of one entry: what the snapshot has to say of it,
// and what is then said of it; nil where it is not listed.
type fold struct {
	key, old, new *format.Entry
	of            *target // the first of them
}

// fileError says which file of a way an error is of.
type fileError struct {
	of  *target
	err error
}

func (e *fileError) Error() string { return e.err.Error() }

func (e *fileError) Unwrap() error { return e.err }

// merge reads the deltas of a way, which follow each other, and returns them
// laid over its snapshot. They may hold most changes together, since these are
// kept in RAM.
func merge(ctx context.Context, way []target, in []*format.Reader, most uint64) (*merged, error) {
	var records uint64
	for _, r := range in[1:] {
		records += r.Header().Records
	}
	if records > most {
		return nil, fmt.Errorf("%w: %d changes lead on from %s, and %d are taken at once: it waits for a newer snapshot", ErrDiverged, records, way[0].Name, most)
	}
	type entry struct {
		eir.Target
		malformed string
	}
	all := make(map[entry]*fold, min(records, 1<<16))
	for i, r := range in[1:] {
		t := &way[i+1]
		for n := 0; ; n++ {
			if n%batched == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			c := new(format.Change)
			if err := r.Next(c); err == io.EOF {
				break
			} else if err != nil {
				return nil, &fileError{t, err}
			}
			old, then := &c.Old, &c.New
			switch c.Op {
			case format.Added:
				old = nil
			case format.Removed:
				then = nil
			}
			at := entry{c.Key().Target, c.Key().Malformed}
			if f := all[at]; f == nil {
				all[at] = &fold{c.Key(), old, then, t}
			} else if !alike(f.new, old) {
				return nil, notListed(t)
			} else {
				f.new = then
			}
		}
	}
	m := &merged{base: in[0], of: &way[0], folds: make([]*fold, 0, len(all))}
	for _, f := range all {
		m.folds = append(m.folds, f)
	}
	slices.SortFunc(m.folds, func(a, b *fold) int { return format.Compare(a.key, b.key) })
	return m, nil
}

func alike(a, b *format.Entry) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

func notListed(t *target) error {
	return &fileError{t, &format.Error{Kind: format.ErrDiverged, Detail: "it changes what the files before it do not list, or list otherwise"}}
}

// Next returns the next entry of the list as one that is added.
func (m *merged) Next(c *format.Change) error {
	for {
		if err := m.ahead(); err != nil {
			return err
		}
		order := 1
		switch {
		case !m.read && len(m.folds) == 0:
			return io.EOF
		case len(m.folds) == 0:
			order = -1
		case m.read:
			order = format.Compare(&m.head.New, m.folds[0].key)
		}
		if order < 0 {
			*c, m.read = m.head, false
			return nil
		}
		f := m.folds[0]
		m.folds = m.folds[1:]
		var listed *format.Entry
		if order == 0 {
			listed, m.read = &m.head.New, false
		}
		if !alike(listed, f.old) {
			return notListed(f.of)
		}
		if f.new != nil {
			*c = format.Change{Op: format.Added, New: *f.new}
			return nil
		}
	}
}

// ahead reads the snapshot's next entry where the last was given out.
func (m *merged) ahead() error {
	if m.read || m.ended {
		return nil
	}
	switch err := m.base.Next(&m.head); err {
	case nil:
		m.read = true
	case io.EOF:
		m.ended = true
	default:
		return &fileError{m.of, err}
	}
	return nil
}
