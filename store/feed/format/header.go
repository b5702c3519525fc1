package format

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
)

// Kind says what a file is.
type Kind uint8

const (
	// Snapshot is a whole list.
	Snapshot Kind = iota + 1
	// Delta is the changes from one state of a list to a later one.
	Delta
)

func (k Kind) String() string {
	switch k {
	case Snapshot:
		return "snapshot"
	case Delta:
		return "delta"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// MarshalText writes the name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Kind) UnmarshalText(text []byte) error {
	for _, known := range []Kind{Snapshot, Delta} {
		if known.String() == string(text) {
			*k = known
			return nil
		}
	}
	return fmt.Errorf("%q is no kind of file: snapshot or delta", text)
}

// Hash is the SHA-256 of a file.
type Hash [32]byte

// String returns 64 hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes what String returns.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Hash) UnmarshalText(text []byte) error {
	if n, err := hex.Decode(h[:], text[:min(len(text), 64)]); err != nil || n != 32 || len(text) != 64 {
		return fmt.Errorf("a hash is 64 hexadecimal digits, not %q", text)
	}
	return nil
}

// State is a list at one moment. The zero value is a node that has none.
type State struct {
	// Epoch counts the beginnings of the list's history, from 1; only a
	// snapshot begins one.
	Epoch uint64 `json:"epoch"`
	// Sequence counts the states of an epoch, from 1.
	Sequence uint64 `json:"sequence"`
	// Entries is how many there are.
	Entries uint64 `json:"entries"`
	// Digest is that of the entries.
	Digest Digest `json:"digest"`
	// Link is the hash of the file that first reached the sequence, which
	// chains the next delta to this history and no other.
	Link Hash `json:"link"`
}

// Header is the head of a file.
type Header struct {
	Kind Kind `json:"kind"`
	// Created is when the authority made the file, in Unix seconds. It
	// serves operators; nothing is decided by it.
	Created int64 `json:"created"`
	// From is the state that a delta changes, of the same Epoch; zero in a
	// snapshot.
	From State `json:"from"`
	// To is the state that applying the file leads to. A zero Link is the
	// hash of this very file.
	To State `json:"to"`
	// Records is how many changes the file holds: the entries of a snapshot.
	Records uint64 `json:"records"`
}

// maxStep is how many sequences a delta may lead on. Who stole the keys of
// deltas could else lead nodes with one file to where no authority ever comes.
const maxStep = 1 << 20

const (
	magic     = "\x89PWF\r\n\x1a\n"
	version   = 1
	headerLen = 204
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (h *Header) append(b []byte) []byte {
	start := len(b)
	b = append(b, magic...)
	b = append(b, version, byte(h.Kind), 0, 0, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Created))
	b = binary.BigEndian.AppendUint64(b, h.To.Epoch)
	b = binary.BigEndian.AppendUint64(b, h.Records)
	b = h.To.append(b)
	b = h.From.append(b)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

func (s *State) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, s.Sequence)
	b = binary.BigEndian.AppendUint64(b, s.Entries)
	b = s.Digest.Append(b)
	return append(b, s.Link[:]...)
}

const stateLen = 8 + 8 + 32 + 32

func parseState(b []byte, epoch uint64) State {
	return State{
		Epoch:    epoch,
		Sequence: binary.BigEndian.Uint64(b),
		Entries:  binary.BigEndian.Uint64(b[8:]),
		Digest:   ParseDigest([32]byte(b[16:])),
		Link:     Hash(b[48:]),
	}
}

// parseHeader reads the headerLen octets of b.
func parseHeader(b []byte) (h Header, err *Error) {
	if string(b[:len(magic)]) != magic {
		return h, fault(ErrMagic, "it begins with % x", b[:len(magic)])
	}
	if b[8] != version {
		return h, fault(ErrVersion, "version %d, this release knows %d: install a newer one", b[8], version)
	}
	body := b[:headerLen-4]
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(b[len(body):]) {
		return h, fault(ErrHeader, "its checksum differs")
	}
	if [6]byte(b[10:]) != [6]byte{} {
		return h, fault(ErrHeader, "octets 10 to 15 are not zero")
	}
	epoch := binary.BigEndian.Uint64(b[24:])
	h = Header{
		Kind:    Kind(b[9]),
		Created: int64(binary.BigEndian.Uint64(b[16:])),
		Records: binary.BigEndian.Uint64(b[32:]),
		To:      parseState(b[40:], epoch),
		From:    parseState(b[40+stateLen:], epoch),
	}
	if h.Kind == Snapshot {
		h.From.Epoch = 0
	}
	if err := h.check(); err != nil {
		return h, err
	}
	if h.Kind == Snapshot && h.Records != h.To.Entries {
		return h, fault(ErrHeader, "a snapshot of %d entries with %d records", h.To.Entries, h.Records)
	}
	return h, nil
}

// check reports what is wrong with the fields that a writer is given.
func (h *Header) check() *Error {
	switch {
	case h.Kind != Snapshot && h.Kind != Delta:
		return fault(ErrHeader, "%s is neither a snapshot nor a delta", h.Kind)
	case h.To.Epoch == 0 || h.To.Sequence == 0:
		return fault(ErrHeader, "epoch %d, sequence %d: both count from 1", h.To.Epoch, h.To.Sequence)
	case h.Kind == Snapshot && h.From != State{}:
		return fault(ErrHeader, "a snapshot changes no earlier state")
	case h.Kind == Delta && h.From.Epoch != h.To.Epoch:
		return fault(ErrHeader, "a delta stays in its epoch")
	case h.Kind == Delta && (h.From.Sequence == 0 || h.From.Sequence >= h.To.Sequence):
		return fault(ErrHeader, "a delta from sequence %d to %d", h.From.Sequence, h.To.Sequence)
	case h.Kind == Delta && h.To.Sequence-h.From.Sequence > maxStep:
		return fault(ErrHeader, "a delta from sequence %d to %d leaps over more than %d: where no earlier one will do, the authority begins a new epoch (`paperweight feed epoch`)",
			h.From.Sequence, h.To.Sequence, maxStep)
	case h.Kind == Delta && h.From.Link == Hash{}:
		return fault(ErrHeader, "a delta names the file before it")
	}
	return nil
}

// State is the state that applying the file leads to, given the file's hash.
func (h *Header) State(file Hash) State {
	s := h.To
	if s.Link == (Hash{}) {
		s.Link = file
	}
	return s
}
