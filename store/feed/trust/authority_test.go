package trust

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// token is a key that signs elsewhere, as one in an HSM: all that is known of
// it is crypto.Signer.
type token struct{ crypto.Signer }

// A feed whose keys are of every kind that is accepted, none of them known to
// this program but through crypto.Signer.
func TestKeysOfEveryKind(t *testing.T) {
	plan := map[string]RolePlan{}
	var keys []crypto.Signer
	for i, role := range Roles() {
		p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		pss, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		three := []crypto.Signer{token{newKey(t)}, token{p256}, token{pss}}
		p := RolePlan{Threshold: 1}
		if i < 3 {
			p.Threshold = 3
		}
		for _, k := range three {
			p.Keys = append(p.Keys, k.Public())
		}
		plan[role] = p
		if i >= 3 {
			three = three[i-3 : i-2] // Deltas Ed25519, Snapshot ECDSA, Timestamp RSA
		}
		keys = append(keys, three...)
	}
	dir := t.TempDir()
	r, err := Init(dir, plan, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	l := &lab{Repository: r, keys: keys, dir: dir, read: map[string][]crypto.Signer{}}
	l.publish(t, today)
	n := newNode(t, l.anchor(t), Limits{}, "file://"+l.public())
	if _, err := n.refresh(t, today); err != nil {
		t.Error(err)
	}
}

func TestUnusableKeys(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []crypto.PublicKey{p384.Public(), short.Public(), ed25519.PublicKey{1, 2, 3}, "a word", nil} {
		if id, err := KeyID(k); err == nil {
			t.Errorf("%T was given the ID %s", k, id)
		}
	}
}

// The ceremony of a feed whose keys are in seven hands, none of which meets
// another: the directory is carried from one to the next.
func TestCeremony(t *testing.T) {
	hands := map[string][]crypto.Signer{}
	plan := map[string]RolePlan{}
	for _, role := range Roles() {
		p := RolePlan{Threshold: thresholds()[role][0]}
		for range thresholds()[role][1] {
			k := newKey(t)
			hands[role] = append(hands[role], k)
			p.Keys = append(p.Keys, k.Public())
		}
		plan[role] = p
	}
	dir := t.TempDir()
	r, err := Init(dir, plan, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	missing := func() (all []string) {
		for _, p := range r.Pending() {
			all = append(all, fmt.Sprintf("%s %d: %d", p.Role, p.Version, p.Missing))
		}
		return all
	}
	if diff := cmp.Diff([]string{"root 1: 2", "targets 1: 2", "snapshots 1: 2", "deltas 1: 1"}, missing()); diff != "" {
		t.Error(diff)
	}
	online := []crypto.Signer{hands[Deltas][0], hands[Snapshot][0], hands[Timestamp][0]}
	for _, k := range []crypto.Signer{hands[Root][2], hands[Targets][0], hands[Snapshots][1], hands[Root][0], hands[Targets][1], hands[Snapshots][0]} {
		if _, err := r.Publish(today, online...); !errors.Is(err, ErrSignature) {
			t.Fatalf("published with signatures missing: %v", err)
		}
		if _, err := os.Stat(filepath.Join(dir, "public", "root.json")); err == nil {
			t.Fatal("and something is to be seen of it")
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if r, err = Open(dir, nil); err != nil {
			t.Fatal(err)
		}
		if done, err := r.Sign(k, newKey(t)); err != nil || len(done) != 1 {
			t.Fatalf("signed %v, %v", done, err)
		}
	}
	defer r.Close()
	if _, err := Open(dir, nil); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), dir) {
		t.Errorf("opened twice: %v", err)
	}
	if _, err := r.Publish(today, online...); err != nil {
		t.Fatal(err)
	}
	if p := r.Pending(); len(p) != 0 {
		t.Errorf("still waiting: %+v", p)
	}
	if _, err := Init(dir, plan, nil, today); err == nil {
		t.Error("a feed was begun over a feed")
	}
	if _, err := InitLab(dir, nil, today); err == nil {
		t.Error("a laboratory was begun over a feed")
	}
}

// A key that lies online counts for nothing that is kept offline.
func TestSharedKey(t *testing.T) {
	l := newLab(t)
	for _, role := range []string{Root, Targets, Snapshots} {
		err := l.Rotate(role, Rotation{In: []crypto.PublicKey{l.key(t, Deltas).Public()}}, today)
		if !errors.Is(err, ErrShared) {
			t.Errorf("the delta key for %s: %v", role, err)
		}
	}
	if p := l.Pending(); len(p) != 0 {
		t.Errorf("refused rotations wait for signatures: %+v", p)
	}
	if err := l.Rotate(Deltas, Rotation{Threshold: 2}, today); !errors.Is(err, ErrThreshold) {
		t.Errorf("two signatures of one key: %v", err)
	}
}

// What a node would refuse is not published.
func TestRefusesToPublish(t *testing.T) {
	l := newLab(t)
	if _, err := l.Publish(today.Add(31*day), l.keys...); !errors.Is(err, ErrExpired) {
		t.Errorf("expired deltas: %v", err)
	}
	for _, e := range l.Expiries() {
		if want := today.Add(DefaultLifetimes()[e.Role]); !e.At.Equal(want) {
			t.Errorf("%s expires at %v, want %v", e.Role, e.At, want)
		}
	}
	for _, role := range Roles() {
		if err := l.Renew(role, today.Add(31*day)); err != nil {
			t.Fatal(err)
		}
	}
	l.publish(t, today.Add(31*day))
	if _, err := newNode(t, l.anchor(t), Limits{}, l.web.URL).refresh(t, today.Add(32*day)); err != nil {
		t.Errorf("renewed: %v", err)
	}
	if _, err := l.Publish(today.Add(31*day), l.keysOf(t, Snapshot)...); !errors.Is(err, ErrSignature) {
		t.Errorf("without the timestamp key: %v", err)
	}
	for _, name := range []string{"snapshot/1", "delta/../x", "delta/", "delta/a b", "delta/.x"} {
		if _, err := l.Add(Deltas, name, strings.NewReader(""), nil, today); err == nil {
			t.Errorf("%q was added to the deltas", name)
		}
	}
	if err := l.Remove(Deltas, today, "delta/1"); err == nil {
		t.Error("removed what is not there")
	}
	text := []byte(`"` + strings.Repeat("x", 6<<20) + `"`)
	if _, err := l.Add(Deltas, "delta/1", strings.NewReader(""), text, today); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Publish(today.Add(31*day), l.keys...); !errors.Is(err, ErrTooLong) {
		t.Errorf("more metadata than a node reads: %v", err)
	}
}

// A crash after the publication's rename, with nothing in public/ yet, and one
// with files half written: the next Open makes it good.
func TestCrashWhilePublishing(t *testing.T) {
	l := newLab(t)
	before := t.TempDir()
	l.add(t, Deltas, "delta/1", "a change", today)
	for _, sub := range []string{"public", "next"} {
		if err := os.CopyFS(filepath.Join(before, sub), os.DirFS(filepath.Join(l.dir, sub))); err != nil {
			t.Fatal(err)
		}
	}
	l.publish(t, today)
	for _, sub := range []string{"public", "next"} {
		if err := errors.Join(os.RemoveAll(filepath.Join(l.dir, sub)), os.Rename(filepath.Join(before, sub), filepath.Join(l.dir, sub))); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.WriteFile(filepath.Join(l.dir, "tmp-1"), []byte("half"), 0o600),
		os.Mkdir(filepath.Join(l.dir, "published", "3.tmp"), 0o755), l.Close()); err != nil {
		t.Fatal(err)
	}
	n := newNode(t, l.anchor(t), Limits{}, l.web.URL)
	if u, err := n.refresh(t, today); err != nil || u.Version != 1 {
		t.Fatalf("before it is made good: %+v, %v", u, err)
	}
	var err error
	if l.Repository, err = Open(l.dir, nil); err != nil {
		t.Fatal(err)
	}
	if u, err := n.refresh(t, today); err != nil || u.Version != 2 || len(u.Targets) != 1 {
		t.Fatalf("afterwards: %+v, %v", u, err)
	}
	if p := l.Pending(); len(p) != 0 {
		t.Errorf("published, and still waiting: %+v", p)
	}
	left, err := filepath.Glob(filepath.Join(l.dir, "*", "*.tmp"))
	if tmp, err2 := filepath.Glob(filepath.Join(l.dir, "tmp-*")); len(left)+len(tmp) != 0 || err != nil || err2 != nil {
		t.Errorf("left by the crash: %v %v", left, tmp)
	}
	l.publish(t, today)
}

// A reader in the midst of publications and rotations sees one or the other.
func TestReaderNeverSeesHalf(t *testing.T) {
	l := newLab(t)
	anchor := l.anchor(t)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		n := newNode(t, anchor, Limits{}, l.web.URL)
		spool := t.TempDir()
		readers.Go(func() {
			var state State
			for last := 0; ; {
				select {
				case <-stop:
					return
				default:
				}
				u, err := n.Refresh(t.Context(), today, state)
				if err != nil {
					t.Error(err)
					return
				}
				state = u.State
				if len(u.Targets) < last {
					t.Errorf("%d targets after %d", len(u.Targets), last)
				}
				last = len(u.Targets)
				for _, target := range u.Targets {
					f, err := n.Open(t.Context(), target, spool)
					if err != nil {
						t.Error(err)
						return
					}
					f.Close()
				}
			}
		})
	}
	for i := range 15 {
		l.add(t, Deltas, fmt.Sprintf("delta/%d", i), "a change", today)
		if i%5 == 2 {
			l.rotate(t, Deltas)
		}
		l.publish(t, today)
	}
	close(stop)
	readers.Wait()
}

