package publish

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"paperweight/eir"
	"paperweight/store/feed/format"
)

// partEntries is how many entries a part has when a list is written; a part
// that grows is cut at twice that. To look an entry up costs reading a part.
const partEntries = 1 << 18

// parts reads some parts, one behind the other, as a format.Stream.
type parts struct {
	dir  string
	left []part
	file *os.File
	in   format.Stream
	read uint64 // of the part that is open
}

// entries reads the whole list. Close the stream.
func (l *list) entries() *parts { return &parts{dir: l.dir, left: l.Parts} }

// ranges yields the entries from the first range on, and those that stand
// before it in its part.
func (l *list) ranges() iter.Seq2[eir.Entry, error] {
	return func(yield func(eir.Entry, error) bool) {
		if len(l.Parts) == 0 {
			return
		}
		first := format.Entry{Entry: eir.Entry{Target: eir.Target{Kind: eir.ByTAC}}}
		s := &parts{dir: l.dir, left: l.Parts[l.partOf(&first):]}
		defer s.Close()
		var e format.Entry
		for {
			err := s.Next(&e)
			if err == io.EOF || !yield(e.Entry, err) || err != nil {
				return
			}
		}
	}
}

// Next implements format.Stream.
func (s *parts) Next(e *format.Entry) error {
	for {
		if s.in == nil {
			if len(s.left) == 0 {
				return io.EOF
			}
			if err := s.open(); err != nil {
				return err
			}
		}
		switch err := s.in.Next(e); {
		case err == nil:
			s.read++
			return nil
		case err != io.EOF:
			return s.fault(err)
		case s.read != s.left[0].Entries:
			return s.fault(fmt.Errorf("%d entries, %d were written", s.read, s.left[0].Entries))
		}
		s.left = s.left[1:]
		if err := s.Close(); err != nil {
			return err
		}
	}
}

func (s *parts) open() (err error) {
	if s.file, err = os.Open(filepath.Join(s.dir, s.left[0].File)); err != nil {
		return s.fault(err)
	}
	r, err := format.NewReader(s.file, format.Limits{})
	if err == nil {
		s.in, err = format.Entries(r)
	}
	s.read = 0
	return s.fault(err)
}

func (s *parts) fault(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("feed: the list in %s is damaged: %w; remove the folder: the list is taken from what was published", s.dir, err)
}

// Close closes the file that is open.
func (s *parts) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file, s.in = nil, nil
	return err
}

// partWriter writes entries, in order, into parts.
type partWriter struct {
	dir   string
	next  uint64
	limit uint64
	file  *os.File
	out   *format.Writer
	done  []part
}

func (w *partWriter) add(e *format.Entry) error {
	if w.out != nil && w.done[len(w.done)-1].Entries == w.limit {
		if err := w.cut(); err != nil {
			return err
		}
	}
	if w.out == nil {
		p := part{File: fmt.Sprintf("%08d.part", w.next), First: keyOf(e)}
		f, err := os.Create(filepath.Join(w.dir, p.File))
		if err != nil {
			return err
		}
		w.file, w.done = f, append(w.done, p)
		w.next++
		if w.out, err = newList(f); err != nil {
			return err
		}
	}
	w.done[len(w.done)-1].Entries++
	return w.out.Add(&format.Change{Op: format.Added, New: *e})
}

// cut ends the part that is being written.
func (w *partWriter) cut() error {
	if w.out == nil {
		return nil
	}
	w.done[len(w.done)-1].Reasons = sketchOf(w.out.Reasons())
	_, err := w.out.Close()
	err = errors.Join(err, w.file.Sync(), w.file.Close())
	w.out, w.file = nil, nil
	return err
}

// abort closes what is open; the next sweep removes what was written.
func (w *partWriter) abort() {
	if w.file != nil {
		w.file.Close()
	}
}

// newList begins a snapshot that serves as a sorted list of entries: of no
// feed, so its state says nothing.
func newList(f io.WriteSeeker) (*format.Writer, error) {
	return format.NewWriter(f, format.Header{Kind: format.Snapshot, To: format.State{Epoch: 1, Sequence: 1}})
}
