package format

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// nextBlock reads, decompresses and opens a block. io.EOF is the end.
func (r *Reader) nextBlock() error {
	var b [blockHeadLen]byte
	if err := r.read(b[:]); err != nil {
		return err
	}
	head, fail := parseBlockHead(b[:])
	if fail != nil {
		return fail
	}
	if head.class == classEnd {
		return r.end()
	}
	if uint64(head.records) > r.header.Records-r.records {
		return fault(ErrCount, "more records than the %d that the header says", r.header.Records)
	}
	r.stored = sized(r.stored, int(sum(&head.stored)))
	if err := r.read(r.stored); err != nil {
		return err
	}
	if err := r.decompress(&head); err != nil {
		return err
	}
	return r.block.open(&head)
}

// sized returns n octets, in b where it has them.
func sized(b []byte, n int) []byte {
	if n <= cap(b) {
		return b[:n]
	}
	return make([]byte, n)
}

// decompress gives the block its columns.
func (r *Reader) decompress(head *blockHead) error {
	r.raw = sized(r.raw, int(sum(&head.raw)))
	stored, raw := r.stored, r.raw
	for i := range numColumns {
		n, m := int(head.raw[i]), int(head.stored[i])
		if n == m {
			r.block.col[i] = column{b: stored[:m]}
		} else {
			b, err := r.expand(stored[:m], raw[:0:n])
			if err != nil {
				return err
			}
			r.block.col[i] = column{b: b}
		}
		stored, raw = stored[m:], raw[n:]
	}
	return nil
}

// expand decompresses a column into room, whose capacity is what it must take.
func (r *Reader) expand(stored, room []byte) ([]byte, error) {
	var frame zstd.Header
	if err := frame.Decode(stored); err != nil {
		return nil, &Error{Kind: ErrCorrupt, Cause: err}
	}
	// Without a stated length nothing would be known before decompression. A
	// skippable frame states none.
	if !frame.HasFCS || frame.FrameContentSize != uint64(cap(room)) {
		return nil, fault(ErrBomb, "a column states %d octets, its frame %d", cap(room), frame.FrameContentSize)
	}
	b, err := r.zstd.DecodeAll(stored, room)
	switch {
	case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrFrameSizeExceeded):
		return nil, &Error{Kind: ErrBomb, Detail: fmt.Sprintf("a column states %d octets and has more", cap(room)), Cause: err}
	case err != nil:
		return nil, &Error{Kind: ErrCorrupt, Cause: err}
	}
	return b, nil
}

// read fills b. The end of the file is ErrTruncated: it has an end mark.
func (r *Reader) read(b []byte) error {
	if int64(len(b)) > r.limits.Octets-r.offset {
		return fault(ErrOversized, "it is longer than the %d octets that are allowed", r.limits.Octets)
	}
	n, err := io.ReadFull(r.in, b)
	r.offset += int64(n)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fault(ErrTruncated, "the file ends in the middle")
	}
	r.hash.Write(b[:n]) // never fails
	return err
}
