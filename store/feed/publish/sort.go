package publish

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"paperweight/store/feed/format"
)

// chunkEntries is how many entries are sorted in RAM at a time: some 50 MiB,
// and as much again for the chunk before, which is being written.
const chunkEntries = 1 << 18

// sorter sorts a list of any size, and of entries that are listed twice keeps
// the later. Chunks are sorted and written as lists of their own (runs) while
// the next is filled, and merged in the end. It is not the store's sorter: that
// one has keys and values of octets; here the feed's own files serve.
type sorter struct {
	dir        string
	limit      int // chunkEntries
	chunk      []format.Entry
	spare      chan []format.Entry // one that was written
	writing    chan error          // of the run that is being written
	runs       []string
	duplicates uint64 // in the runs that were written
	files      []*os.File
}

func newSorter(dir string, limit int) *sorter {
	s := &sorter{dir: dir, limit: limit, spare: make(chan []format.Entry, 1), writing: make(chan error, 1)}
	s.spare <- nil
	s.writing <- nil
	return s
}

func (s *sorter) add(e *format.Entry) error {
	s.chunk = append(s.chunk, *e)
	if len(s.chunk) < s.limit {
		return nil
	}
	if err := <-s.writing; err != nil {
		s.writing <- nil
		return err
	}
	chunk, name := s.chunk, filepath.Join(s.dir, fmt.Sprintf("tmp-run-%d", len(s.runs)))
	s.chunk = (<-s.spare)[:0]
	s.runs = append(s.runs, name)
	go func() {
		err := s.spill(name, chunk)
		s.spare <- chunk
		s.writing <- err
	}()
	return nil
}

// spill writes a run.
func (s *sorter) spill(name string, chunk []format.Entry) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w, err := newList(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	in := sorted(chunk)
	c := format.Change{Op: format.Added}
	for in.Next(&c.New) == nil {
		w.Add(&c) // keeps its first error for Close
	}
	_, err = w.Close()
	s.duplicates += in.duplicates
	return errors.Join(err, f.Close())
}

// stream ends the filling and returns the sorted list.
func (s *sorter) stream() (*merged, error) {
	err := <-s.writing
	s.writing <- nil
	if err != nil {
		return nil, err
	}
	m := &merged{duplicates: s.duplicates}
	for i, name := range s.runs {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		s.files = append(s.files, f)
		r, err := format.NewReader(f, format.Limits{})
		if err != nil {
			return nil, err
		}
		in, err := format.Entries(r)
		if err != nil {
			return nil, err
		}
		if err := m.push(&run{order: i, in: in}); err != nil {
			return nil, err
		}
	}
	m.last = sorted(s.chunk)
	return m, m.push(&run{order: len(s.runs), in: m.last})
}

// close removes the runs.
func (s *sorter) close() {
	<-s.writing
	for _, f := range s.files {
		f.Close() // read only
	}
	for _, name := range s.runs {
		os.Remove(name) // else the next sweep does
	}
}

// sortedChunk is a chunk as a format.Stream.
type sortedChunk struct {
	chunk      []format.Entry
	order      []place
	duplicates uint64
}

// place is where an entry stands in a chunk. Its rank settles most comparisons
// without a look at it.
type place struct {
	rank uint64
	at   uint32
}

func sorted(chunk []format.Entry) *sortedChunk {
	s := &sortedChunk{chunk: chunk, order: make([]place, len(chunk))}
	for i := range s.order {
		s.order[i] = place{chunk[i].Rank(), uint32(i)}
	}
	slices.SortFunc(s.order, func(a, b place) int {
		if n := cmp.Compare(a.rank, b.rank); n != 0 {
			return n
		}
		return cmp.Or(format.Compare(&chunk[a.at], &chunk[b.at]), cmp.Compare(a.at, b.at))
	})
	return s
}

// Next implements format.Stream.
func (s *sortedChunk) Next(e *format.Entry) error {
	for len(s.order) > 0 {
		p := s.order[0]
		s.order = s.order[1:]
		if len(s.order) > 0 && p.rank == s.order[0].rank && format.Compare(&s.chunk[p.at], &s.chunk[s.order[0].at]) == 0 {
			s.duplicates++
			continue
		}
		*e = s.chunk[p.at]
		return nil
	}
	return io.EOF
}
