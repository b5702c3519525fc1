package trust

import (
	"bytes"
	"crypto"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// today is the day on which the feeds of these tests begin.
var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// lab is an authority with a web server.
type lab struct {
	*Repository
	keys []crypto.Signer
	dir  string
	web  *httptest.Server
	read map[string][]crypto.Signer // by keysOf
}

func newLab(t testing.TB) *lab {
	t.Helper()
	dir := t.TempDir()
	r, err := InitLab(dir, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := LabKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{Repository: r, keys: keys, dir: dir, read: map[string][]crypto.Signer{}}
	l.web = httptest.NewServer(http.FileServer(http.Dir(l.public())))
	t.Cleanup(func() {
		l.web.Close()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func (l *lab) public() string { return filepath.Join(l.dir, "public") }

// key returns the first key of a role.
func (l *lab) key(t testing.TB, role string) crypto.Signer {
	t.Helper()
	k, err := ReadKey(filepath.Join(l.dir, "keys", role+"-1.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (l *lab) anchor(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(l.public(), "root.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (l *lab) add(t testing.TB, role, name, content string, at time.Time) Target {
	t.Helper()
	target, err := l.Add(role, name, bytes.NewReader([]byte(content)), nil, at)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func (l *lab) publish(t testing.TB, at time.Time) {
	t.Helper()
	if _, err := l.Publish(at, l.keys...); err != nil {
		t.Fatal(err)
	}
}

// node is a client with its state, as a store keeps it.
type node struct {
	*Client
	state State
}

func newNode(t testing.TB, anchor []byte, limits Limits, addresses ...string) *node {
	t.Helper()
	var mirrors []Mirror
	for _, a := range addresses {
		m, err := NewMirror(a, nil)
		if err != nil {
			t.Fatal(err)
		}
		mirrors = append(mirrors, m)
	}
	return nodeAt(t, anchor, limits, mirrors...)
}

func nodeAt(t testing.TB, anchor []byte, limits Limits, mirrors ...Mirror) *node {
	t.Helper()
	c, err := NewClient(anchor, mirrors, limits)
	if err != nil {
		t.Fatal(err)
	}
	return &node{Client: c}
}

func (n *node) refresh(t testing.TB, at time.Time) (Update, error) {
	t.Helper()
	u, err := n.Refresh(t.Context(), at, n.state)
	n.state = u.State
	return u, err
}

func (n *node) content(t testing.TB, target Target) string {
	t.Helper()
	f, err := n.Open(t.Context(), target, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPublishedIsFound(t *testing.T) {
	l := newLab(t)
	n := newNode(t, l.anchor(t), Limits{}, l.web.URL, "file://"+l.public())
	u, err := n.refresh(t, today)
	if err != nil || len(u.Targets) != 0 || u.Version != 1 {
		t.Fatalf("an empty feed: %+v, %v", u, err)
	}
	l.add(t, Snapshots, "snapshot/1", "the base", today)
	l.add(t, Deltas, "delta/2", "a change", today)
	l.publish(t, today.Add(time.Minute))
	for range 3 { // over HTTP, from the file system, and unchanged
		u, err = n.refresh(t, today.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if len(u.Targets) != 2 || u.Version != 2 || !u.Issued.Equal(today.Add(time.Minute)) {
			t.Fatalf("update %+v", u)
		}
		if got := n.content(t, u.Targets["snapshot/1"]); got != "the base" {
			t.Fatalf("snapshot/1 is %q", got)
		}
		if got := n.content(t, u.Targets["delta/2"]); got != "a change" {
			t.Fatalf("delta/2 is %q", got)
		}
	}
	if u.Expiry.Role != Timestamp || !u.Expiry.At.Equal(today.Add(72*time.Hour+time.Minute)) {
		t.Errorf("next expiry %+v", u.Expiry)
	}
}
