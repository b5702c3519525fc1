package publish

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// bar publishes a file that prohibits a phone.
func (a *authority) bar(n int) Result {
	a.t.Helper()
	return a.publish("change.csv", "target,status,reason,op\n"+imei(n)+",prohibited,stolen,put\n")
}

func (a *authority) beginEpoch() Result {
	a.t.Helper()
	a.now = a.now.Add(time.Minute)
	r, err := a.BeginEpoch(context.Background(), a.now, a.keys...)
	if err != nil {
		a.t.Fatal(err)
	}
	return r
}

// copyOf is the directory as somebody else has it, with the same keys.
func (a *authority) copyOf() *authority {
	a.t.Helper()
	c := a.config
	c.Dir = filepath.Join(a.t.TempDir(), "feed")
	if err := os.CopyFS(c.Dir, os.DirFS(a.dir)); err != nil {
		a.t.Fatal(err)
	}
	other := &authority{t: a.t, dir: c.Dir, keys: a.keys, now: a.now}
	other.open(c)
	a.t.Cleanup(func() { other.Close() })
	return other
}

// show puts what another published in the place of this one's public/.
func (a *authority) show(other *authority) {
	a.t.Helper()
	public := filepath.Join(a.dir, "public")
	if err := errors.Join(os.RemoveAll(public), os.CopyFS(public, os.DirFS(filepath.Join(other.dir, "public")))); err != nil {
		a.t.Fatal(err)
	}
}

// comes polls until a node is where the authority is.
func (a *authority) comes(st *store.Store, f *feed.Follower) {
	a.t.Helper()
	if _, err := f.Once(context.Background(), a.now); err != nil {
		a.t.Fatal(err)
	}
	if diff := cmp.Diff(a.listed(), listedBy(a.t, st)); diff != "" || f.Status(a.now).State != a.list.State {
		a.t.Fatalf("at %+v, the feed at %+v: %s", f.Status(a.now).State, a.list.State, diff)
	}
}

// Wherever nodes stand, they come to the new epoch and go on from there.
func TestANewEpoch(t *testing.T) {
	a := newAuthority(t, Config{Blacklist: true})
	if _, err := a.BeginEpoch(context.Background(), a.now, a.keys...); !errors.Is(err, ErrEmpty) {
		t.Fatalf("an epoch of nothing: %v", err)
	}
	a.publish("20260301_blacklist.csv", blacklist(1, 2))
	type node struct {
		*store.Store
		*feed.Follower
	}
	var nodes []node
	for n := 3; n < 7; n++ {
		st, f := newNode(t, a, "file://"+filepath.Join(a.dir, "public"))
		a.comes(st, f)
		nodes = append(nodes, node{st, f})
		a.bar(n)
	}
	st, f := newNode(t, a, "file://"+filepath.Join(a.dir, "public"))
	before := a.list.State
	r := a.beginEpoch()
	want := before
	want.Epoch, want.Sequence, want.Link = 2, 1, r.To.Link
	if r.From != before || r.To != want || r.To.Link == before.Link || r.To != a.list.State {
		t.Errorf("from %+v to %+v", r.From, r.To)
	}
	snapshots, deltas := a.targets()
	if len(snapshots) != 1 || len(deltas) != 0 || a.repo.Targets()[blacklistName].Name == "" {
		t.Errorf("targets %v", a.repo.Targets())
	}
	a.comes(st, f)
	a.bar(9)
	for _, n := range nodes {
		a.comes(n.Store, n.Follower)
	}
	a.reopen()
	a.bar(10)
	a.comes(st, f)
	if diff := cmp.Diff(a.listed(), a.published()); diff != "" {
		t.Error(diff)
	}
}

// Who has the key of the deltas leads nodes astray; the next epoch leads all
// of them back, and then the thief leads nobody.
func TestANewEpochEndsAForgedHistory(t *testing.T) {
	a := newAuthority(t, Config{})
	a.publish("20260301_blacklist.csv", blacklist(1, 2))
	thief := a.copyOf()
	thief.bar(666)
	a.bar(3)
	mine := a.copyOf()
	a.show(thief)
	st, f := newNode(t, a, "file://"+filepath.Join(a.dir, "public"))
	if _, err := f.Once(context.Background(), a.now); err != nil || len(listedBy(t, st)) != 3 {
		t.Fatal(err)
	}
	a.show(mine)
	a.bar(4)
	if _, err := f.Once(context.Background(), a.now); err == nil {
		t.Fatal("two histories were taken for one")
	}
	a.beginEpoch()
	a.comes(st, f)

	// Nobody goes back to the epoch before, however new its metadata is: with
	// every key there is.
	for range 8 {
		thief.now = a.now
		thief.bar(667)
	}
	for range 8 {
		if _, err := thief.Renew([]string{trust.Snapshots, trust.Deltas}, a.now, thief.keys...); err != nil {
			t.Fatal(err)
		}
	}
	a.show(thief)
	_, err := f.Once(context.Background(), a.now)
	if !errors.Is(err, format.ErrStepBack) {
		t.Errorf("back into the epoch before: %v", err)
	}
	if diff := cmp.Diff(a.listed(), listedBy(t, st)); diff != "" {
		t.Error(diff)
	}
}