// What is put into public/ by others is never signed.
func TestPublicIsNotRead(t *testing.T) {
	l := newLab(t)
	l.add(t, Deltas, "delta/1", "a change", today)
	l.publish(t, today)
	public := l.files(t)
	for name, text := range public {
		if err := os.WriteFile(filepath.Join(l.public(), name), bytes.ReplaceAll(text, []byte("delta"), []byte("alien")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if l.Repository, err = Open(l.dir, nil); err != nil {
		t.Fatal(err)
	}
	l.publish(t, today)
	u, err := newNode(t, public["root.json"], Limits{}, l.web.URL).refresh(t, today)
	if err != nil || len(u.Targets) != 1 || u.Targets["delta/1"].Length != 8 {
		t.Errorf("signed over a stranger's work: %+v, %v", u.Targets, err)
	}
}

// The lock goes with Close, though a child that was forked meanwhile, and has
// not executed its program yet, holds the same open file.
func TestCloseUnlocks(t *testing.T) {
	l := newLab(t)
	forked, err := syscall.Dup(int(l.lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(forked)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if l.Repository, err = Open(l.dir, nil); err != nil {
		t.Fatal(err)
	}
}

// Who opens what is no feed is told how to begin one, and nothing is made.
func TestOpenNothing(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		_, err := Open(dir, nil)
		if err == nil || !strings.Contains(err.Error(), dir+" holds no feed: `paperweight feed init") {
			t.Errorf("%s: %v", dir, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %v was left there", dir, left)
		}
	}
}

// A web server of another user may go through a laboratory's folder to
// public/, and not into its keys.
func TestLabFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	r, err := InitLab(dir, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for folder, open := range map[string]bool{"": true, "public": true, "keys": false} {
		info, err := os.Stat(filepath.Join(dir, folder))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm()&0o055 == 0o055; got != open {
			t.Errorf("%q has %v", folder, info.Mode())
		}
	}
}
