package trust

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Add puts a file among the targets of a role, Snapshots or Deltas, in the
// place of one of the same name. Its content lies in public/ from now on, and
// nobody asks for it before Publish. Custom, which may be nil, is JSON.
func (r *Repository) Add(role, name string, content io.Reader, custom json.RawMessage, now time.Time) (Target, error) {
	folder, ok := delegations()[role]
	if dir, _ := path.Split(name); !ok || dir != folder+"/" || !targetName.MatchString(name) {
		return Target{}, fmt.Errorf("feed: target %q of role %q: %s lists %s/NAME of letters, digits, '.', '_' and '-'", name, role, role, folder)
	}
	hash := sha256.New()
	var length int64
	tmp, err := r.write(func(f *os.File) (err error) {
		length, err = io.Copy(io.MultiWriter(f, hash), content)
		return err
	})
	if err != nil {
		return Target{}, fmt.Errorf("feed: target %s: %w", name, err)
	}
	t := Target{Name: name, Role: role, Length: length, SHA256: [32]byte(hash.Sum(nil)), Custom: custom}
	if err := rename(tmp, filepath.Join(r.dir, "public", targetFile(name, t.SHA256[:]))); err != nil {
		return Target{}, err
	}
	m, err := r.stage(role, now)
	if err != nil {
		return Target{}, err
	}
	// SHA-256 alone: with two hashes go-tuf's clients choose the file's name
	// by the order of a map.
	f := &metadata.TargetFiles{Length: length, Hashes: metadata.Hashes{"sha256": hash.Sum(nil)}, Path: name}
	if custom != nil {
		f.Custom = &custom
	}
	m.Signed.Targets[name] = f
	return t, r.save()
}

// Remove takes targets off a role's list. Their files stay until Prune.
func (r *Repository) Remove(role string, now time.Time, names ...string) error {
	if _, ok := delegations()[role]; !ok {
		return fmt.Errorf("feed: role %q lists no targets", role)
	}
	m, err := r.stage(role, now)
	if err != nil {
		return err
	}
	for _, name := range names {
		if m.Signed.Targets[name] == nil {
			return fmt.Errorf("feed: role %s does not list %q", role, name)
		}
		delete(m.Signed.Targets, name)
	}
	return r.save()
}

// Renew prepares the same metadata with a later date. Snapshot and Timestamp
// need none of it: each Publish makes them anew.
func (r *Repository) Renew(role string, now time.Time) (err error) {
	switch role {
	case Root:
		_, err = r.stageRoot(now)
	case Targets, Snapshots, Deltas:
		_, err = r.stage(role, now)
	case Snapshot, Timestamp:
		return nil
	default:
		err = fmt.Errorf("feed: no role %q", role)
	}
	if err != nil {
		return err
	}
	return r.save()
}

// stage returns the role's next version, to be changed: what was signed of it
// is signed no more.
func (r *Repository) stage(role string, now time.Time) (*metadata.Metadata[metadata.TargetsType], error) {
	if m := r.next.roles[role]; m != nil {
		m.Signed.Expires = r.expiry(role, now)
		m.ClearSignatures()
		return m, nil
	}
	m, err := cloned(r.now.roles[role])
	if err != nil {
		return nil, err
	}
	m.Signed.Version++
	m.Signed.Expires = r.expiry(role, now)
	r.next.roles[role] = m
	return m, nil
}

func (r *Repository) stageRoot(now time.Time) (*metadata.Metadata[metadata.RootType], error) {
	if r.next.root == nil {
		m, err := cloned(r.now.root)
		if err != nil {
			return nil, err
		}
		m.Signed.Version++
		r.next.root = m
	}
	r.next.root.Signed.Expires = r.expiry(Root, now)
	r.next.root.ClearSignatures()
	return r.next.root, nil
}

// cloned returns an unsigned copy.
func cloned[T metadata.Roles](m *metadata.Metadata[T]) (*metadata.Metadata[T], error) {
	text, err := m.ToBytes(false)
	if err != nil {
		return nil, err
	}
	c, err := new(metadata.Metadata[T]).FromBytes(text)
	if err != nil {
		return nil, err
	}
	c.ClearSignatures()
	return c, nil
}
