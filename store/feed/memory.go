package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"paperweight/store"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// memory is what a node remembers of a feed. It stands in the store beside the
// list, in blobs of the source, and is written in the batch of each change:
//
//	"feed"        JSON: record; it outlives the loss of the tables (store.StateBlob)
//	"trust/NAME"  the rest of the trust state, as package trust gave it
type memory struct {
	record
	trust trust.State
	// saved is what the store has.
	saved map[string][]byte
}

const (
	recordBlob  = store.StateBlob
	trustPrefix = "trust/"
)

type record struct {
	// State is that of the list, StoreSequence the store's number of the
	// change that made it so: if the store's is another, somebody else
	// changed the list.
	State         format.State `json:"state"`
	StoreSequence uint64       `json:"store_sequence"`
	Changed       time.Time    `json:"changed"`
	// Verified is when the whole list was found to be what the feed says.
	Verified time.Time `json:"verified"`
	// Diverged is why the list waits for a snapshot, "" where it does not.
	Diverged string `json:"diverged,omitempty"`
	// Version and Issued are of the newest publication verified.
	Version int64     `json:"version"`
	Issued  time.Time `json:"issued"`
	// Window is what was applied lately.
	Window window `json:"window,omitempty"`
	// Held waits for an operator; its file lies in Config.Dir.
	Held *Held `json:"held,omitempty"`
	// Rejected are the targets that are not asked for again.
	Rejected []format.Hash `json:"rejected,omitempty"`
	// Trust is what keeps a mirror from leading the node back: trust.State.Least.
	Trust trust.State `json:"trust,omitempty"`
}

// begin is the state that a file has to follow. A list that diverged has none.
func (r *record) begin() format.State {
	if r.Diverged != "" {
		return format.State{}
	}
	return r.State
}

// Followed reports whether a source's list came by a feed, one that is followed
// now or was once.
func Followed(st *store.Store, source string) (bool, error) {
	blobs, err := attached(st, source)
	return blobs[recordBlob] != nil, err
}

// attached returns what the store keeps with a source. Where not all of it can be
// read, that is the record alone: the rest comes again from any mirror.
func attached(st *store.Store, source string) (map[string][]byte, error) {
	blobs, err := st.Attached(source)
	if !errors.Is(err, store.ErrCorrupt) {
		return blobs, err
	}
	kept := st.Kept(source)
	if kept == nil {
		return nil, err
	}
	return map[string][]byte{recordBlob: kept}, nil
}

// recall reads what the store remembers.
func (f *Follower) recall() error {
	blobs, err := attached(f.store, f.config.Source)
	if err != nil {
		return err
	}
	if blobs == nil {
		blobs = map[string][]byte{}
	}
	m := memory{trust: trust.State{}, saved: blobs}
	for name, blob := range blobs {
		if role, ok := strings.CutPrefix(name, trustPrefix); ok {
			m.trust[role] = blob
		}
	}
	if blob := blobs[recordBlob]; blob != nil {
		if err := json.Unmarshal(blob, &m.record); err != nil {
			return fmt.Errorf("feed %s: what the store remembers of it: %w", f.config.Source, err)
		}
	}
	maps.Copy(m.trust, m.Trust)
	f.memory = m
	return nil
}

// blobs returns what of r and of the trust state the store does not have yet;
// nil deletes one.
func (m *memory) blobs(r *record) (map[string][]byte, error) {
	changed := map[string][]byte{}
	next := *r
	next.Trust = m.trust.Least()
	text, err := json.Marshal(&next)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(text, m.saved[recordBlob]) {
		changed[recordBlob] = text
	}
	rest := maps.Clone(m.trust)
	for role := range next.Trust {
		delete(rest, role)
	}
	for role, blob := range rest {
		if name := trustPrefix + role; !bytes.Equal(blob, m.saved[name]) {
			changed[name] = blob
		}
	}
	for name := range m.saved {
		if role, ok := strings.CutPrefix(name, trustPrefix); ok && rest[role] == nil {
			changed[name] = nil
		}
	}
	return changed, nil
}

// keep takes note of what was written.
func (m *memory) keep(written map[string][]byte) {
	for name, blob := range written {
		if blob == nil {
			delete(m.saved, name)
		} else {
			m.saved[name] = blob
		}
	}
}

// remember writes what the node knows where no change of the list goes with
// it: one synced batch, none where nothing is new.
func (f *Follower) remember() error {
	m := &f.memory
	blobs, err := m.blobs(&m.record)
	if err != nil || len(blobs) == 0 {
		return err
	}
	if err := f.store.Attach(f.config.Source, blobs); err != nil {
		return err
	}
	m.keep(blobs)
	return nil
}
