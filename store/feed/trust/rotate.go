package trust

import (
	"crypto"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// ErrShared says that a key that lies online would count for a role kept offline.
var ErrShared = errors.New("a key of an online role may not sign for an offline one")

// Rotation changes who may sign for a role.
type Rotation struct {
	Out []string // key IDs
	In  []crypto.PublicKey
	// Threshold is the new one; 0 leaves it.
	Threshold int
}

// Rotate prepares a change of a role's keys. The metadata that names them gets
// a next version: a new root, to be signed by the threshold of the old root's
// keys and of the new; or new targets for Snapshots and Deltas. What the role
// itself signed is to be signed again by its new keys.
func (r *Repository) Rotate(role string, by Rotation, now time.Time) (err error) {
	if !slices.Contains(Roles(), role) {
		return fmt.Errorf("feed: no role %q", role)
	}
	defer func() {
		// A refused rotation must leave no trace in what is signed next.
		if err != nil {
			err = errors.Join(err, r.loadNext())
		}
	}()
	_, delegated := delegations()[role]
	if delegated {
		_, err = r.stage(Targets, now)
	} else {
		_, err = r.stageRoot(now)
	}
	if err != nil {
		return err
	}
	if err := r.rekey(role, by); err != nil {
		return err
	}
	if delegated || role == Targets {
		if _, err := r.stage(role, now); err != nil {
			return err
		}
	}
	if err := r.soundKeys(); err != nil {
		return err
	}
	return r.save()
}

// rekey changes the keys in the metadata that names them, which is staged.
func (r *Repository) rekey(role string, by Rotation) error {
	var add func(*metadata.Key, string) error
	var revoke func(keyID, role string) error
	var threshold *int
	if _, ok := delegations()[role]; ok {
		top := &r.next.roles[Targets].Signed
		add, revoke, threshold = top.AddKey, top.RevokeKey, &delegation(top, role).Threshold
	} else {
		top := &r.next.root.Signed
		add, revoke, threshold = top.AddKey, top.RevokeKey, &top.Roles[role].Threshold
	}
	for _, id := range by.Out {
		if err := revoke(id, role); err != nil {
			return fmt.Errorf("feed: role %s: %w", role, err)
		}
	}
	for _, public := range by.In {
		key, err := tufKey(public)
		if err != nil {
			return fmt.Errorf("feed: role %s: %w", role, err)
		}
		if err := add(key, role); err != nil {
			return fmt.Errorf("feed: role %s: %w", role, err)
		}
	}
	if by.Threshold != 0 {
		*threshold = by.Threshold
	}
	return nil
}

func delegation(top *metadata.TargetsType, role string) *metadata.DelegatedRole {
	i := slices.IndexFunc(top.Delegations.Roles, func(d metadata.DelegatedRole) bool { return d.Name == role })
	return &top.Delegations.Roles[i]
}

// Keys returns the IDs of the keys that may sign for a role, and how many of
// them must, once what waits is published.
func (r *Repository) Keys(role string) (ids []string, threshold int, err error) {
	if !slices.Contains(Roles(), role) {
		return nil, 0, fmt.Errorf("feed: no role %q", role)
	}
	ids, threshold, _ = r.signers(role)
	return slices.Clone(ids), threshold, nil
}

// signers returns the keys and the threshold of a role, as the metadata that
// will be in force has them.
func (r *Repository) signers(role string) (ids []string, threshold int, keys map[string]*metadata.Key) {
	if _, ok := delegations()[role]; ok {
		top := &r.role(Targets).Signed
		d := delegation(top, role)
		return d.KeyIDs, d.Threshold, top.Delegations.Keys
	}
	s := r.root().Signed.Roles[role]
	return s.KeyIDs, s.Threshold, r.root().Signed.Keys
}

// soundKeys checks what a change of keys must not break.
func (r *Repository) soundKeys() error {
	offline := map[string]string{}
	for _, role := range Roles() {
		ids, threshold, keys := r.signers(role)
		if err := sound(role, threshold, ids, keys); err != nil {
			return err
		}
		for _, id := range ids {
			switch role {
			case Root, Targets, Snapshots:
				offline[id] = role
			default:
				if offline[id] != "" {
					return faultf(ErrShared, role, "key %.8s is one of %s", id, offline[id])
				}
			}
		}
	}
	return nil
}
