package format

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"testing"
)

// memory is a file in RAM, for a Writer.
type memory struct {
	b  []byte
	at int64
}

func (m *memory) Write(p []byte) (int, error) {
	n := copy(m.b[m.at:], p)
	m.b = append(m.b, p[n:]...)
	m.at += int64(len(p))
	return len(p), nil
}

func (m *memory) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += m.at
	case io.SeekEnd:
		offset += int64(len(m.b))
	}
	if offset < 0 {
		return 0, errors.New("before the beginning")
	}
	m.at = offset
	return offset, nil
}

func snapshotHeader(sequence uint64) Header {
	return Header{Kind: Snapshot, Created: 1_700_000_000, To: State{Epoch: 1, Sequence: sequence}}
}

func deltaHeader(from State) Header {
	return Header{Kind: Delta, Created: 1_700_000_060, From: from,
		To: State{Epoch: from.Epoch, Sequence: from.Sequence + 1}}
}

func added(entries []Entry) []Change {
	changes := make([]Change, len(entries))
	for i, e := range entries {
		changes[i] = Change{Op: Added, New: e}
	}
	return changes
}

// write returns a whole file.
func write(t testing.TB, h Header, changes []Change) []byte {
	t.Helper()
	var m memory
	w, err := NewWriter(&m, h)
	if err != nil {
		t.Fatal(err)
	}
	for i := range changes {
		if err := w.Add(&changes[i]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return m.b
}

// read returns all that a file holds and where it leads, or the first error.
func read(in io.Reader, l Limits, s *State) (changes []Change, to State, err error) {
	r, err := NewReader(in, l)
	if err != nil {
		return nil, to, err
	}
	if s != nil {
		if err := r.Follow(*s); err != nil {
			return nil, to, err
		}
	}
	for {
		var c Change
		switch err := r.Next(&c); {
		case err == io.EOF:
			to, _ = r.State()
			return changes, to, nil
		case err != nil:
			return changes, to, err
		}
		changes = append(changes, c)
	}
}

// stateOf reads a file that must be without fault.
func stateOf(t testing.TB, file []byte) State {
	t.Helper()
	_, s, err := read(bytes.NewReader(file), Limits{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// list is a Stream of a slice.
type list struct{ entries []Entry }

func (l *list) Next(e *Entry) error {
	if len(l.entries) == 0 {
		return io.EOF
	}
	*e, l.entries = l.entries[0], l.entries[1:]
	return nil
}

// diff returns the changes from one list to another.
func diff(old, new []Entry) (changes []Change, err error) {
	d := Diff(&list{old}, &list{new})
	for {
		var c Change
		switch err := d.Next(&c); {
		case err == io.EOF:
			return changes, nil
		case err != nil:
			return changes, err
		}
		changes = append(changes, c)
	}
}

func sha(file []byte) Hash { return sha256.Sum256(file) }
