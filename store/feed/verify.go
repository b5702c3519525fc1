package feed

import (
	"context"
	"fmt"

	"paperweight/store/feed/format"
)

// Verify reads the whole list and holds it against the digest of the feed. A
// list that differs has diverged: a *DivergedError, and the next poll takes a
// snapshot. No poll begins while it reads.
func (f *Follower) Verify(ctx context.Context) error {
	f.work.Lock()
	defer f.work.Unlock()
	defer f.show()
	r := &f.memory.record
	if r.State.Sequence == 0 || r.Diverged != "" {
		return nil
	}
	var digest format.Digest
	var entries uint64
	for listed, err := range f.store.Listed(f.config.Source) {
		if err != nil {
			return err
		}
		if entries%batched == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		digest.Add(&format.Entry{Entry: listed.Entry, Malformed: listed.Malformed})
		entries++
	}
	if digest == r.State.Digest && entries == r.State.Entries {
		return nil
	}
	err := f.diverge(fmt.Errorf("%d entries with digest %s are listed, the feed has %d with %s",
		entries, digest, r.State.Entries, r.State.Digest))
	if e := f.remember(); e != nil {
		return fmt.Errorf("%w; and that can't be written down: %w", err, e)
	}
	return err
}
