package publish

import (
	"context"
	"crypto"
	"path/filepath"
	"testing"
	"time"

	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/feed/trust"
)

// Nodes that fell asleep at any sequence wake after any roll-up, and each
// finds a way to where the feed is; also where the offline keys, which make
// snapshots, are not at hand for long.
func TestWhoSleepsFindsAWay(t *testing.T) {
	type node struct {
		*store.Store
		*feed.Follower
	}
	// A publication a minute: most sleep longer than the grace.
	a := newAuthority(t, Config{Grace: 3 * time.Minute})
	a.small(sizes{rolling{most: 8, newest: 3}, 5, 7})
	a.publish("20260301_blacklist.csv", blacklist(1, 2))
	everyKey := a.keys
	var online []crypto.Signer
	for _, role := range []string{trust.Deltas, trust.Snapshot, trust.Timestamp} {
		key, err := trust.ReadKey(filepath.Join(a.dir, "keys", role+"-1.pem"))
		if err != nil {
			t.Fatal(err)
		}
		online = append(online, key)
	}
	var asleep []node
	wake := func() {
		t.Helper()
		for _, n := range asleep {
			a.comes(n.Store, n.Follower)
		}
		asleep = nil
	}
	const last = 36
	for n := 2; n <= last; n++ {
		// The offline keys are away from 20 on, until 34.
		if a.keys = online; n < 20 || n >= 34 {
			a.keys = everyKey
		}
		st, f := newNode(t, a, "file://"+filepath.Join(a.dir, "public"))
		a.comes(st, f)
		asleep = append(asleep, node{st, f})
		// Each phone is put, put otherwise, and some are taken off again.
		r := a.publish("change.csv", "target,status,reason,op\n"+imei(n)+",prohibited,stolen,put\n"+imei(n-1)+",tracked,found,put\n"+imei(n-2+n%2)+",,,remove\n")
		if _, err := a.Rollup(a.now, a.keys...); err != nil {
			t.Fatal(err)
		}
		s := a.Status(a.now)
		if due := n >= 25 && n < 34; r.SnapshotDue != due || s.SnapshotDue != due {
			t.Errorf("sequence %d: a snapshot is due: %v, %v; %d deltas, snapshot %d", n, r.SnapshotDue, s.SnapshotDue, s.Deltas, s.Snapshot)
		}
		// Twice in a minute four files are superseded, and a delta.
		if files, _ := a.public(); files > 12+s.Deltas+3*9 {
			t.Errorf("sequence %d: %d files are published", n, files)
		}
		if s.Deltas > 16 || n < 20 && s.Deltas > 8 {
			t.Errorf("sequence %d: %d deltas", n, s.Deltas)
		}
		if n == 19 || n == 33 {
			wake()
		}
	}
	wake()
	if s := a.Status(a.now); s.Snapshot < 34 || s.Sequence != last {
		t.Errorf("snapshot %d, sequence %d", s.Snapshot, s.Sequence)
	}
}

// What is dropped is what a snapshot is shorter than, or older than the newest.
func TestNeedlessDeltas(t *testing.T) {
	delta := func(to uint64, octets int64) target {
		return target{trust.Target{Name: imei(int(to)), Length: octets}, feed.Label{Epoch: 1, From: to - 1, To: to}}
	}
	deltas := []target{delta(2, 10), delta(3, 10), delta(4, 10), delta(5, 10), delta(6, 10)}
	for _, c := range []struct {
		at     uint64 // of the snapshot, 0: none
		octets int64  // of it
		newest int
		gone   uint64 // so many of the first
	}{
		{0, 0, 0, 0}, {1, 100, 0, 0}, {4, 100, 0, 3}, {4, 100, 2, 3}, {4, 100, 4, 1}, {4, 100, 9, 0},
		{4, 20, 9, 1}, {4, 5, 9, 3}, {6, 100, 0, 5}, {6, 100, 2, 3}, {6, 30, 9, 2},
	} {
		var snapshots []target
		if c.at > 0 {
			snapshots = []target{{trust.Target{Length: c.octets}, feed.Label{Epoch: 1, To: c.at}}}
		}
		if got := needless(snapshots, deltas, c.newest); uint64(len(got)) != c.gone {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// A snapshot that is due is made where its keys are at hand, and keeps no
// change waiting where they are not.
func TestASnapshotThatIsDue(t *testing.T) {
	a := newAuthority(t, Config{})
	a.small(sizes{rolling{most: 3, newest: 1}, 5, 7})
	a.publish("20260301_blacklist.csv", blacklist(1))
	all := a.keys
	for n := 2; n < 9; n++ {
		a.keys = all
		if n < 8 {
			a.keys = nil
			for _, role := range []string{trust.Deltas, trust.Snapshot, trust.Timestamp} {
				key, err := trust.ReadKey(filepath.Join(a.dir, "keys", role+"-1.pem"))
				if err != nil {
					t.Fatal(err)
				}
				// One of the two for snapshots is not enough, twice or not.
				half, err := trust.ReadKey(filepath.Join(a.dir, "keys", "snapshots-1.pem"))
				if err != nil {
					t.Fatal(err)
				}
				a.keys = append(a.keys, key, half)
			}
		}
		r := a.bar(n)
		if s := a.Status(a.now); s.Sequence != uint64(n) || r.SnapshotDue != (n >= 4 && n < 8) || (s.Snapshot == uint64(n)) != (n == 8) {
			t.Errorf("%d: %+v; %+v", n, r, s)
		}
	}
	if _, err := a.Snapshot(context.Background(), a.now, a.keys...); err != nil {
		t.Error(err)
	}
}
