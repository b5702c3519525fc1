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

const blockHeadLen = 4 + 4 + 8*numColumns

// blockHead stands before the columns of a block, and says all that must be
// known before one of them is decompressed.
type blockHead struct {
	class   class
	records uint32
	raw     [numColumns]uint32 // octets of each column
	stored  [numColumns]uint32 // those that it takes in the file
}

func (h *blockHead) append(b []byte) []byte {
	b = append(b, byte(h.class), 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, h.records)
	for i := range h.raw {
		b = binary.BigEndian.AppendUint32(b, h.raw[i])
		b = binary.BigEndian.AppendUint32(b, h.stored[i])
	}
	return b
}

func parseBlockHead(b []byte) (h blockHead, err *Error) {
	h.class, h.records = class(b[0]), binary.BigEndian.Uint32(b[4:])
	for i := range h.raw {
		h.raw[i] = binary.BigEndian.Uint32(b[8+8*i:])
		h.stored[i] = binary.BigEndian.Uint32(b[12+8*i:])
	}
	if h.class >= numClasses || b[1]|b[2]|b[3] != 0 {
		return h, fault(ErrCorrupt, "no block begins with % x", b[:4])
	}
	if h.class == classEnd {
		if h != (blockHead{}) {
			return h, fault(ErrCorrupt, "an end mark that announces %d records", h.records)
		}
		return h, nil
	}
	if h.records == 0 {
		return h, fault(ErrCorrupt, "a block without records")
	}
	if raw := sum(&h.raw); h.records > MaxBlockRecords || raw > MaxBlockOctets {
		return h, fault(ErrOversized, "a block of %d records and %d octets", h.records, raw)
	}
	for i := range h.raw {
		if h.stored[i] > h.raw[i] {
			return h, fault(ErrOversized, "column %d of %d octets takes %d", i, h.raw[i], h.stored[i])
		}
	}
	return h, nil
}

func sum(octets *[numColumns]uint32) (n uint64) {
	for _, o := range octets {
		n += uint64(o)
	}
	return n
}

const secondsPerDay = 24 * 60 * 60

// packMoment makes a date short where it is whole days, as most are: twice the
// days, or one more than twice the seconds.
func packMoment(seconds int64) int64 {
	if seconds%secondsPerDay == 0 {
		return seconds / secondsPerDay << 1
	}
	return seconds<<1 | 1
}

// unpackMoment undoes it; false is what packMoment gives for no date.
func unpackMoment(v int64) (int64, bool) {
	n := v >> 1
	if v&1 != 0 {
		return n, n%secondsPerDay != 0
	}
	s := n * secondsPerDay
	return s, s/secondsPerDay == n && n != 0
}

// fold brings numbers near zero, of either sign, to small ones.
func fold(n int64) uint64   { return uint64(n)<<1 ^ uint64(n>>63) }
func unfold(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// hasIMSI reports whether a record of the kind has an IMSI in a column.
func hasIMSI(k eir.Kind) bool { return k == eir.Pair || k == eir.RangePair }
