package format

import (
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paperweight/eir"
)

func TestWriterRefuses(t *testing.T) {
	bad := exact(2)
	bad.Status = eir.Unknown
	spare := exact(2)
	spare.SVNs[1] = 1 << 40
	imsi := exact(2)
	imsi.Kind, imsi.IMSI = eir.Pair, 15<<50+1e15
	both := exact(2)
	both.Malformed = "#"
	empty := State{Epoch: 1, Sequence: 1, Link: Hash{1}}
	for _, c := range []struct {
		name    string
		header  Header
		changes []Change
		want    error
	}{
		{"out of order", snapshotHeader(1), added([]Entry{exact(2), exact(1)}), ErrUnsorted},
		{"twice", snapshotHeader(1), added([]Entry{exact(2), exact(2)}), ErrDuplicate},
		{"an answer that no list gives", snapshotHeader(1), added([]Entry{bad}), ErrEntry},
		{"version 104", snapshotHeader(1), added([]Entry{spare}), ErrEntry},
		{"an IMSI of 16 digits", snapshotHeader(1), added([]Entry{imsi}), ErrEntry},
		{"malformed, and an IMEI", snapshotHeader(1), added([]Entry{both}), ErrEntry},
		{"a removal in a snapshot", snapshotHeader(1), []Change{{Op: Removed, Old: exact(1)}}, ErrEntry},
		{"no operation", snapshotHeader(1), []Change{{New: exact(1)}}, ErrEntry},
		{"two entries in one change", deltaHeader(empty), []Change{{Op: Changed, Old: exact(1), New: exact(2)}}, ErrEntry},
		{"a removal from nothing", deltaHeader(empty), []Change{{Op: Removed, Old: exact(1)}}, ErrCount},
	} {
		w, err := NewWriter(new(memory), c.header)
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.changes {
			err = w.Add(&c.changes[i])
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		if _, again := w.Close(); again != err {
			t.Errorf("%s: Close says %v", c.name, again)
		}
		if strings.Contains(err.Error(), exact(2).From.String()) {
			t.Errorf("%s: the error shows an IMEI: %v", c.name, err)
		}
	}
}

func TestWriterTooManyReasons(t *testing.T) {
	w, err := NewWriter(new(memory), snapshotHeader(1))
	if err != nil {
		t.Fatal(err)
	}
	added := uint64(0)
	for err == nil {
		e := exact(added)
		e.Reason = strings.Repeat("x", 400) + e.From.String()
		if err = w.Add(&Change{Op: Added, New: e}); err == nil {
			added++
		}
	}
	if want := uint64(MaxReasonOctets / 414); !errors.Is(err, ErrOversized) || added != want {
		t.Errorf("after %d entries: %v; want %d and %v", added, err, want, ErrOversized)
	}
}

// A file whose writer was killed is no file of a feed; nor is what a full disk left.
func TestUnfinishedFile(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := NewWriter(f, snapshotHeader(1))
	if err != nil {
		t.Fatal(err)
	}
	change := Change{Op: Added, New: exact(1)}
	if err := w.Add(&change); err != nil {
		t.Fatal(err)
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []error{ErrMagic, nil} {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(f, Limits{}, nil); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
		if _, err := f.Seek(0, io.SeekEnd); err != nil {
			t.Fatal(err)
		}
		w.block.begin(classEquipment)
		if _, err := w.Close(); want != nil && err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Add(&change); err == nil {
		t.Error("something was added to a finished file")
	}
}

// The octets of a file, each field on its line. They were checked by a reader
// that was written from doc.go alone, in another language, digest and checksum
// included. A change of format fails here.
func TestGolden(t *testing.T) {
	pair := exact(2)
	pair.Kind, pair.Status, pair.Reason, pair.Date, pair.Reference = eir.Pair, eir.Permitted, "", 0, "R1"
	pair.IMSI, _ = eir.ParseIMSI([]byte("001010123456789"))
	tac := Entry{Entry: eir.Entry{Target: eir.Target{Kind: eir.ByTAC, From: 100_000_000, To: 100_999_999}, Status: eir.Tracked, Reason: "stolen", Until: 1_700_000_001}}
	tac.SVNs = tac.SVNs.With(0).With(99)
	test := Entry{Entry: eir.Entry{Target: eir.Target{Kind: eir.BySubscriber, IMSI: pair.IMSI}, Status: eir.Permitted}}
	odd := Entry{Entry: eir.Entry{Status: eir.Prohibited, Reason: "stolen"}, Malformed: "12*4#"}
	file := write(t, snapshotHeader(1), added([]Entry{exact(1), pair, odd, tac, test}))

	text, err := os.ReadFile("testdata/golden.hex")
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	for line := range strings.Lines(string(text)) {
		octets, _, _ := strings.Cut(line, "  ")
		b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(octets), " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, b...)
	}
	if string(file) != string(want) {
		t.Errorf("the file is\n%s", hex.Dump(file))
	}
}
