package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"paperweight/eir"
)

// The value of a place is one record or several, sorted by identity, which no
// two share:
//
//	identity:
//	  head      1      kind<<1, and 1 where the entry is limited to SVNs
//	  IMSI      8      of Pair and RangePair only; eir's, packed
//	  SVNs      8+8    where limited
//	payload:
//	  what      1      the status, and flags for what follows
//	  reason    uvarint, its number; its length and text, where flagged
//	  date      varint   where flagged; Unix seconds
//	  until     varint   where flagged; Unix seconds
//	  reference uvarint length and text, where flagged
//
// A lookup reads all records of a place, some 15 ns each: tens of pairs of one
// IMEI are nothing, and a thousand are as fast as a read of a disk.
//
// With the place that it stands at, the identity is the entry's Target.
const (
	headLimited = 1

	whatStatus    = 0x03
	whatDate      = 0x04
	whatUntil     = 0x08
	whatReference = 0x10
	whatInline    = 0x20
)

var errRecord = errors.New("a record is cut short or says what no entry can")

// record is one decoded record; text and reference point into the value.
type record struct {
	kind        eir.Kind
	imsi        eir.IMSI
	svns        eir.SVNSet
	status      eir.Status
	reason      uint32 // its number, or inline
	text        []byte // of the reason, where that is inline
	date, until int64
	reference   []byte
}

func appendIdentity(b []byte, t *eir.Target) []byte {
	head := byte(t.Kind) << 1
	if !t.SVNs.Any() {
		head |= headLimited
	}
	b = append(b, head)
	if t.Kind == eir.Pair || t.Kind == eir.RangePair {
		b = binary.BigEndian.AppendUint64(b, uint64(t.IMSI))
	}
	if !t.SVNs.Any() {
		b = binary.BigEndian.AppendUint64(b, t.SVNs[0])
		b = binary.BigEndian.AppendUint64(b, t.SVNs[1])
	}
	return b
}

// appendPayload appends what e says; reason is the number of its reason, or
// inline.
func appendPayload(b []byte, e *eir.Entry, reason uint32) []byte {
	what := byte(e.Status)
	if e.Date != 0 {
		what |= whatDate
	}
	if e.Until != 0 {
		what |= whatUntil
	}
	if e.Reference != "" {
		what |= whatReference
	}
	if reason == inline {
		b = append(b, what|whatInline)
		b = binary.AppendUvarint(b, uint64(len(e.Reason)))
		b = append(b, e.Reason...)
	} else {
		b = append(b, what)
		b = binary.AppendUvarint(b, uint64(reason))
	}
	if e.Date != 0 {
		b = binary.AppendVarint(b, e.Date)
	}
	if e.Until != 0 {
		b = binary.AppendVarint(b, e.Until)
	}
	if e.Reference != "" {
		b = binary.AppendUvarint(b, uint64(len(e.Reference)))
		b = append(b, e.Reference...)
	}
	return b
}

// identityLen is the length of the identity that b begins with, 0 where b is
// no record.
func identityLen(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	n, kind := 1, eir.Kind(b[0]>>1)
	if kind == eir.Pair || kind == eir.RangePair {
		n += 8
	}
	if b[0]&headLimited != 0 {
		n += 16
	}
	if n > len(b) {
		return 0
	}
	return n
}

// decode reads the record that b begins with and returns what follows it. It
// allocates nothing.
func (r *record) decode(b []byte) (rest []byte, err error) {
	n := identityLen(b)
	if n == 0 || n == len(b) {
		return nil, errRecord
	}
	*r = record{kind: eir.Kind(b[0] >> 1)}
	id := b[1:n]
	if r.kind == eir.Pair || r.kind == eir.RangePair {
		r.imsi = eir.IMSI(binary.BigEndian.Uint64(id))
		id = id[8:]
	}
	if len(id) == 16 {
		r.svns = eir.SVNSet{binary.BigEndian.Uint64(id), binary.BigEndian.Uint64(id[8:])}
	}
	what := b[n]
	b = b[n+1:]
	r.status = eir.Status(what & whatStatus)

	u, n := binary.Uvarint(b)
	if n <= 0 || !r.status.Listable() {
		return nil, errRecord
	}
	b = b[n:]
	switch {
	case what&whatInline == 0 && u < maxReasons:
		r.reason = uint32(u)
	case what&whatInline != 0 && u <= uint64(len(b)):
		r.reason, r.text, b = inline, b[:u], b[u:]
	default:
		return nil, errRecord
	}
	if what&whatDate != 0 {
		if r.date, n = binary.Varint(b); n <= 0 {
			return nil, errRecord
		}
		b = b[n:]
	}
	if what&whatUntil != 0 {
		if r.until, n = binary.Varint(b); n <= 0 {
			return nil, errRecord
		}
		b = b[n:]
	}
	if what&whatReference != 0 {
		u, n = binary.Uvarint(b)
		if n <= 0 || u > uint64(len(b)-n) {
			return nil, errRecord
		}
		r.reference, b = b[n:n+int(u)], b[n+int(u):]
	}
	return b, nil
}

// target returns what the record names at its place, nothing at that of a
// malformed identity.
func (r *record) target(class byte, s span) eir.Target {
	t := eir.Target{Kind: r.kind, IMSI: r.imsi, SVNs: r.svns}
	if class == classSubscriber {
		t.IMSI = eir.IMSI(s.from)
	} else {
		t.From, t.To = eir.IMEI(s.from), eir.IMEI(s.to)
	}
	return t
}

// locate finds the record with an identity in a value. Where there is none,
// at and end are both where it would stand.
func locate(value, identity []byte) (at, end int, old record, err error) {
	for rest := value; len(rest) > 0; {
		var r record
		after, err := r.decode(rest)
		if err != nil {
			return 0, 0, old, err
		}
		at = len(value) - len(rest)
		switch bytes.Compare(rest[:identityLen(rest)], identity) {
		case 0:
			return at, len(value) - len(after), r, nil
		case 1:
			return at, at, old, nil
		}
		rest = after
	}
	return len(value), len(value), old, nil
}

// entry returns the whole entry; its reference, which is copied, only on request.
func (r *record) entry(class byte, s span, reason string, reference bool) eir.Entry {
	e := eir.Entry{Target: r.target(class, s), Status: r.status, Reason: reason, Date: r.date, Until: r.until}
	if reference {
		e.Reference = string(r.reference)
	}
	return e
}

// reasonOf returns the text of the record's reason.
func (r *record) reasonOf(reasons []string) (string, error) {
	switch {
	case int(r.reason) < len(reasons):
		return reasons[r.reason], nil
	case r.reason == inline:
		return string(r.text), nil
	}
	return "", fmt.Errorf("%w: reason %d of %d", errRecord, r.reason, len(reasons))
}