// A directory that was lost is brought back from an older copy.
func TestANewEpochFromAnOldCopy(t *testing.T) {
	a := newAuthority(t, Config{})
	a.publish("20260301_blacklist.csv", blacklist(1, 2))
	old := a.copyOf()
	a.bar(3)
	a.bar(4)
	public := "file://" + filepath.Join(a.dir, "public")
	st, f := newNode(t, a, public)
	a.comes(st, f)
	old.now = a.now
	for _, role := range []string{trust.Snapshot, trust.Timestamp} {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := trust.ReadKey(filepath.Join(old.dir, "keys", role+"-1.pem"))
		if err != nil {
			t.Fatal(err)
		}
		id, err := trust.KeyID(out.Public())
		if err != nil {
			t.Fatal(err)
		}
		old.keys = append(old.keys, key)
		if _, err := old.Rotate(role, trust.Rotation{Out: []string{id}, In: []crypto.PublicKey{key.Public()}}, old.now, old.keys...); err != nil {
			t.Fatal(err)
		}
	}
	old.bar(5)
	old.beginEpoch()
	a.show(old)
	old.comes(st, f)
}

func TestAnEpochThatACrashCutOffBegins(t *testing.T) {
	for _, c := range []struct {
		name string
		cut  func(*authority, *prepared, *Result) error
	}{
		{"the snapshot is added, the list does not know", func(a *authority, out *prepared, r *Result) error {
			_, err := a.announce(out, a.now, r)
			return err
		}},
		{"the list knows, the old targets are there", func(a *authority, out *prepared, r *Result) error {
			return a.put(out, a.now, r)
		}},
		{"and the list is lost", func(a *authority, out *prepared, r *Result) error {
			return errors.Join(a.put(out, a.now, r), os.RemoveAll(filepath.Join(a.dir, "list")))
		}},
		{"half of the old targets are there", func(a *authority, out *prepared, r *Result) error {
			return errors.Join(a.put(out, a.now, r), a.remove(trust.Snapshots, a.now, r, "snapshot/2"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAuthority(t, Config{})
			a.publish("20260301_blacklist.csv", blacklist(1, 2))
			a.bar(3)
			if _, err := a.Snapshot(context.Background(), a.now, a.keys...); err != nil {
				t.Fatal(err)
			}
			a.bar(4)
			st, f := newNode(t, a, "file://"+filepath.Join(a.dir, "public"))
			a.comes(st, f)
			r := a.result()
			out, err := a.writeSnapshot(context.Background(), a.now, format.State{Epoch: 2, Sequence: 1})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.cut(a, out, &r); err != nil {
				t.Fatal(err)
			}
			a.reopen()
			if _, err := a.tryPublish(); err != nil {
				t.Fatal(err)
			}
			if s := a.list.State; s.Epoch != 2 || s.Sequence != 1 {
				t.Errorf("at %+v", s)
			}
			a.comes(st, f)
			a.bar(5)
			a.comes(st, f)
			for name, target := range a.repo.Targets() {
				if !strings.Contains(string(target.Custom), `"epoch":2`) {
					t.Errorf("%s is left: %s", name, target.Custom)
				}
			}
		})
	}
}

// Without the offline keys it waits for them, and nodes for it.
func TestAnEpochWaitsForItsKeys(t *testing.T) {
	a := newAuthority(t, Config{})
	a.publish("20260301_blacklist.csv", blacklist(1, 2))
	st, f := newNode(t, a, "file://"+filepath.Join(a.dir, "public"))
	a.comes(st, f)
	var online, offline []crypto.Signer
	for _, k := range []string{"deltas-1", "snapshot-1", "timestamp-1", "snapshots-1", "snapshots-2"} {
		key, err := trust.ReadKey(filepath.Join(a.dir, "keys", k+".pem"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(k, "snapshots") {
			offline = append(offline, key)
		} else {
			online = append(online, key)
		}
	}
	var waiting *WaitingError
	if _, err := a.BeginEpoch(context.Background(), a.now, online...); !errors.As(err, &waiting) {
		t.Fatalf("%v", err)
	}
	if _, err := f.Once(context.Background(), a.now); err != nil || f.Status(a.now).Epoch != 1 {
		t.Fatalf("%+v, %v", f.Status(a.now), err)
	}
	a.reopen()
	if roles, err := a.Sign(offline...); err != nil || !slices.Equal(roles, []string{trust.Snapshots}) {
		t.Fatal(roles, err)
	}
	a.keys = online
	if _, err := a.tryPublish(); err != nil {
		t.Fatal(err)
	}
	a.comes(st, f)
	if f.Status(a.now).Epoch != 2 {
		t.Errorf("%+v", f.Status(a.now))
	}
}
