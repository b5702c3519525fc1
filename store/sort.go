package store

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// sorter sorts items of any number in bounded memory: it fills a chunk, sorts
// it, writes it to a file as a run, and merges the runs in the end. Items with
// equal keys stay in the order in which they came.
type sorter struct {
	fs    vfs.FS
	dir   string
	limit int                  // octets in a chunk
	room  func(need int) error // why so much may not be written, or nil
	arena []byte
	items []item
	runs  []string
}

const (
	// sortChunk and the items that point into it take some 60 MiB.
	sortChunk  = 32 << 20
	runBuffer  = 256 << 10
	runReading = 64 << 10
)

// item is where an entry stands in the arena: its key, then its payload.
// prefix is the key's first octets, which settle most comparisons at once.
type item struct {
	prefix   uint64
	off      uint32
	key, len uint16
}

// add takes an item whose octets the caller appended to s.arena from off on,
// the first n of them its key.
func (s *sorter) add(off, n int) error {
	s.items = append(s.items, item{
		prefix: prefixOf(s.arena[off : off+n]),
		off:    uint32(off), key: uint16(n), len: uint16(len(s.arena) - off),
	})
	if len(s.arena) >= s.limit {
		return s.spill()
	}
	return nil
}

func prefixOf(key []byte) uint64 {
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

func (s *sorter) sort() {
	slices.SortFunc(s.items, func(a, b item) int {
		if n := cmp.Compare(a.prefix, b.prefix); n != 0 {
			return n
		}
		n := bytes.Compare(s.arena[a.off:a.off+uint32(a.key)], s.arena[b.off:b.off+uint32(b.key)])
		return cmp.Or(n, cmp.Compare(a.off, b.off))
	})
}

// spill writes the chunk as a run: of each item the lengths and the octets.
func (s *sorter) spill() (err error) {
	if err := s.room(len(s.arena)); err != nil {
		return err
	}
	s.sort()
	name := s.fs.PathJoin(s.dir, "run-"+strconv.Itoa(len(s.runs)))
	f, err := s.fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, runBuffer)
	var head []byte
	for _, it := range s.items {
		head = binary.AppendUvarint(head[:0], uint64(it.key))
		head = binary.AppendUvarint(head, uint64(it.len))
		w.Write(head) // a bufio.Writer keeps its first error for Flush
		w.Write(s.arena[it.off : it.off+uint32(it.len)])
	}
	s.runs = append(s.runs, name)
	s.arena, s.items = s.arena[:0], s.items[:0]
	return w.Flush()
}

// merge hands over all items in order; data is valid during the call, and its
// first n octets are the key.
func (s *sorter) merge(each func(data []byte, n int) error) error {
	s.sort()
	h := &runHeap{}
	defer h.close()
	for i, name := range s.runs {
		f, err := s.fs.Open(name, vfs.SequentialReadsOption)
		if err != nil {
			return err
		}
		h.files = append(h.files, f)
		h.push(&run{order: i, in: bufio.NewReaderSize(f, runReading)})
	}
	h.push(&run{order: len(s.runs), chunk: s})
	for len(h.runs) > 0 && h.err == nil {
		r := h.runs[0]
		if err := each(r.data, r.key); err != nil {
			return err
		}
		if r.next(h) {
			heap.Fix(h, 0)
		} else {
			heap.Pop(h)
		}
	}
	return h.err
}

// run is a sorted run, from a file or from the last chunk in memory.
type run struct {
	order int // runs came one after the other
	in    *bufio.Reader
	chunk *sorter
	at    int
	data  []byte
	key   int
}

// next reads an item; false is the end, or an error in h.
func (r *run) next(h *runHeap) bool {
	if r.chunk != nil {
		if r.at == len(r.chunk.items) {
			return false
		}
		it := r.chunk.items[r.at]
		r.at++
		r.data, r.key = r.chunk.arena[it.off:it.off+uint32(it.len)], int(it.key)
		return true
	}
	key, err := binary.ReadUvarint(r.in)
	if err == io.EOF {
		return false
	}
	n, err2 := binary.ReadUvarint(r.in)
	if err = errors.Join(err, err2); err == nil {
		r.data, r.key = slices.Grow(r.data[:0], int(n))[:n], int(key)
		_, err = io.ReadFull(r.in, r.data)
	}
	h.err = err
	return err == nil
}

// runHeap holds the runs that are not at their end, the least item's first.
type runHeap struct {
	runs  []*run
	files []vfs.File
	err   error
}

func (h *runHeap) push(r *run) {
	if h.err == nil && r.next(h) {
		heap.Push(h, r)
	}
}

func (h *runHeap) close() {
	for _, f := range h.files {
		f.Close() // read only
	}
}

func (h *runHeap) Len() int { return len(h.runs) }

func (h *runHeap) Less(i, j int) bool {
	a, b := h.runs[i], h.runs[j]
	return cmp.Or(bytes.Compare(a.data[:a.key], b.data[:b.key]), cmp.Compare(a.order, b.order)) < 0
}

func (h *runHeap) Swap(i, j int) { h.runs[i], h.runs[j] = h.runs[j], h.runs[i] }
func (h *runHeap) Push(x any)    { h.runs = append(h.runs, x.(*run)) }
func (h *runHeap) Pop() any {
	last := h.runs[len(h.runs)-1]
	h.runs = h.runs[:len(h.runs)-1]
	return last
}
