package feed

import (
	"bytes"
	"crypto/sha256"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
)

func hashOf(text []byte) format.Hash { return sha256.Sum256(text) }

func reader(text []byte) io.Reader { return bytes.NewReader(text) }

const national = "national"

// node is a store with a Follower.
type node struct {
	*Follower
	dir    string
	fs     vfs.FS // nil: the disk
	cache  int64  // in bytes, as store.Options
	config Config
	store  *store.Store
	// what its events told
	applied  []Step
	held     []*Held
	diverged []*DivergedError
	failed   []error
}

func newNode(t fataler, a *authority, dir string, mirrors ...string) *node {
	t.Helper()
	if len(mirrors) == 0 {
		mirrors = []string{a.web.URL}
	}
	n := &node{dir: dir, config: Config{
		Source: national, Anchor: a.anchor(t), Mirrors: mirrors, Dir: filepath.Join(dir, "feed"),
	}}
	return n
}

func startNode(t testing.TB, a *authority, mirrors ...string) *node {
	t.Helper()
	n := newNode(t, a, t.TempDir(), mirrors...)
	n.open(t)
	t.Cleanup(func() { n.close(t) })
	return n
}

// events are those of the node; it is told by hand-made functions, not by
// methods of the Follower, whose names they would hide.
func (n *node) events() Events {
	return Events{
		Applied:  func(s Step) { n.applied = append(n.applied, s) },
		Held:     func(h *Held) { n.held = append(n.held, h) },
		Diverged: func(err *DivergedError) { n.diverged = append(n.diverged, err) },
		Failed:   func(err error) { n.failed = append(n.failed, err) },
	}
}

func (n *node) open(t fataler) {
	t.Helper()
	var err error
	dir := filepath.Join(n.dir, "store")
	if n.fs != nil {
		dir = "store" // a crash loses directories that nobody synced
	}
	if n.store, err = store.Open(dir, store.Options{FS: n.fs, CacheBytes: n.cache}); err != nil {
		t.Fatal(err)
	}
	if n.Follower, err = NewFollower(n.store, n.config, n.events()); err != nil {
		t.Fatal(err)
	}
}

func (n *node) close(t fataler) {
	t.Helper()
	if err := n.store.Close(); err != nil {
		t.Fatal(err)
	}
}

// reopen is a restart.
func (n *node) reopen(t fataler) {
	t.Helper()
	n.close(t)
	n.open(t)
}

// poll is a poll that must not fail.
func (n *node) poll(t testing.TB, now time.Time) Outcome {
	t.Helper()
	out, err := n.Once(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// looked is the hash of what is held, as an operator reads it.
func (n *node) looked() string {
	if h := n.Held(); h != nil {
		return h.SHA256.String()
	}
	return "00000000"
}

// listed is what the store lists for the feed.
func (n *node) listed(t fataler) map[key]format.Entry {
	t.Helper()
	all := map[key]format.Entry{}
	for l, err := range n.store.Listed(national) {
		if err != nil {
			t.Fatal(err)
		}
		e := format.Entry{Entry: l.Entry, Malformed: l.Malformed}
		all[keyOf(e)] = e
	}
	return all
}

// at holds a node to a state that an authority published.
func (n *node) at(t fataler, a *authority, s format.State) {
	t.Helper()
	st := n.Status(a.now)
	if st.State != s {
		t.Fatalf("the node is at %+v, want %+v; %s", st.State, s, st.Error)
	}
	want := a.states[placeOf(s)]
	if want == nil {
		want = map[key]format.Entry{}
	}
	if d := cmp.Diff(want, n.listed(t)); d != "" {
		t.Fatalf("the list of sequence %d (-want +got):\n%s", s.Sequence, d)
	}
	var digest format.Digest
	for _, e := range want {
		digest.Add(&e)
	}
	if digest != s.Digest {
		t.Fatalf("the test's own digest is %s, want %s", digest, s.Digest)
	}
	src, _ := n.store.Source(national)
	if got := src.Entries + src.Malformed; got != s.Entries || src.Sequence != s.Sequence {
		t.Fatalf("the store counts %d entries at sequence %d, want %d at %d", got, src.Sequence, s.Entries, s.Sequence)
	}
}

// check asks the store about the n-th phone.
func (n *node) check(t testing.TB, i int) eir.Status {
	t.Helper()
	r, err := eir.New(n.store, eir.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	imei := (tac.First() + eir.IMEI(i)).String()
	return r.Check(eir.ParseQuery([]byte(imei), nil, nil, today.Unix())).Status
}
