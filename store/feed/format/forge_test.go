package format

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"paperweight/eir"
)

func imei(n uint64) eir.IMEI { return eir.IMEI(100_000_000 + n) } // TAC 00000100

func exact(n uint64) Entry {
	return Entry{Entry: eir.Entry{Target: eir.Target{Kind: eir.Exact, From: imei(n), To: imei(n)},
		Status: eir.Prohibited, Reason: "stolen", Date: 1_700_006_400}}
}

// three is a list to change.
func three() []Entry { return []Entry{exact(1), exact(2), exact(3)} }

// forgery is a file as a Writer makes it, but for what is done to its parts
// on the way, and without a Writer's checks.
type forgery struct {
	header  Header
	changes []Change
	// The rest may be nil.
	head    func(*Header)
	block   func(*blockHead)
	columns func(*[numColumns][]byte)
	store   func(column int, stored []byte) []byte
	behind  []byte // what follows the end mark
	endless bool   // no end mark
}

func (f *forgery) octets() []byte {
	h := f.header
	h.To.Entries, h.To.Digest = h.From.Entries, h.From.Digest
	z, err := zstd.NewWriter(nil, zstd.WithSingleSegment(true))
	if err != nil {
		panic(err)
	}
	var body []byte
	b := newBuilder()
	for i := range f.changes {
		c := &f.changes[i]
		if b.records == 0 {
			b.begin(classes[c.Key().Kind])
		}
		if err := b.add(c); err != nil {
			panic(err)
		}
		h.Records++
		switch c.Op {
		case Added:
			h.To.Entries++
		case Removed:
			h.To.Entries--
		}
		h.To.Digest.Apply(c)
		if i+1 < len(f.changes) && classes[f.changes[i+1].Key().Kind] == b.class {
			continue
		}
		head := blockHead{class: b.class, records: uint32(b.records)}
		cols := b.col
		if f.columns != nil {
			f.columns(&cols)
		}
		var data []byte
		for i, c := range cols {
			stored := c
			if f.store != nil {
				stored = f.store(i, c)
			} else if s := z.EncodeAll(c, nil); len(s) < len(c) {
				stored = s
			}
			head.raw[i], head.stored[i] = uint32(len(c)), uint32(len(stored))
			data = append(data, stored...)
		}
		if f.block != nil {
			f.block(&head)
		}
		body = append(head.append(body), data...)
		b.records = 0
	}
	if f.head != nil {
		f.head(&h)
	}
	file := append(h.append(nil), body...)
	if !f.endless {
		file = append(file, make([]byte, blockHeadLen)...)
	}
	return append(file, f.behind...)
}

// A forgery to which nothing is done is the Writer's file: what the tests
// below refuse, they refuse for the one thing that was done.
func TestForgeryIsFaithful(t *testing.T) {
	f := forgery{header: snapshotHeader(1), changes: added(three())}
	if !bytes.Equal(f.octets(), write(t, f.header, f.changes)) {
		t.Error("the forged file differs from the written one")
	}
	from := stateOf(t, f.octets())
	f = forgery{header: deltaHeader(from), changes: []Change{{Op: Removed, Old: exact(1)}, {Op: Added, New: exact(7)}, {Op: Removed, Old: exact(3)}}}
	f.changes[1], f.changes[2] = f.changes[2], f.changes[1]
	if !bytes.Equal(f.octets(), write(t, f.header, f.changes)) {
		t.Error("the forged delta differs from the written one")
	}
}

