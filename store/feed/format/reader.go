package format

import (
	"bufio"
	"crypto/sha256"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Limits bound what a Reader accepts; zero values mean the defaults.
type Limits struct {
	// Records is how many records a file has at most: 1<<30 by default.
	Records uint64
	// Octets is how long a file is at most: 64 GiB by default.
	Octets int64
}

const (
	defaultRecords = 1 << 30
	defaultOctets  = 64 << 30
	readBuffer     = 64 << 10
)

// Reader reads a file, one change after the other, in bounded memory: two
// blocks and the distinct reasons.
//
// What it hands out is provisional until Next has returned io.EOF: only then
// are the counts, the order, the digest and the end of the file known to be
// right. Nothing may take effect before.
type Reader struct {
	in     *bufio.Reader
	hash   hash.Hash
	limits Limits
	offset int64
	header Header

	zstd   *zstd.Decoder
	stored []byte
	raw    []byte
	block  parser

	records uint64 // handed out
	entries uint64 // in the list, after them
	digest  Digest // of the list, after them
	last    Entry  // key of the last one
	scratch []byte

	link Hash // that the file must lead to, if not zero
	file Hash
	err  error
}

// NewReader reads the header. Its errors, and those of Next, are *Error for
// what is wrong with the file, and what in returned where reading failed.
func NewReader(in io.Reader, l Limits) (*Reader, error) {
	if l.Records == 0 {
		l.Records = defaultRecords
	}
	if l.Octets == 0 {
		l.Octets = defaultOctets
	}
	r := &Reader{in: bufio.NewReaderSize(in, readBuffer), hash: sha256.New(), limits: l}
	head := make([]byte, headerLen)
	if err := r.read(head); err != nil {
		return nil, r.place(err)
	}
	h, fail := parseHeader(head)
	if fail == nil && h.Records > l.Records {
		fail = fault(ErrOversized, "%d records, %d are allowed", h.Records, l.Records)
	}
	if fail != nil {
		return nil, r.place(fail)
	}
	// The cap of what it decompresses into is the limit that counts: what
	// the block stated. This one is behind it.
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxBlockOctets),
		zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, err
	}
	r.header, r.zstd, r.entries, r.digest = h, z, h.From.Entries, h.From.Digest
	return r, nil
}

// Header returns the header. That the file is what it says is known only when
// Next has returned io.EOF.
func (r *Reader) Header() Header { return r.header }

// Follow reports why the file may not be applied to a list in the state s, as
// Header.Follows does, and lets Next find out what only the end of a file
// shows: that a snapshot is the beginning of another history of the same
// sequence. Call it before Next.
func (r *Reader) Follow(s State) error {
	if err := r.header.Follows(s); err != nil {
		return err
	}
	if r.header.To.Epoch == s.Epoch && r.header.To.Sequence == s.Sequence {
		r.link = s.Link
	}
	return nil
}

// Next reads a change; io.EOF is the end of a file without fault. An error
// stays. The texts of c are new memory: c may be kept.
func (r *Reader) Next(c *Change) error {
	if r.err != nil {
		return r.err
	}
	if err := r.next(c); err != nil {
		*c = Change{}
		r.err = r.place(err)
		return r.err
	}
	return nil
}

// State returns where the file leads, and false before Next has returned
// io.EOF.
func (r *Reader) State() (State, bool) {
	return r.header.State(r.file), r.err == io.EOF
}

// Hash returns the SHA-256 of the file, zero before Next has returned io.EOF.
func (r *Reader) Hash() Hash { return r.file }

func (r *Reader) next(c *Change) error {
	for r.block.left == 0 {
		if err := r.nextBlock(); err != nil {
			return err
		}
	}
	fresh, err := r.block.next(c)
	if err != nil {
		return err
	}
	if err := r.check(c, fresh); err != nil {
		return err
	}
	r.records++
	if r.block.left == 0 {
		if err := r.block.finish(); err != nil {
			return err
		}
	}
	return nil
}

// check holds a change to what the file says of all of them, and counts it.
// fresh says that the block places it behind the one before.
func (r *Reader) check(c *Change, fresh bool) error {
	if err := c.validate(); err != nil {
		return fault(ErrEntry, "%v", err)
	}
	if r.header.Kind == Snapshot && c.Op != Added {
		return fault(ErrEntry, "an entry of a snapshot is %s", c.Op)
	}
	key := c.Key()
	if !fresh && r.records > 0 {
		switch n := Compare(&r.last, key); {
		case n == 0:
			return fault(ErrDuplicate, "%s", describe(key))
		case n > 0:
			return fault(ErrUnsorted, "%s behind %s", describe(key), describe(&r.last))
		}
	}
	r.last.Target, r.last.Malformed = key.Target, key.Malformed
	if c.Op != Added {
		if r.entries == 0 {
			return fault(ErrCount, "more is removed than there was")
		}
		r.entries--
		r.scratch = appendCanonical(r.scratch[:0], &c.Old)
		r.digest.remove(sha256.Sum256(r.scratch))
	}
	if c.Op != Removed {
		r.entries++
		r.scratch = appendCanonical(r.scratch[:0], &c.New)
		r.digest.add(sha256.Sum256(r.scratch))
	}
	return nil
}

// end checks all that only the end of the file shows.
func (r *Reader) end() error {
	if _, err := r.in.ReadByte(); err == nil {
		return fault(ErrTrailing, "the file goes on behind its end mark")
	} else if err != io.EOF {
		return err
	}
	h := &r.header
	switch {
	case r.records != h.Records:
		return fault(ErrCount, "%d records, the header says %d", r.records, h.Records)
	case r.entries != h.To.Entries:
		return fault(ErrCount, "it leads to %d entries, the header says %d", r.entries, h.To.Entries)
	case r.digest != h.To.Digest:
		return fault(ErrDigest, "it leads to %s, the header says %s", r.digest, h.To.Digest)
	}
	r.hash.Sum(r.file[:0])
	if s := h.State(r.file); r.link != (Hash{}) && s.Link != r.link {
		return fault(ErrPrevious, "the snapshot of sequence %d goes back to %s, the list to %s", s.Sequence, s.Link, r.link)
	}
	return io.EOF
}

// place says of a fault where it is.
func (r *Reader) place(err error) error {
	if e, ok := err.(*Error); ok {
		e.Offset, e.Record = r.offset, r.records
	}
	return err
}
