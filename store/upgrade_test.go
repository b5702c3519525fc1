package store

import (
	"encoding/binary"
	"errors"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"

	"paperweight/eir"
)

// firstFormat writes keys as the release wrote them that knew format 1: a list
// of three reasons, of which no record names the second.
func firstFormat(t *testing.T) *vfs.MemFS {
	t.Helper()
	fs := vfs.NewCrashableMem()
	db, err := pebble.Open(filepath.Join("data", tablesDir), &pebble.Options{FS: fs, FormatMajorVersion: pebbleFormat, Logger: newFailure("data", Events{})})
	if err != nil {
		t.Fatal(err)
	}
	list := "L\x00\x00\x00\x00\x00\x01"
	for key, value := range map[string]string{
		"Mformat":   "\x01",
		"Snational": `{"id":0,"generation":1,"state":{"name":"national","sequence":5,"entries":3,"by_status":{"prohibited":2,"permitted":1},"by_kind":{"imei":1,"imei_imsi":1,"tac":1},"malformed":1,"prohibited_imeis":1000001}}`,
		// Prohibited for reason 0, and permitted with IMSI 001010000000001 for reason 2.
		list + "e\x00\x00\x00\x00\x00\x07": "\x02\x03\x00" + "\x08" + string(binary.BigEndian.AppendUint64(nil, uint64(imsi(t)))) + "\x01\x02",
		list + "m12*":                      "\x00\x12\x02\x03r-1",
		list + "r\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0f\x42\x3f": "\x04\x03\x00",
		list + "w\x00\x00\x00\x00":                                 "stolen",
		list + "w\x00\x00\x00\x01":                                 "\x05unused",
		list + "w\x00\x00\x00\x02":                                 "",
	} {
		if err := db.Set([]byte(key), []byte(value), pebble.Sync); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return fs
}

func imsi(t *testing.T) eir.IMSI {
	i, ok := eir.ParseIMSI([]byte("001010000000001"))
	if !ok {
		t.Fatal("not an IMSI")
	}
	return i
}

// holdsFirstFormat says what a store that was opened on firstFormat should hold.
func holdsFirstFormat(t *testing.T, s *Store) {
	t.Helper()
	var got []Listed
	for l, err := range s.Listed("national") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	tac := eir.TAC(0)
	want := []Listed{
		{Entry: eir.Entry{Target: eir.Target{Kind: eir.Exact, From: 7, To: 7}, Status: eir.Prohibited, Reason: "stolen"}},
		{Entry: eir.Entry{Target: eir.Target{Kind: eir.Pair, From: 7, To: 7, IMSI: imsi(t)}, Status: eir.Permitted}},
		{Entry: eir.Entry{Status: eir.Tracked, Reference: "r-1"}, Malformed: "12*"},
		{Entry: eir.Entry{Target: eir.Target{Kind: eir.ByTAC, From: tac.First(), To: tac.Last()}, Status: eir.Prohibited, Reason: "stolen"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the list (-want +got):\n%s", d)
	}
	if err := s.RecountReasons(); err != nil {
		t.Error(err)
	}
	if table := s.reasons["national"]; !maps.Equal(table.ids, map[string]uint32{"stolen": 0, "": 2}) {
		t.Errorf("the reasons are %v", table.ids)
	}
}

// TestUpgrade: a directory of format 1 holds what it held, also after the next
// start, and goes on from there.
func TestUpgrade(t *testing.T) {
	fs := firstFormat(t)
	for n := range 2 {
		s, err := Open("data", Options{FS: fs})
		if err != nil {
			t.Fatal(err)
		}
		holdsFirstFormat(t, s)
		e := eir.Entry{Target: eir.Target{Kind: eir.Exact, From: 9, To: 9}, Status: eir.Prohibited, Reason: "stolen"}
		if _, err := s.Apply(Change{Source: "national", Put: []eir.Entry{e}}); err != nil {
			t.Errorf("start %d: %v", n, err)
		}
		if _, err := s.Apply(Change{Source: "national", Remove: []eir.Target{e.Target}}); err != nil {
			t.Errorf("start %d: %v", n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// countdown fails every write to the log or the manifest from the n'th on.
type countdown struct{ writes atomic.Int32 }

func (c *countdown) MaybeError(op errorfs.Op) error {
	name := filepath.Base(op.Path)
	if op.Kind.ReadOrWrite() == errorfs.OpIsWrite && (strings.HasSuffix(name, ".log") || strings.HasPrefix(name, "MANIFEST")) &&
		c.writes.Add(-1) < 0 {
		return syscall.EIO
	}
	return nil
}

func (c *countdown) String() string { return "countdown" }

// TestUpgradeInterrupted: wherever the disk fails under the upgrade, and
// whatever of it is there afterwards, the next start has all of it.
func TestUpgradeInterrupted(t *testing.T) {
	for writes := int32(0); ; writes++ {
		fs := firstFormat(t)
		disk := new(countdown)
		disk.writes.Store(writes)
		s, err := Open("data", Options{FS: errorfs.Wrap(fs, disk)})
		for _, unsynced := range []int{0, 50, 100} {
			clone := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: unsynced, RNG: rand.New(rand.NewPCG(1, uint64(writes)))})
			after, err := Open("data", Options{FS: clone})
			if err != nil {
				t.Fatalf("after write %d: %v", writes, err)
			}
			holdsFirstFormat(t, after)
			if err := after.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err == nil {
			_ = s.Close() // its disk may fail by now
			return
		}
	}
}

// TestUpgradeOfLess: a list that lost entries before the step to format 2 holds
// less than the number beside it, and is short from then on.
func TestUpgradeOfLess(t *testing.T) {
	fs := firstFormat(t)
	db, err := pebble.Open(filepath.Join("data", tablesDir), &pebble.Options{FS: fs, FormatMajorVersion: pebbleFormat, Logger: newFailure("data", Events{})})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Delete([]byte("L\x00\x00\x00\x00\x00\x01m12*"), pebble.Sync); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s, err := Open("data", Options{FS: fs})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Short(); !errors.Is(err, ErrShort) || !strings.Contains(err.Error(), "national") {
			t.Errorf("short: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUpgradeKilled: a crash in the step to format 2 leaves a file that names the
// lists, so that nobody takes a directory that loses its tables for a new one.
func TestUpgradeKilled(t *testing.T) {
	for writes := int32(0); ; writes++ {
		fs := firstFormat(t)
		disk := new(countdown)
		disk.writes.Store(writes)
		s, opened := Open("data", Options{FS: errorfs.Wrap(fs, disk)})
		after := fs.CrashClone(vfs.CrashCloneCfg{})
		if _, err := after.Stat(filepath.Join("data", acknowledgedFile)); err == nil {
			if err := after.RemoveAll(filepath.Join("data", tablesDir)); err != nil {
				t.Fatal(err)
			}
			damaged, err := Open("data", Options{FS: after})
			if err != nil {
				t.Fatal(err)
			}
			if damaged.Short() == nil {
				t.Errorf("after write %d a directory without its tables counts as new", writes)
			}
			if err := damaged.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if opened == nil {
			_ = s.Close() // its disk may fail by now
			return
		}
	}
}

// TestSalvageFirstFormat: the reasons of format 1 are whole texts.
func TestSalvageFirstFormat(t *testing.T) {
	fs := firstFormat(t)
	db, err := pebble.Open(filepath.Join("data", tablesDir), &pebble.Options{FS: fs, FormatMajorVersion: pebbleFormat, Logger: newFailure("data", Events{})})
	if err != nil {
		t.Fatal(err)
	}
	value := []byte(`{"id":0,"generation":1,"state":{"name":"operator","sequence":5,"entries":3}}`)
	if err := db.Set([]byte("Soperator"), value, pebble.Sync); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := Salvage("data", fs)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Entries) != 3 || got.Entries[0].Reason != "stolen" || got.Whole {
		t.Errorf("%+v", got)
	}
}