func TestFaultsAreRefused(t *testing.T) {
	valid := forgery{header: snapshotHeader(1), changes: added(three())}
	from := stateOf(t, valid.octets())
	many := make([]Entry, 1000)
	for i := range many {
		many[i] = exact(uint64(i))
	}
	long := forgery{header: snapshotHeader(1), changes: added(many)}
	malformed := []Entry{{Malformed: "12#4"}}
	malformed[0].Status, malformed[0].Reason = eir.Prohibited, "stolen"

	with := func(f forgery, do func(*forgery)) []byte { do(&f); return f.octets() }
	header := func(do func(*Header)) []byte { return with(valid, func(f *forgery) { f.head = do }) }
	column := func(f forgery, n int, do func([]byte) []byte) []byte {
		return with(f, func(f *forgery) { f.columns = func(c *[numColumns][]byte) { c[n] = do(bytes.Clone(c[n])) } })
	}
	block := func(do func(*blockHead)) []byte { return with(valid, func(f *forgery) { f.block = do }) }
	set := func(at int, v byte) func([]byte) []byte { return func(b []byte) []byte { b[at] = v; return b } }
	list := func(e ...Entry) []byte {
		return with(valid, func(f *forgery) { f.changes = added(e) })
	}
	delta := func(c ...Change) []byte {
		return with(forgery{header: deltaHeader(from)}, func(f *forgery) { f.changes = c })
	}
	octets := func(at int, v byte) []byte { b := valid.octets(); b[at] = v; return b }
	compress := func(b []byte) []byte {
		z, err := zstd.NewWriter(nil, zstd.WithSingleSegment(true))
		if err != nil {
			t.Fatal(err)
		}
		return z.EncodeAll(b, nil)
	}
	bomb := func(column int, stored []byte) []byte {
		return with(long, func(f *forgery) {
			f.store = func(n int, b []byte) []byte {
				if n == column {
					return stored
				}
				return b
			}
		})
	}
	skippable := append([]byte{0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 0}, compress(bytes.Repeat([]byte{0x21}, 1000))...)

	for _, c := range []struct {
		name string
		file []byte
		want error
	}{
		{"another file", []byte(strings.Repeat("imei,block_date,reasons\n", 20)), ErrMagic},
		{"never closed", append(make([]byte, headerLen), valid.octets()[headerLen:]...), ErrMagic},
		{"a line end was converted", octets(4, '\n'), ErrMagic},
		{"a newer version", octets(8, 2), ErrVersion},
		{"an octet of the header changed", octets(47, 9), ErrHeader},
		{"its checksum changed", octets(headerLen-1, 0), ErrHeader},
		{"a third kind", header(func(h *Header) { h.Kind = 3 }), ErrHeader},
		{"epoch 0", header(func(h *Header) { h.To.Epoch = 0 }), ErrHeader},
		{"sequence 0", header(func(h *Header) { h.To.Sequence = 0 }), ErrHeader},
		{"a snapshot of an earlier state", header(func(h *Header) { h.From.Sequence = 1 }), ErrHeader},
		{"a snapshot of more entries than records", header(func(h *Header) { h.To.Entries++ }), ErrHeader},
		{"a delta that goes nowhere", with(forgery{header: deltaHeader(from)}, func(f *forgery) { f.header.To.Sequence = 1 }), ErrHeader},
		{"a delta that leads too far", with(forgery{header: deltaHeader(from)}, func(f *forgery) { f.header.To.Sequence = from.Sequence + maxStep + 1 }), ErrHeader},
		{"a delta that follows no file", with(forgery{header: deltaHeader(from)}, func(f *forgery) { f.header.From.Link = Hash{} }), ErrHeader},

		{"no end mark", with(valid, func(f *forgery) { f.endless = true }), ErrTruncated},
		{"an octet behind the end", with(valid, func(f *forgery) { f.behind = []byte{0} }), ErrTrailing},
		{"a second end", with(valid, func(f *forgery) { f.behind = make([]byte, blockHeadLen) }), ErrTrailing},
		{"a file behind the end", with(valid, func(f *forgery) { f.behind = valid.octets() }), ErrTrailing},

		{"fewer records than said", header(func(h *Header) { h.Records, h.To.Entries = 4, 4 }), ErrCount},
		{"more records than said", header(func(h *Header) { h.Records, h.To.Entries = 2, 2 }), ErrCount},
		{"more records than said, before they are decompressed", with(long, func(f *forgery) {
			f.head = func(h *Header) { h.Records, h.To.Entries = 2, 2 }
			f.store = func(int, []byte) []byte { return nil }
		}), ErrCount},
		{"a delta of fewer records than said", with(forgery{header: deltaHeader(from)}, func(f *forgery) { f.head = func(h *Header) { h.Records++ } }), ErrCount},
		{"a delta to more entries", with(forgery{header: deltaHeader(from)}, func(f *forgery) { f.head = func(h *Header) { h.To.Entries++ } }), ErrCount},
		{"a delta that removes more than there is", with(forgery{header: deltaHeader(State{Epoch: 1, Sequence: 1, Link: Hash{1}})}, func(f *forgery) {
			f.changes = []Change{{Op: Removed, Old: exact(1)}}
		}), ErrCount},
		{"a wrong digest", header(func(h *Header) { h.To.Digest[0]++ }), ErrDigest},
		{"a date that was not digested", column(valid, colDate, set(0, 0)), ErrCorrupt},
		{"a reason that was not digested", column(valid, colReasons, set(1, 'S')), ErrDigest},

		{"a class that is none", block(func(h *blockHead) { h.class = numClasses }), ErrCorrupt},
		{"the records of another class", block(func(h *blockHead) { h.class = classRange }), ErrCorrupt},
		{"the records of a class without columns", block(func(h *blockHead) { h.class = classSubscriber }), ErrCorrupt},
		{"a block without records", block(func(h *blockHead) { h.records = 0 }), ErrCorrupt},
		{"an end mark in the middle, with records", block(func(h *blockHead) { h.class = classEnd }), ErrCorrupt},
		{"a block of too many records", block(func(h *blockHead) { h.records = MaxBlockRecords + 1 }), ErrOversized},
		{"a block of too many octets", block(func(h *blockHead) { h.raw[colText] = MaxBlockOctets }), ErrOversized},
		{"columns that overflow together", block(func(h *blockHead) {
			for i := range h.raw {
				h.raw[i] = 1<<32 - 1
			}
		}), ErrOversized},
		{"a column that takes more than it is", block(func(h *blockHead) { h.stored[colHead]++ }), ErrOversized},

		{"a frame larger than stated", bomb(colHead, compress(bytes.Repeat([]byte{0x21}, 2000))), ErrBomb},
		{"a frame of a gigabyte", bomb(colHead, []byte{0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x40, 1, 0, 0}), ErrBomb},
		{"two frames", bomb(colHead, append(compress(bytes.Repeat([]byte{0x21}, 1000)), compress([]byte{1})...)), ErrBomb},
		{"a skippable frame in front", bomb(colHead, skippable), ErrBomb},
		{"a frame of unknown length", bomb(colHead, []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 1, 0, 0}), ErrBomb},
		{"a frame with more than it states", bomb(colHead, []byte{0x28, 0xb5, 0x2f, 0xfd, 0x60, 0xe8, 0x02, 0x42, 0x1f, 0, 0x21, 0x43, 0x1f, 0, 0x21}), ErrBomb},
		{"a frame with less than it states", bomb(colHead, []byte{0x28, 0xb5, 0x2f, 0xfd, 0x60, 0xe8, 0x02, 0xa3, 0x0f, 0, 0x21}), ErrCorrupt},
		{"no frame at all", bomb(colHead, []byte("not compressed")), ErrCorrupt},
		{"a frame that is cut", bomb(colHead, compress(bytes.Repeat([]byte("\x21\x31"), 500))[:12]), ErrCorrupt},

		{"too few records in the columns", column(valid, colHead, func(b []byte) []byte { return b[:2] }), ErrCorrupt},
		{"too many records in the columns", column(valid, colHead, func(b []byte) []byte { return append(b, b[0]) }), ErrCorrupt},
		{"a reason that was not given", column(valid, colReason, set(0, 1)), ErrCorrupt},
		{"a reason that is cut", column(valid, colReasons, set(0, 100)), ErrCorrupt},
		{"a place that never ends", column(valid, colPlace, func(b []byte) []byte { return bytes.Repeat([]byte{0xff}, 20) }), ErrCorrupt},
		{"unknown bits of a record", column(valid, colHead, set(0, 0x61)), ErrCorrupt},
		{"a record neither old nor new", column(valid, colHead, set(0, 0x01)), ErrCorrupt},
		{"kind 7", column(valid, colHead, set(0, 0x27)), ErrCorrupt},
		{"unknown bits of a value", column(valid, colWhat, set(0, 0x83)), ErrCorrupt},
		{"a limit to no version", column(valid, colHead, func(b []byte) []byte { b[0] |= headLimited; return b }), ErrCorrupt},
		{"a limit to an empty set", with(valid, func(f *forgery) {
			f.columns = func(c *[numColumns][]byte) { c[colHead][0] |= headLimited; c[colSVNs] = make([]byte, 16) }
		}), ErrCorrupt},
		{"too many reasons", column(valid, colReasons, func([]byte) []byte { return make([]byte, MaxReasons+1) }), ErrOversized},
		{"texts left over", column(valid, colText, func(b []byte) []byte { return append(b, 'x') }), ErrCorrupt},
		{"a malformed identity of nothing", column(forgery{header: snapshotHeader(1), changes: added(malformed)}, colPlace, set(0, 0)), ErrCorrupt},

		{"a status that is none", column(valid, colWhat, set(0, whatDate)), ErrEntry},
		{"an IMEI of 15 digits", list(Entry{Entry: eir.Entry{Target: eir.Target{Kind: eir.Exact, From: 1e14, To: 1e14}, Status: eir.Prohibited}}), ErrEntry},
		{"a TAC of two", list(Entry{Entry: eir.Entry{Target: eir.Target{Kind: eir.ByTAC, From: 0, To: 1_999_999}, Status: eir.Prohibited}}), ErrEntry},
		{"a malformed identity that is an IMEI", list(Entry{Malformed: "00000100000001", Entry: eir.Entry{Status: eir.Prohibited}}), ErrEntry},
		{"a malformed identity of letters", list(Entry{Malformed: "null", Entry: eir.Entry{Status: eir.Prohibited}}), ErrEntry},
		{"a removal in a snapshot", with(valid, func(f *forgery) {
			f.changes = []Change{{Op: Removed, Old: exact(1)}}
			f.header.From.Entries = 1
			f.head = func(h *Header) { h.From, h.To.Entries, h.Records = State{}, 1, 1 }
		}), ErrEntry},
		{"a change of nothing", delta(Change{Op: Changed, Old: exact(1), New: exact(1)}), ErrEntry},

		{"entries out of order", list(exact(1), exact(3), exact(2)), ErrUnsorted},
		{"classes out of order", list(Entry{Entry: eir.Entry{Target: eir.Target{Kind: eir.ByTAC, To: 999_999}, Status: eir.Tracked}}, exact(1)), ErrUnsorted},
		{"one entry twice", list(exact(1), exact(2), exact(2)), ErrDuplicate},
		{"a malformed identity twice", list(malformed[0], malformed[0]), ErrDuplicate},
		{"put and removed", delta(Change{Op: Removed, Old: exact(1)}, Change{Op: Added, New: exact(1)}), ErrDuplicate},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := read(bytes.NewReader(c.file), Limits{}, nil)
			var fault *Error
			if !errors.Is(err, c.want) || !errors.As(err, &fault) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// A file that ends early is truncated, wherever that is.
func TestTruncatedAtEveryOctet(t *testing.T) {
	entries := append(three(), Entry{Malformed: "*#", Entry: eir.Entry{Status: eir.Tracked, Reference: "R1"}})
	file := write(t, snapshotHeader(1), added(entries))
	for n := range file {
		if _, _, err := read(bytes.NewReader(file[:n]), Limits{}, nil); !errors.Is(err, ErrTruncated) {
			t.Errorf("%d of %d octets: got %v, want %v", n, len(file), err, ErrTruncated)
		}
	}
}

func TestLimits(t *testing.T) {
	file := write(t, snapshotHeader(1), added(three()))
	for _, c := range []struct {
		limits Limits
		want   error
	}{
		{Limits{Records: 3, Octets: int64(len(file))}, nil},
		{Limits{Records: 2}, ErrOversized},
		{Limits{Octets: int64(len(file)) - 1}, ErrOversized},
	} {
		if _, _, err := read(bytes.NewReader(file), c.limits, nil); !errors.Is(err, c.want) {
			t.Errorf("%+v: got %v, want %v", c.limits, err, c.want)
		}
	}
}

// A source that fails is no fault of the file.
func TestReadErrorIsHandedOn(t *testing.T) {
	file := write(t, snapshotHeader(1), added(three()))
	broken := errors.New("the disk is gone")
	for n := range file {
		in := io.MultiReader(bytes.NewReader(file[:n]), failing{broken})
		_, _, err := read(in, Limits{}, nil)
		if err != broken {
			t.Fatalf("after %d octets: got %v, want %v", n, err, broken)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
