package format

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"

	"paperweight/eir"
)

// Digest names the content of a list, whatever the order in which it came to
// be: the sum, modulo 2^256, of the SHA-256 of each entry's canonical form
// (doc.go). The least significant word comes first. The zero value is the
// empty list.
type Digest [4]uint64

// Add puts a valid entry into the list.
func (d *Digest) Add(e *Entry) {
	var room [128]byte
	d.add(sha256.Sum256(appendCanonical(room[:0], e)))
}

// Remove takes an entry, as it was added, out of the list.
func (d *Digest) Remove(e *Entry) {
	var room [128]byte
	d.remove(sha256.Sum256(appendCanonical(room[:0], e)))
}

// Apply does a change.
func (d *Digest) Apply(c *Change) {
	if c.Op != Added {
		d.Remove(&c.Old)
	}
	if c.Op != Removed {
		d.Add(&c.New)
	}
}

func (d *Digest) add(h [32]byte) {
	var carry uint64
	for i := range d {
		d[i], carry = bits.Add64(d[i], binary.BigEndian.Uint64(h[24-8*i:]), carry)
	}
}

func (d *Digest) remove(h [32]byte) {
	var borrow uint64
	for i := range d {
		d[i], borrow = bits.Sub64(d[i], binary.BigEndian.Uint64(h[24-8*i:]), borrow)
	}
}

// Append appends the 32 octets, most significant first.
func (d Digest) Append(b []byte) []byte {
	for i := range d {
		b = binary.BigEndian.AppendUint64(b, d[3-i])
	}
	return b
}

// ParseDigest reads the 32 octets that Append wrote.
func ParseDigest(b [32]byte) (d Digest) {
	d.add(b)
	return d
}

// String returns 64 hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d.Append(nil)) }

// MarshalText writes what String returns.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Digest) UnmarshalText(text []byte) error {
	var b [32]byte
	if n, err := hex.Decode(b[:], text[:min(len(text), 64)]); err != nil || n != 32 || len(text) != 64 {
		return fmt.Errorf("a digest is 64 hexadecimal digits, not %q", text)
	}
	*d = ParseDigest(b)
	return nil
}

// appendCanonical appends the form of an entry that is hashed. No form begins
// another, so no two entries share one.
func appendCanonical(b []byte, e *Entry) []byte {
	head := byte(e.Kind)
	if !e.SVNs.Any() {
		head |= headLimited
	}
	b = append(b, head)
	switch classes[e.Kind] {
	case classEquipment:
		b = binary.BigEndian.AppendUint64(b, uint64(e.From))
	case classRange:
		b = binary.BigEndian.AppendUint64(b, uint64(e.From))
		b = binary.BigEndian.AppendUint64(b, uint64(e.To))
	case classMalformed:
		b = append(b, byte(len(e.Malformed)))
		b = append(b, e.Malformed...)
	}
	if e.Kind.Exception() {
		b = binary.BigEndian.AppendUint64(b, uint64(e.IMSI))
	}
	if !e.SVNs.Any() {
		b = appendSVNs(b, e.SVNs)
	}
	b = append(b, what(e))
	b = binary.BigEndian.AppendUint16(b, uint16(len(e.Reason)))
	b = append(b, e.Reason...)
	if e.Date != 0 {
		b = binary.BigEndian.AppendUint64(b, uint64(e.Date))
	}
	if e.Until != 0 {
		b = binary.BigEndian.AppendUint64(b, uint64(e.Until))
	}
	if e.Reference != "" {
		b = append(b, byte(len(e.Reference)))
		b = append(b, e.Reference...)
	}
	return b
}

// what is the octet that says an entry's status and which of date, until and
// reference it has.
func what(e *Entry) byte {
	w := byte(e.Status)
	if e.Date != 0 {
		w |= whatDate
	}
	if e.Until != 0 {
		w |= whatUntil
	}
	if e.Reference != "" {
		w |= whatReference
	}
	return w
}

// The octets of a record and of what it says; doc.go draws them.
const (
	headKind    = 0x07
	headLimited = 0x08
	headOld     = 0x10
	headNew     = 0x20

	whatStatus    = 0x03
	whatDate      = 0x04
	whatUntil     = 0x08
	whatReference = 0x10
)

var _ = [1]struct{}{}[eir.MaxReference>>8] // its length fits an octet
