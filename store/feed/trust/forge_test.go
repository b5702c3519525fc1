package trust

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// files is a mirror in an attacker's hand: what it serves, by path.
type files map[string][]byte

func (m files) String() string { return "mirror.test" }

func (m files) Get(_ context.Context, path, _ string) (*Response, error) {
	text, ok := m[path]
	if !ok {
		return nil, &Error{Kind: ErrNotFound, File: path, Mirror: m.String()}
	}
	return &Response{Body: io.NopCloser(bytes.NewReader(text)), Length: int64(len(text))}, nil
}

// files returns a copy of what is published.
func (l *lab) files(t testing.TB) files {
	t.Helper()
	all := files{}
	house := os.DirFS(l.public())
	err := fs.WalkDir(house, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all[name], err = fs.ReadFile(house, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// keysOf returns all keys of a role, read once.
func (l *lab) keysOf(t testing.TB, role string) (keys []crypto.Signer) {
	t.Helper()
	if keys, ok := l.read[role]; ok {
		return keys
	}
	names, err := filepath.Glob(filepath.Join(l.dir, "keys", role+"-*.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		k, err := ReadKey(name)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	l.read[role] = keys
	return keys
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	_, k, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func keyID(t testing.TB, k crypto.Signer) string {
	t.Helper()
	id, err := KeyID(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// forged returns metadata changed and signed anew with keys.
func forged[T metadata.Roles](t testing.TB, text []byte, keys []crypto.Signer, change func(*metadata.Metadata[T])) []byte {
	t.Helper()
	m, err := new(metadata.Metadata[T]).FromBytes(text)
	if err != nil {
		t.Fatal(err)
	}
	m.ClearSignatures()
	change(m)
	for _, k := range keys {
		if err := sign(m, k); err != nil {
			t.Fatal(err)
		}
	}
	if text, err = m.ToBytes(false); err != nil {
		t.Fatal(err)
	}
	return text
}

type (
	rootMeta      = metadata.Metadata[metadata.RootType]
	targetsMeta   = metadata.Metadata[metadata.TargetsType]
	snapshotMeta  = metadata.Metadata[metadata.SnapshotType]
	timestampMeta = metadata.Metadata[metadata.TimestampType]
)

// newest returns the path of a role's newest version.
func (m files) newest(t testing.TB, role string) string {
	t.Helper()
	newest, length := "", 0
	for name := range m {
		if !strings.Contains(name, "/") && strings.HasSuffix(name, "."+role+".json") && (len(name) > length || len(name) == length && name > newest) {
			newest, length = name, len(name)
		}
	}
	if newest == "" {
		t.Fatalf("no %s published", role)
	}
	return newest
}

// replace puts forged targets metadata in the place of a role's newest, and
// has the thief of both online keys vouch for it.
func (l *lab) replace(t testing.TB, m files, role string, keys []crypto.Signer, change func(*targetsMeta)) {
	t.Helper()
	l.replaceText(t, m, role, forged(t, m[m.newest(t, role)], keys, change))
}

func (l *lab) replaceText(t testing.TB, m files, role string, text []byte) {
	t.Helper()
	m[m.newest(t, role)] = text
	l.vouch(t, m, today.Add(time.Hour), func(s *snapshotMeta) {
		old := s.Signed.Meta[role+".json"]
		old.Length = int64(len(text))
		old.Hashes = metadata.Hashes{"sha256": hashOf(text)}
	})
}

// vouch signs a next snapshot and timestamp with the stolen online keys.
func (l *lab) vouch(t testing.TB, m files, at time.Time, change func(*snapshotMeta)) {
	t.Helper()
	var version int64
	text := forged(t, m[m.newest(t, Snapshot)], l.keysOf(t, Snapshot), func(s *snapshotMeta) {
		s.Signed.Version++
		s.Signed.Expires = at.Add(7 * 24 * time.Hour)
		version = s.Signed.Version
		change(s)
	})
	m[fileName(Snapshot, version)] = text
	l.point(t, m, at, func(s *timestampMeta) {
		s.Signed.Meta["snapshot.json"] = &metadata.MetaFiles{
			Version: version, Length: int64(len(text)), Hashes: metadata.Hashes{"sha256": hashOf(text)}}
	})
}

// point signs a next timestamp with the stolen timestamp key.
func (l *lab) point(t testing.TB, m files, at time.Time, change func(*timestampMeta)) {
	t.Helper()
	m["timestamp.json"] = forged(t, m["timestamp.json"], l.keysOf(t, Timestamp), func(s *timestampMeta) {
		s.Signed.Version++
		s.Signed.Expires = at.Add(72 * time.Hour)
		change(s)
	})
}

// become puts what other serves into m.
func (m files) become(other files) {
	clear(m)
	maps.Copy(m, other)
}
