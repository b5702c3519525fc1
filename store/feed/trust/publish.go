package trust

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Publish signs what waits with the keys given, makes a snapshot and a
// timestamp, and puts all of it into force in one step; with nothing waiting
// it renews those two. It publishes nothing that a node would refuse:
// ErrSignature names the role that lacks one, ErrExpired the role to Renew,
// ErrTooLong the one that lists too many targets.
//
// The step is a rename: a crash leaves the publication before or this one,
// which the next Open then finishes. In public/ the timestamp comes last, and
// nothing that it leads to is ever overwritten, so a reader never sees half;
// whoever copies public/ elsewhere must keep to that order.
func (r *Repository) Publish(now time.Time, keys ...crypto.Signer) (Expiry, error) {
	if _, err := r.Sign(keys...); err != nil {
		return Expiry{}, err
	}
	p, err := r.complete(now, keys)
	if err != nil {
		return Expiry{}, err
	}
	dir, expiry, err := r.commit(p)
	if err != nil {
		return Expiry{}, err
	}
	old := r.now
	r.now = *p
	if err := r.install(dir); err != nil {
		return Expiry{}, err
	}
	if err := r.loadNext(); err != nil {
		return Expiry{}, err
	}
	if old.timestamp != nil {
		return expiry, os.RemoveAll(r.published(old.timestamp.Signed.Version))
	}
	return expiry, nil
}

// complete makes the whole set and verifies it as a node does.
func (r *Repository) complete(now time.Time, keys []crypto.Signer) (*publication, error) {
	p := &publication{change: change{r.root(), maps.Clone(r.now.roles)}}
	if p.roles == nil {
		p.roles = map[string]*metadata.Metadata[metadata.TargetsType]{}
	}
	maps.Copy(p.roles, r.next.roles)
	if err := r.soundKeys(); err != nil {
		return nil, err
	}
	p.snapshot = metadata.Snapshot(r.expiry(Snapshot, now))
	p.timestamp = metadata.Timestamp(r.expiry(Timestamp, now))
	if r.now.timestamp != nil {
		p.snapshot.Signed.Version = r.now.snapshot.Signed.Version + 1
		p.timestamp.Signed.Version = r.now.timestamp.Signed.Version + 1
	}
	p.timestamp.Signed.UnrecognizedFields = map[string]any{issuedField: moment(now).Format(time.RFC3339)}
	for role, m := range p.roles {
		if err := describe(p.snapshot.Signed.Meta, role, m.Signed.Version, m); err != nil {
			return nil, err
		}
	}
	if err := signAs(p.root, Snapshot, p.snapshot, keys); err != nil {
		return nil, err
	}
	if err := describe(p.timestamp.Signed.Meta, Snapshot, p.snapshot.Signed.Version, p.snapshot); err != nil {
		return nil, err
	}
	if err := signAs(p.root, Timestamp, p.timestamp, keys); err != nil {
		return nil, err
	}
	return p, p.check(r.now.root, now)
}

// describe notes a file's version, length and hash where a node reads them.
func describe[T metadata.Roles](in map[string]*metadata.MetaFiles, role string, version int64, m *metadata.Metadata[T]) error {
	text, err := m.ToBytes(false)
	if err != nil {
		return err
	}
	if limit := (Limits{}).withDefaults().Metadata; int64(len(text)) > limit {
		return faultf(ErrTooLong, role, "%d octets of metadata, a node reads %d: take targets off; a snapshot makes the deltas before it needless", len(text), limit)
	}
	sum := sha256.Sum256(text)
	in[role+".json"] = &metadata.MetaFiles{Length: int64(len(text)), Hashes: metadata.Hashes{"sha256": sum[:]}, Version: version}
	return nil
}

// signAs signs with those of the keys that the root names for the role.
func signAs[T metadata.Roles](root *metadata.Metadata[metadata.RootType], role string, m *metadata.Metadata[T], keys []crypto.Signer) error {
	for _, key := range keys {
		id, err := KeyID(key.Public())
		if err != nil {
			return err
		}
		if !slices.Contains(root.Signed.Roles[role].KeyIDs, id) {
			continue
		}
		if err := sign(m, key); err != nil {
			return err
		}
	}
	return nil
}

// check verifies signatures and dates.
func (p *publication) check(old *metadata.Metadata[metadata.RootType], now time.Time) error {
	top := p.roles[Targets]
	steps := []func() error{
		func() error { return p.root.VerifyDelegate(Root, p.root) },
		func() error { return p.root.VerifyDelegate(Targets, top) },
		func() error { return top.VerifyDelegate(Snapshots, p.roles[Snapshots]) },
		func() error { return top.VerifyDelegate(Deltas, p.roles[Deltas]) },
		func() error { return p.root.VerifyDelegate(Snapshot, p.snapshot) },
		func() error { return p.root.VerifyDelegate(Timestamp, p.timestamp) },
	}
	expired := []bool{
		p.root.Signed.IsExpired(now), top.Signed.IsExpired(now), p.roles[Snapshots].Signed.IsExpired(now),
		p.roles[Deltas].Signed.IsExpired(now), p.snapshot.Signed.IsExpired(now), p.timestamp.Signed.IsExpired(now),
	}
	if old != nil {
		if err := verified(Root, func() error { return old.VerifyDelegate(Root, p.root) }); err != nil {
			return err
		}
	}
	for i, role := range Roles() {
		if err := verified(role, steps[i]); err != nil {
			return err
		}
		if expired[i] {
			return faultf(ErrExpired, role, "renew it, then publish")
		}
	}
	return nil
}

// commit writes the set beside the last one. Its rename is the moment from
// which on it is the one in force.
func (r *Repository) commit(p *publication) (dir string, next Expiry, err error) {
	dir = r.published(p.timestamp.Signed.Version)
	tmp := dir + ".tmp"
	err = errors.Join(os.RemoveAll(tmp), os.MkdirAll(tmp, 0o755),
		store(r, filepath.Join(r.dir, "roots"), fmt.Sprintf("%d.%s", p.root.Signed.Version, Root), p.root),
		store(r, tmp, Root, p.root), store(r, tmp, Snapshot, p.snapshot), store(r, tmp, Timestamp, p.timestamp))
	state := State{}
	for role, m := range p.roles {
		err = errors.Join(err, store(r, tmp, role, m))
	}
	if err != nil {
		return "", Expiry{}, fmt.Errorf("feed: nothing was published: %w", err)
	}
	for _, role := range Roles() {
		if state[role], err = os.ReadFile(filepath.Join(tmp, role+".json")); err != nil {
			return "", Expiry{}, err
		}
	}
	if err := rename(tmp, dir); err != nil {
		return "", Expiry{}, fmt.Errorf("feed: nothing was published: %w", err)
	}
	return dir, state.NextExpiry(), nil
}
