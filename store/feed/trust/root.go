package trust

import (
	"errors"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

// trustedRoot verifies a root by itself and what can be said of it alone.
func trustedRoot(text []byte) (t *trustedmetadata.TrustedMetadata, err error) {
	if err := soundRoot(Root, text); err != nil {
		return nil, err
	}
	err = verified(Root, func() (err error) {
		t, err = trustedmetadata.New(text)
		return err
	})
	return t, err
}

// soundRoot checks what go-tuf takes as it comes.
func soundRoot(file string, text []byte) error {
	return verified(file, func() error {
		m, err := new(metadata.Metadata[metadata.RootType]).FromBytes(text)
		if err != nil {
			return err
		}
		if !m.Signed.ConsistentSnapshot {
			return errors.New("consistent_snapshot is false: a reader could see half a publication")
		}
		for _, role := range []string{Root, Targets, Snapshot, Timestamp} {
			r := m.Signed.Roles[role]
			if r == nil {
				return errors.New("no role " + role)
			}
			if err := sound(role, r.Threshold, r.KeyIDs, m.Signed.Keys); err != nil {
				return err
			}
		}
		return nil
	})
}

// roots follows the chain of roots to its end (TUF 5.3).
func (w *walk) roots() (err error) {
	if w.trusted, err = trustedRoot(w.state[Root]); err != nil {
		return &Error{Kind: ErrState, File: Root, Cause: err}
	}
	// The clock is the caller's, never the machine's.
	w.trusted.RefTime = w.now
	first := w.trusted.Root
	for range w.client.limits.Roots {
		name := fileName(Root, w.trusted.Root.Signed.Version+1)
		text, err := w.fetch(name, w.client.limits.Metadata)
		if errors.Is(err, ErrNotFound) {
			break
		}
		if err != nil {
			return err
		}
		if err := soundRoot(name, text); err != nil {
			return err
		}
		// TUF 5.3.4: "signed by: (1) a threshold of keys specified in the
		// trusted root metadata file (version N), and (2) a threshold of keys
		// specified in the new root metadata file being validated".
		err = verified(name, func() error { _, err := w.trusted.UpdateRoot(text); return err })
		if err != nil {
			return err
		}
		w.state[Root] = text
	}
	// TUF 5.3.11: "If the timestamp and / or snapshot keys have been rotated,
	// then delete the trusted timestamp and snapshot metadata files": a thief
	// may have signed versions so high that no honest one follows.
	if otherKeys(first, w.trusted.Root, Timestamp) || otherKeys(first, w.trusted.Root, Snapshot) {
		delete(w.state, Timestamp)
		delete(w.state, Snapshot)
	}
	// TUF 5.3.10.
	if w.trusted.Root.Signed.IsExpired(w.now) {
		return faultf(ErrExpired, Root, "version %d was valid until %v", w.trusted.Root.Signed.Version, w.trusted.Root.Signed.Expires)
	}
	return nil
}

func otherKeys(a, b *metadata.Metadata[metadata.RootType], role string) bool {
	return !slices.Equal(slices.Sorted(slices.Values(a.Signed.Roles[role].KeyIDs)),
		slices.Sorted(slices.Values(b.Signed.Roles[role].KeyIDs)))
}
