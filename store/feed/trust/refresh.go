package trust

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
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
	u, err := w.all()
	if err != nil {
		return Update{State: w.state, Expiry: w.state.NextExpiry()}, w.from(err)
	}
	c.known = u
	u.State = maps.Clone(u.State) // the caller's own
	return u, nil
}

// from says which mirror a fault came from.
func (w *walk) from(err error) error {
	var fault *Error
	if !errors.As(err, &fault) || fault.Mirror != "" || fault.Kind == ErrState {
		return err
	}
	named := *fault
	named.Mirror = w.mirror.String()
	if fault.Kind == ErrExpired {
		// A clock that runs ahead looks the same: whoever reads this can tell.
		named.Cause = fmt.Errorf("%w; here it is %v", fault.Cause, moment(w.now))
	}
	return &named
}

func (w *walk) all() (Update, error) {
	for _, step := range []func() error{w.roots, w.timestamp} {
		if err := step(); err != nil {
			return Update{}, err
		}
	}
	// The very same octets were verified, under the same root, and none of
	// them has expired: a poll of a feed that did not change costs little.
	if k := w.client.known; maps.EqualFunc(k.State, w.state, bytes.Equal) && !w.now.After(k.Expiry.At) {
		return k, nil
	}
	targets, err := w.listed()
	if err != nil {
		return Update{}, err
	}
	// A role that is delegated to no more may expire unnoticed.
	for role := range w.state {
		if w.trusted.Targets[role] == nil && !slices.Contains([]string{Root, Timestamp, Snapshot, anchorName}, role) {
			delete(w.state, role)
		}
	}
	return Update{State: w.state, Targets: targets, Expiry: w.state.NextExpiry(),
		Version: w.trusted.Timestamp.Signed.Version, Issued: w.issued}, nil
}

// listed loads what the timestamp leads to.
func (w *walk) listed() (map[string]Target, error) {
	for _, step := range []func() error{w.snapshot, w.targets} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return w.listing()
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
