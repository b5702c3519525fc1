package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"paperweight/eir"
)

// formatVersion is the version of what this file and record.go describe. It
// only grows: Open brings an older directory up to it step by step, and
// refuses a newer one.
const formatVersion = 2

// Keys. The first octet is the family; numbers are big-endian, so that keys
// sort as what they say.
//
//	'M' "format"                                  uvarint: formatVersion
//	'M' "origin-state"                            uint32: the last Origin-State-Id given out
//	'S' name                                      JSON: sourceRecord
//	'A' length(1) source name                     what is attached to a source
//	'C' name                                      uvarint: batches written for a source
//	'L' source(2) generation(4) class(1) place    records (record.go)
//	'L' source(2) generation(4) 'w' number(4)     uvarint: how many records name it; text: the reason
//
// A list lies in one contiguous span, the generation that its source record
// names. A generation that no source record names is the rest of a crash, or
// of a list that was replaced, and is dropped by its span. Places by class:
//
//	'e' IMEI(6)            equipment: entries by IMEI, exceptions by IMEI and IMSI
//	'm' octets(1 to 16)    malformed identities, as the list wrote them; never looked up
//	'r' from(6) to(6)      ranges, TACs, exceptions by range and IMSI prefix
//	's' IMSI(8)            subscribers: exceptions by IMSI alone; the IMSI is eir's, packed
//
// All that is said of one place stands in one value, so one read answers for
// an IMEI with and without an IMSI, and a change to a place is one Set.
const (
	familyMeta   = 'M'
	familySource = 'S'
	familyAttach = 'A'
	familyCount  = 'C'
	familyList   = 'L'

	classEquipment  = 'e'
	classMalformed  = 'm'
	classRange      = 'r'
	classSubscriber = 's'
	classReason     = 'w' // behind all places
)

const (
	keyFormat      = "Mformat"
	keyOriginState = "Morigin-state"
)

// prefixLen is the length of the part of a list's keys that names the
// generation; the class follows.
const prefixLen = 1 + 2 + 4

// generation is one list of one source.
type generation struct {
	source uint16
	number uint32
}

// prefix is how every key of the generation begins.
func (g generation) prefix() []byte {
	b := make([]byte, 0, prefixLen+1+12)
	b = append(b, familyList)
	b = binary.BigEndian.AppendUint16(b, g.source)
	return binary.BigEndian.AppendUint32(b, g.number)
}

// end is the first key behind the generation.
func (g generation) end() []byte {
	b := g.prefix()
	for i := len(b) - 1; ; i-- {
		if b[i]++; b[i] != 0 {
			return b
		}
	}
}

func parseGeneration(key []byte) (g generation, ok bool) {
	if len(key) < prefixLen || key[0] != familyList {
		return g, false
	}
	return generation{binary.BigEndian.Uint16(key[1:]), binary.BigEndian.Uint32(key[3:])}, true
}

func sourceKey(name string) []byte { return append([]byte{familySource}, name...) }

// attachKey is the key of one of a source's blobs, or with no name the prefix
// of them all: names have a length, so no source's is another's beginning.
func attachKey(source, name string) []byte {
	b := append([]byte{familyAttach, byte(len(source))}, source...)
	return append(b, name...)
}

// A place is a class and what follows it in a key.

func appendIMEI(b []byte, i eir.IMEI) []byte {
	return append(b, byte(i>>40), byte(i>>32), byte(i>>24), byte(i>>16), byte(i>>8), byte(i))
}

func imeiAt(b []byte) eir.IMEI {
	_ = b[5]
	return eir.IMEI(b[0])<<40 | eir.IMEI(b[1])<<32 | eir.IMEI(b[2])<<24 |
		eir.IMEI(b[3])<<16 | eir.IMEI(b[4])<<8 | eir.IMEI(b[5])
}

func appendPlace(b []byte, t *eir.Target) []byte {
	switch t.Kind {
	case eir.Exact, eir.Pair:
		return appendIMEI(append(b, classEquipment), t.From)
	case eir.BySubscriber:
		return binary.BigEndian.AppendUint64(append(b, classSubscriber), uint64(t.IMSI))
	}
	return appendIMEI(appendIMEI(append(b, classRange), t.From), t.To)
}

// placeLen is the length of the place that a place with an identity begins with.
func placeLen(b []byte) int {
	switch b[0] {
	case classEquipment:
		return 1 + 6
	case classRange:
		return 1 + 12
	case classMalformed:
		return len(b) - 1 // one octet of identity: a malformed one has neither IMSI nor SVNs
	}
	return 1 + 8
}

func appendReasonKey(b []byte, id uint32) []byte {
	return binary.BigEndian.AppendUint32(append(b, classReason), id)
}

// parseReasonKey reads what follows the prefix in a reason's key.
func parseReasonKey(b []byte) (id uint32, err error) {
	if len(b) == 1+4 {
		id = binary.BigEndian.Uint32(b[1:])
	}
	if len(b) != 1+4 || id >= maxReasons {
		return 0, fmt.Errorf("%w: key %x is none of format %d", errRecord, b, formatVersion)
	}
	return id, nil
}

// appendReason appends the value of a reason's key.
func appendReason(b []byte, uses int64, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(uses)), text...)
}

// span is what a place covers on the axis of its class: the IMEIs from and to
// of equipment and ranges, the packed IMSI of a subscriber, twice; of a
// malformed identity nothing.
type span struct{ from, to uint64 }

// parsePlace reads a place.
func parsePlace(b []byte) (class byte, s span, err error) {
	switch {
	case len(b) == 1+6 && b[0] == classEquipment:
		i := uint64(imeiAt(b[1:]))
		return b[0], span{i, i}, nil
	case len(b) == 1+12 && b[0] == classRange:
		return b[0], span{uint64(imeiAt(b[1:])), uint64(imeiAt(b[7:]))}, nil
	case len(b) == 1+8 && b[0] == classSubscriber:
		i := binary.BigEndian.Uint64(b[1:])
		return b[0], span{i, i}, nil
	case len(b) > 1 && len(b) <= 1+MaxMalformed && b[0] == classMalformed:
		return b[0], s, nil
	}
	return 0, s, fmt.Errorf("key %x is none of format %d", b, formatVersion)
}

// sourceRecord is the value of a source's key: the pointer that makes a
// generation the list in force, and moves with the sequence in one batch.
type sourceRecord struct {
	ID         uint16      `json:"id"`
	Generation uint32      `json:"generation"`
	Digest     digest      `json:"digest"` // of the generation; since format 2
	State      SourceState `json:"state"`
	// changes stands under the source's countKey.
	changes uint64
}

func (r *sourceRecord) marshal() ([]byte, error) { return json.Marshal(r) }
