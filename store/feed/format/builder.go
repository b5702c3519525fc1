package format

import (
	"encoding/binary"
	"fmt"

	"paperweight/eir"
)

// builder gathers the columns of one block. The reasons that it numbered go
// on from block to block.
type builder struct {
	class   class
	records int
	col     [numColumns][]byte
	size    int // octets of texts, which the number of records does not bound
	place   uint64
	moments [numColumns]int64 // the first of colDate and of colUntil

	reasons   map[string]uint64
	octets    int
	reason    string // the last one, and its number: most entries repeat it
	reasonNum uint64
}

func newBuilder() builder { return builder{reasons: map[string]uint64{}} }

// begin empties the columns.
func (b *builder) begin(c class) {
	b.class, b.records, b.size, b.place = c, 0, 0, 0
	for i := range b.col {
		b.col[i] = b.col[i][:0]
	}
}

func (b *builder) full() bool {
	// Without its texts a record takes at most 91 octets, so that both
	// bounds together stay below MaxBlockOctets.
	return b.records == MaxBlockRecords || b.size >= fullOctets
}

// add appends a valid change. An error is a limit of the file.
func (b *builder) add(c *Change) error {
	e := c.Key()
	head := byte(e.Kind)
	if !e.SVNs.Any() {
		head |= headLimited
	}
	if c.Op != Added {
		head |= headOld
	}
	if c.Op != Removed {
		head |= headNew
	}
	b.col[colHead] = append(b.col[colHead], head)

	if b.class == classMalformed {
		b.uvarint(colPlace, uint64(len(e.Malformed)))
		b.text(e.Malformed)
	} else {
		place := e.place()
		b.uvarint(colPlace, place-b.place)
		b.place = place
	}
	if b.class == classRange {
		b.uvarint(colWidth, e.Width())
	}
	if hasIMSI(e.Kind) {
		b.col[colIMSI] = binary.BigEndian.AppendUint64(b.col[colIMSI], uint64(e.IMSI))
	}
	if !e.SVNs.Any() {
		b.col[colSVNs] = appendSVNs(b.col[colSVNs], e.SVNs)
	}
	if c.Op != Added {
		if err := b.value(&c.Old); err != nil {
			return err
		}
	}
	if c.Op != Removed {
		if err := b.value(&c.New); err != nil {
			return err
		}
	}
	b.records++
	return nil
}

func (b *builder) value(e *Entry) error {
	b.col[colWhat] = append(b.col[colWhat], what(e))
	if e.Reason != b.reason || len(b.reasons) == 0 {
		if err := b.number(e.Reason); err != nil {
			return err
		}
	}
	b.uvarint(colReason, b.reasonNum)
	if e.Date != 0 {
		b.moment(colDate, e.Date)
	}
	if e.Until != 0 {
		b.moment(colUntil, e.Until)
	}
	if e.Reference != "" {
		b.uvarint(colReference, uint64(len(e.Reference)))
		b.text(e.Reference)
	}
	return nil
}

// number finds the number of a reason; a new one goes into the block.
func (b *builder) number(reason string) error {
	n, ok := b.reasons[reason]
	if !ok {
		n = uint64(len(b.reasons))
		b.octets += len(reason)
		if n == MaxReasons || b.octets > MaxReasonOctets {
			return fmt.Errorf("a file has at most %d distinct reasons of %d octets together: put what is unique to an entry into its reference",
				MaxReasons, MaxReasonOctets)
		}
		b.reasons[reason] = n
		b.uvarint(colReasons, uint64(len(reason)))
		b.col[colReasons] = append(b.col[colReasons], reason...)
		b.size += len(reason) + 2
	}
	b.reason, b.reasonNum = reason, n
	return nil
}

func (b *builder) uvarint(column int, v uint64) {
	b.col[column] = binary.AppendUvarint(b.col[column], v)
}

func (b *builder) text(s string) {
	b.col[colText] = append(b.col[colText], s...)
	b.size += len(s)
}

// moment appends a date as its difference to the first one of the column.
func (b *builder) moment(column int, seconds int64) {
	m := packMoment(seconds)
	if len(b.col[column]) == 0 {
		b.uvarint(column, fold(m))
		b.moments[column] = m
		return
	}
	b.uvarint(column, fold(m-b.moments[column]))
}

func appendSVNs(b []byte, s eir.SVNSet) []byte {
	b = binary.BigEndian.AppendUint64(b, s[0])
	return binary.BigEndian.AppendUint64(b, s[1])
}
