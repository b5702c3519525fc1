package trust

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

// walk is one way through the client workflow (TUF 5.3 to 5.6) at one mirror.
type walk struct {
	ctx     context.Context
	client  *Client
	mirror  *source
	now     time.Time
	state   State // what was verified on the way
	trusted *trustedmetadata.TrustedMetadata
	issued  time.Time
}

func (c *Client) ask(ctx context.Context, m *source, now time.Time, state State) (Update, error) {
	w := &walk{ctx: ctx, client: c, mirror: m, now: now, state: state.begin(c.anchor)}
	targets, err := w.all()
	u := Update{State: w.state, Targets: targets, Expiry: w.state.NextExpiry()}
	if err != nil {
		return u, w.from(err)
	}
	u.Version, u.Issued = w.trusted.Timestamp.Signed.Version, w.issued
	return u, nil
}

// from says which mirror a fault came from.
func (w *walk) from(err error) error {
	var fault *Error
	if errors.As(err, &fault) && fault.Mirror == "" && fault.Kind != ErrState {
		named := *fault
		named.Mirror = w.mirror.String()
		return &named
	}
	return err
}

func (w *walk) all() (map[string]Target, error) {
	for _, step := range []func() error{w.roots, w.timestamp, w.snapshot, w.targets} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return w.listing()
}

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

// timestamp finds out which snapshot is the newest (TUF 5.4).
func (w *walk) timestamp() error {
	load := func(text []byte) error {
		return verified(Timestamp, func() error { _, err := w.trusted.UpdateTimestamp(text); return err })
	}
	if stored := w.state[Timestamp]; stored != nil {
		switch err := load(stored); {
		case err == nil, errors.Is(err, ErrExpired) && w.trusted.Timestamp != nil:
			// An expired one still tells which is older.
		case errors.Is(err, ErrSignature):
			// Another anchor: its keys did not sign it.
			delete(w.state, Timestamp)
			delete(w.state, Snapshot)
		default:
			return &Error{Kind: ErrState, File: Timestamp, Cause: err}
		}
	}
	text, err := w.fetchTimestamp()
	if err != nil {
		return err
	}
	err = load(text)
	// TUF 5.4.3.1: "In case they are equal, discard the new timestamp
	// metadata and abort the update cycle. This is normal".
	same := errors.Is(err, &metadata.ErrEqualVersionNumber{})
	if err != nil && !same {
		return err
	}
	if err := w.clock(); err != nil {
		return err
	}
	if t := w.trusted.Timestamp.Signed; t.IsExpired(w.now) {
		return faultf(ErrExpired, Timestamp, "version %d was valid until %v", t.Version, t.Expires)
	}
	if !same {
		w.state[Timestamp] = text
	}
	return nil
}

// clock compares the node's clock with the one that signed (package doc). A
// clock that runs behind would take expired metadata for valid.
func (w *walk) clock() error {
	text, _ := w.trusted.Timestamp.Signed.UnrecognizedFields[issuedField].(string)
	issued, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return faultf(ErrMalformed, Timestamp, "%s: %w", issuedField, err)
	}
	if ahead := issued.Sub(w.now); ahead > w.client.limits.Skew {
		return faultf(ErrClock, Timestamp, "signed at %v, and here it is %v: set this node's clock, or have the authority set its own",
			issued, moment(w.now))
	}
	w.issued = issued
	return nil
}

// snapshot finds out which versions belong together (TUF 5.5).
func (w *walk) snapshot() error {
	load := func(text []byte, stored bool) error {
		return verified(Snapshot, func() error { _, err := w.trusted.UpdateSnapshot(text, stored); return err })
	}
	meta := w.trusted.Timestamp.Signed.Meta[Snapshot+".json"]
	if meta == nil {
		return faultf(ErrMalformed, Timestamp, "names no snapshot")
	}
	if stored := w.state[Snapshot]; stored != nil {
		err := load(stored, true)
		switch has := w.trusted.Snapshot; {
		case has != nil && has.Signed.Version == meta.Version && meta.VerifyLengthHashes(stored) == nil:
			return err // nil, or it expired
		case has != nil:
			// An older one still tells which versions are older.
		case errors.Is(err, ErrSignature):
			delete(w.state, Snapshot)
		default:
			return &Error{Kind: ErrState, File: Snapshot, Cause: err}
		}
	}
	text, err := w.fetch(fileName(Snapshot, meta.Version), w.atMost(meta))
	if err != nil {
		return err
	}
	if err := load(text, false); err != nil {
		return err
	}
	w.state[Snapshot] = text
	return nil
}

// atMost is how long a metadata file may be.
func (w *walk) atMost(meta *metadata.MetaFiles) int64 {
	if meta.Length > 0 {
		return min(meta.Length, w.client.limits.Metadata)
	}
	return w.client.limits.Metadata
}
