package format

import (
	"fmt"
	"io"
	"iter"
	"maps"

	"github.com/klauspost/compress/zstd"
)

// Writer writes a file from changes in the order of Compare, in memory that
// does not grow with their number (but for the distinct reasons).
type Writer struct {
	w      io.WriteSeeker
	start  int64
	header Header
	block  builder
	zstd   *zstd.Encoder
	out    []byte
	last   Entry // key of the last record
	err    error
}

// NewWriter begins a file where w stands. Of the header it takes Kind,
// Created, To.Epoch, To.Sequence, To.Link, and for a delta From; it counts and
// digests the rest itself. Until Close has returned, the file has no header
// and nobody will take it for one of a feed.
func NewWriter(w io.WriteSeeker, h Header) (*Writer, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	h.To.Entries, h.To.Digest, h.Records = h.From.Entries, h.From.Digest, 0
	start, err := w.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(make([]byte, headerLen)); err != nil {
		return nil, err
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true), zstd.WithAllLitEntropyCompression(true))
	if err != nil {
		return nil, err
	}
	return &Writer{w: w, start: start, header: h, zstd: z, block: newBuilder()}, nil
}

// Add writes a change. A snapshot takes only what is Added. The error, an
// *Error where the change is at fault, ends the writing: nothing can be added
// and Close returns it.
func (w *Writer) Add(c *Change) error {
	if w.err == nil {
		w.err = w.add(c)
	}
	return w.err
}

func (w *Writer) add(c *Change) error {
	if err := c.validate(); err != nil {
		return w.fault(ErrEntry, "%v", err)
	}
	if w.header.Kind == Snapshot && c.Op != Added {
		return w.fault(ErrEntry, "an entry of a snapshot is %s", c.Op)
	}
	key := c.Key()
	if w.header.Records > 0 {
		switch n := Compare(&w.last, key); {
		case n == 0:
			return w.fault(ErrDuplicate, "%s", describe(key))
		case n > 0:
			return w.fault(ErrUnsorted, "%s behind %s", describe(key), describe(&w.last))
		}
	}
	switch c.Op {
	case Added:
		w.header.To.Entries++
	case Removed:
		if w.header.To.Entries == 0 {
			return w.fault(ErrCount, "more is removed than there was")
		}
		w.header.To.Entries--
	}
	if class := classes[key.Kind]; class != w.block.class || w.block.full() {
		if err := w.flush(); err != nil {
			return err
		}
		w.block.begin(class)
	}
	if err := w.block.add(c); err != nil {
		return w.fault(ErrOversized, "%v", err)
	}
	w.header.To.Digest.Apply(c)
	w.header.Records++
	w.last = *key
	return nil
}

func (w *Writer) fault(kind error, format string, args ...any) error {
	err := fault(kind, format, args...)
	err.Record = w.header.Records
	return err
}

// Reasons yields the distinct reasons of what was added so far.
func (w *Writer) Reasons() iter.Seq[string] { return maps.Keys(w.block.reasons) }

// flush writes the block, if there is one.
func (w *Writer) flush() error {
	if w.block.records == 0 {
		return nil
	}
	head := blockHead{class: w.block.class, records: uint32(w.block.records)}
	w.out = append(w.out[:0], make([]byte, blockHeadLen)...)
	for i, c := range w.block.col {
		start := len(w.out)
		w.out = w.zstd.EncodeAll(c, w.out)
		if len(w.out)-start >= len(c) {
			w.out = append(w.out[:start], c...)
		}
		head.raw[i], head.stored[i] = uint32(len(c)), uint32(len(w.out)-start)
	}
	head.append(w.out[:0])
	_, err := w.w.Write(w.out)
	return err
}

// Close ends the file: the last block, the end mark, and the header over the
// room that was left for it. It returns the header as written; with the hash
// of the file, its State is where the file leads. It does not sync or close
// what is below.
func (w *Writer) Close() (Header, error) {
	if w.err == nil {
		w.err = w.finish()
	}
	if w.err != nil {
		return Header{}, w.err
	}
	w.err = fmt.Errorf("feed file: it is finished")
	return w.header, nil
}

func (w *Writer) finish() error {
	if err := w.flush(); err != nil {
		return err
	}
	if _, err := w.w.Write(make([]byte, blockHeadLen)); err != nil {
		return err
	}
	if _, err := w.w.Seek(w.start, io.SeekStart); err != nil {
		return err
	}
	if _, err := w.w.Write(w.header.append(nil)); err != nil {
		return err
	}
	_, err := w.w.Seek(0, io.SeekEnd)
	return err
}

// describe names an entry in an error, masked as in any log.
func describe(e *Entry) string {
	switch classes[e.Kind] {
	case classMalformed:
		return fmt.Sprintf("a malformed identity of %d octets", len(e.Malformed))
	case classSubscriber:
		return fmt.Sprintf("%s %s", e.Kind, e.IMSI.Masked())
	}
	return fmt.Sprintf("%s %s", e.Kind, e.From.Masked())
}
