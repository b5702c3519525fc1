package feed

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"paperweight/store/feed/trust"
)

// mirror is a web server in an attacker's hand. Its methods are called between
// polls, ServeHTTP during them.
type mirror struct {
	mu    sync.Mutex // guards what follows
	files map[string][]byte
	// odd answers paths in its own way.
	odd map[string]http.HandlerFunc
}

func startMirror(t testing.TB) (*mirror, string) {
	m := &mirror{}
	web := httptest.NewServer(m)
	t.Cleanup(web.Close)
	return m, web.URL
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	path := strings.TrimPrefix(r.URL.Path, "/")
	text, ok := m.files[path]
	odd := m.odd[path]
	m.mu.Unlock()
	switch {
	case odd != nil:
		odd(w, r)
	case ok:
		_, _ = w.Write(text)
	default:
		http.NotFound(w, r)
	}
}

// shows serves what an authority has published, as it is.
func (m *mirror) shows(files map[string][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files, m.odd = maps.Clone(files), map[string]http.HandlerFunc{}
}

// shown returns what is published now, by path.
func (a *authority) shown(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	public := os.DirFS(a.public())
	err := fs.WalkDir(public, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all[name], err = fs.ReadFile(public, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// keysOf returns a role's keys.
func (a *authority) keysOf(t testing.TB, role string) (keys []crypto.Signer) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(a.dir, "keys", role+"-*.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		k, err := trust.ReadKey(name)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	return keys
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// object is JSON, as TUF writes it.
type object = map[string]any

// forged returns metadata whose signed part was changed, signed anew by keys:
// with crypto alone, not by what the feed is signed with. What encoding/json
// writes is canonical JSON as long as no text in it needs to be escaped.
func forged(t testing.TB, text []byte, keys []crypto.Signer, change func(object)) []byte {
	t.Helper()
	var m struct {
		Signed     object   `json:"signed"`
		Signatures []object `json:"signatures"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	change(m.Signed)
	canonical, err := json.Marshal(m.Signed)
	if err != nil {
		t.Fatal(err)
	}
	m.Signatures = []object{}
	for _, k := range keys {
		id, err := trust.KeyID(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		sig, err := k.Sign(rand.Reader, canonical, crypto.Hash(0))
		if err != nil {
			t.Fatal(err)
		}
		m.Signatures = append(m.Signatures, object{"keyid": id, "sig": fmt.Sprintf("%x", sig)})
	}
	if text, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	return text
}

// newest returns the path of a role's newest version.
func newest(t testing.TB, files map[string][]byte, role string) string {
	t.Helper()
	for v := 99; v > 0; v-- {
		if name := fmt.Sprintf("%d.%s.json", v, role); files[name] != nil {
			return name
		}
	}
	t.Fatalf("no %s is published", role)
	return ""
}

// replace puts metadata in the place of a role's newest, and has the thief of
// both online keys vouch for it.
func (a *authority) replace(t testing.TB, m *mirror, role string, text []byte) {
	t.Helper()
	m.files[newest(t, m.files, role)] = text
	a.vouch(t, m, func(meta object) {
		meta[role+".json"].(object)["length"] = len(text)
		meta[role+".json"].(object)["hashes"] = object{"sha256": hashOf(text).String()}
	})
}

// vouch signs a next snapshot with the stolen key, and a timestamp for it.
func (a *authority) vouch(t testing.TB, m *mirror, change func(meta object)) {
	t.Helper()
	var version int64
	text := forged(t, m.files[newest(t, m.files, trust.Snapshot)], a.keysOf(t, trust.Snapshot), func(s object) {
		version = int64(s["version"].(float64)) + 1
		s["version"] = version
		change(s["meta"].(object))
	})
	m.files[fmt.Sprintf("%d.snapshot.json", version)] = text
	a.point(t, m, func(s object) {
		s["meta"].(object)["snapshot.json"] = object{"version": version, "length": len(text), "hashes": object{"sha256": hashOf(text).String()}}
	})
}

// point signs a next timestamp with the stolen key.
func (a *authority) point(t testing.TB, m *mirror, change func(object)) {
	t.Helper()
	m.files["timestamp.json"] = forged(t, m.files["timestamp.json"], a.keysOf(t, trust.Timestamp), func(s object) {
		s["version"] = int64(s["version"].(float64)) + 1
		s["issued"] = a.now.UTC().Format(time.RFC3339)
		change(s)
	})
}
