package format

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"paperweight/eir"
)

// FuzzRead reads any octets behind a good header, so that what mutates is the
// blocks. Whatever comes out is in order and valid, and can be written and read
// again.
func FuzzRead(f *testing.F) {
	list := append(three(), Entry{Malformed: "*#", Entry: eir.Entry{Status: eir.Tracked, Reference: "R1"}},
		Entry{Entry: eir.Entry{Target: eir.Target{Kind: eir.Range, From: 1, To: 9, SVNs: eir.SVNSet{1}}, Status: eir.Tracked, Until: 7}})
	for _, entries := range [][]Entry{nil, three(), list, slices.Clone(nation(2000, true))} {
		file := write(f, snapshotHeader(1), added(entries))
		f.Add(file[headerLen:], uint64(len(entries)), true)
	}
	from := State{Epoch: 1, Sequence: 1, Entries: 1 << 20, Link: Hash{1}}
	changed := exact(2)
	changed.Status = eir.Tracked
	delta := write(f, deltaHeader(from), []Change{{Op: Added, New: exact(1)}, {Op: Changed, Old: exact(2), New: changed}, {Op: Removed, Old: exact(3)}})
	f.Add(delta[headerLen:], uint64(3), false)

	f.Fuzz(func(t *testing.T, body []byte, records uint64, snapshot bool) {
		h := deltaHeader(from)
		if snapshot {
			h = snapshotHeader(1)
			h.To.Entries = records
		}
		h.Records = records
		file := append(h.append(nil), body...)
		changes, _, err := read(bytes.NewReader(file), Limits{Octets: 1 << 20}, nil)
		if err == nil && len(changes) > 0 && h.To.Digest == h.From.Digest {
			t.Fatal("the digest was not looked at")
		}
		again := h
		got, _, err := read(bytes.NewReader(write(t, again, changes)), Limits{}, nil)
		if err != nil || !slices.Equal(got, changes) {
			t.Fatalf("what was read is not read again: %v", err)
		}
	})
}

// FuzzReadFile reads any octets at all.
func FuzzReadFile(f *testing.F) {
	f.Add(write(f, snapshotHeader(1), added(three())))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file), Limits{})
		if err != nil {
			return
		}
		var c Change
		for err == nil {
			err = r.Next(&c)
		}
		if _, ok := r.State(); ok != (err == io.EOF) || r.Next(&c) != err {
			t.Errorf("it ends with %v", err)
		}
	})
}
