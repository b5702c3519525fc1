package format

import (
	"encoding/binary"

	"paperweight/eir"
)

// The limits of a file; doc.go gives them to other implementations. What a
// block states is held against them before anything is decompressed.
const (
	// MaxBlockRecords is how many records a block has at most.
	MaxBlockRecords = 1 << 15
	// MaxBlockOctets is how long the columns of a block are at most.
	MaxBlockOctets = 4 << 20
	// MaxReasons and MaxReasonOctets bound the distinct reasons of a file.
	MaxReasons      = 1 << 18
	MaxReasonOctets = 32 << 20

	// maxStoredOctets leaves room for what zstd adds to octets that do not
	// compress.
	maxStoredOctets = MaxBlockOctets + MaxBlockOctets/128
	// fullOctets is when a writer closes a block. The longest record, twice
	// a new reason and a reference, can't take it past MaxBlockOctets.
	fullOctets = 1 << 20
)

// The columns of a block, in their order.
const (
	colReasons   = iota // new reasons of the file: length and text
	colHead             // an octet a record
	colPlace            // where the record stands: the gap to the one before
	colWidth            // last IMEI less first, in the range class
	colIMSI             // 8 octets where the kind has one that is no place
	colSVNs             // 16 octets where limited
	colWhat             // an octet a value
	colReason           // number of a value's reason
	colDate             // a moment, where the value has it
	colUntil            // a moment, where the value has it
	colReference        // length of the text, where the value has it
	colText             // malformed identities and references
	numColumns
)

const blockHeadLen = 16

// blockHead stands before the columns of a block.
type blockHead struct {
	class   class
	records uint32
	raw     uint32 // octets of the columns
	stored  uint32 // octets that follow
}

func (h *blockHead) append(b []byte) []byte {
	b = append(b, byte(h.class), 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, h.records)
	b = binary.BigEndian.AppendUint32(b, h.raw)
	return binary.BigEndian.AppendUint32(b, h.stored)
}

func parseBlockHead(b []byte) (h blockHead, err *Error) {
	h = blockHead{
		class:   class(b[0]),
		records: binary.BigEndian.Uint32(b[4:]),
		raw:     binary.BigEndian.Uint32(b[8:]),
		stored:  binary.BigEndian.Uint32(b[12:]),
	}
	switch {
	case h.class >= numClasses || b[1]|b[2]|b[3] != 0:
		return h, fault(ErrCorrupt, "no block begins with % x", b[:4])
	case h.class == classEnd && h.records|h.raw|h.stored != 0:
		return h, fault(ErrCorrupt, "an end mark of %d records", h.records)
	case h.class == classEnd:
		return h, nil
	case h.records > MaxBlockRecords || h.raw > MaxBlockOctets || h.stored > maxStoredOctets:
		return h, fault(ErrOversized, "a block of %d records, %d octets, %d compressed", h.records, h.raw, h.stored)
	case h.records == 0:
		return h, fault(ErrCorrupt, "a block without records")
	}
	return h, nil
}

const secondsPerDay = 24 * 60 * 60

// packMoment makes a date short where it is whole days, as most are: twice the
// days, or one more than twice the seconds, the sign folded in.
func packMoment(seconds int64) uint64 {
	if seconds%secondsPerDay == 0 {
		return fold(seconds/secondsPerDay) << 1
	}
	return fold(seconds)<<1 | 1
}

// unpackMoment undoes it; false is a day that has no such second.
func unpackMoment(v uint64) (int64, bool) {
	n := unfold(v >> 1)
	if v&1 != 0 {
		return n, n%secondsPerDay != 0
	}
	s := n * secondsPerDay
	return s, s/secondsPerDay == n && n != 0
}

func fold(n int64) uint64   { return uint64(n)<<1 ^ uint64(n>>63) }
func unfold(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// hasIMSI reports whether a record of the kind has an IMSI in a column.
func hasIMSI(k eir.Kind) bool { return k == eir.Pair || k == eir.RangePair }
