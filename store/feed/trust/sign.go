package trust

import (
	"crypto"
	"fmt"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Pending is metadata that waits in next/.
type Pending struct {
	Role    string
	Version int64
	// Signed are the IDs of the keys that signed, Open of those that may.
	Signed, Open []string
	// Missing is how many signatures are still needed; for a root the more
	// of what its predecessor's keys and its own lack.
	Missing int
}

// Pending returns what waits, in the order of Roles.
func (r *Repository) Pending() []Pending {
	var all []Pending
	for _, role := range Roles() {
		var version int64
		var signatures []metadata.Signature
		switch m := r.next.roles[role]; {
		case role == Root && r.next.root != nil:
			version, signatures = r.next.root.Signed.Version, r.next.root.Signatures
		case m != nil:
			version, signatures = m.Signed.Version, m.Signatures
		default:
			continue
		}
		p := Pending{Role: role, Version: version}
		for _, s := range signatures {
			p.Signed = append(p.Signed, s.KeyID)
		}
		count := func(ids []string, threshold int) {
			have := 0
			for _, id := range ids {
				if slices.Contains(p.Signed, id) {
					have++
				} else if !slices.Contains(p.Open, id) {
					p.Open = append(p.Open, id)
				}
			}
			p.Missing = max(p.Missing, threshold-have)
		}
		ids, threshold, _ := r.signers(role)
		count(ids, threshold)
		if role == Root && r.now.root != nil {
			old := r.now.root.Signed.Roles[Root]
			count(old.KeyIDs, old.Threshold)
		}
		all = append(all, p)
	}
	return all
}

// Suffice reports whether the keys together may sign for a role.
func (r *Repository) Suffice(role string, keys ...crypto.Signer) bool {
	ids, threshold, _ := r.signers(role)
	var own []string
	for _, key := range keys {
		if id, err := KeyID(key.Public()); err == nil && slices.Contains(ids, id) && !slices.Contains(own, id) {
			own = append(own, id)
		}
	}
	return len(own) >= threshold
}

// Sign signs with each key what waits for it and returns the roles that it
// signed. A key for which nothing waits does nothing. Each custodian of a key
// may run it at another time and on another machine, with the directory
// carried along.
func (r *Repository) Sign(keys ...crypto.Signer) ([]string, error) {
	var done []string
	for _, p := range r.Pending() {
		for _, key := range keys {
			id, err := KeyID(key.Public())
			if err != nil {
				return done, fmt.Errorf("feed: %w", err)
			}
			if !slices.Contains(p.Open, id) {
				continue
			}
			if p.Role == Root {
				err = sign(r.next.root, key)
			} else {
				err = sign(r.next.roles[p.Role], key)
			}
			if err != nil {
				return done, err
			}
			if !slices.Contains(done, p.Role) {
				done = append(done, p.Role)
			}
		}
	}
	if len(done) == 0 {
		return nil, nil
	}
	return done, r.save()
}
