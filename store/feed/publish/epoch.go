package publish

import (
	"context"
	"crypto"
	"time"

	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// BeginEpoch begins the history of the feed anew: the list as it is becomes the
// first state of the next epoch, a snapshot of sequence 1, and what was
// published of the epoch before is taken off. Every node replaces its list by
// the snapshot, wherever its history led it, and no node goes back.
//
// It is for histories that went apart: nodes took deltas that this authority
// does not know, because a key of deltas was stolen (rotate it first) or
// because the directory was lost and an older copy of it brought back (rotate
// the keys of snapshot and timestamp as well then, since nodes saw later
// versions of those). It needs the keys of snapshots, deltas, snapshot and
// timestamp; those that sign later do it with Sign, and Publish then publishes.
// ErrEmpty where no list is.
func (p *Publisher) BeginEpoch(ctx context.Context, at time.Time, keys ...crypto.Signer) (Result, error) {
	r := p.result()
	if p.list.State.Sequence == 0 {
		return r, ErrEmpty
	}
	out, err := p.writeSnapshot(ctx, at, format.State{Epoch: p.list.State.Epoch + 1, Sequence: 1})
	if err != nil {
		return r, p.unpublished(err)
	}
	if err := p.put(out, at, &r); err != nil {
		return r, p.unpublished(err)
	}
	if err := p.removeEpochs(at, &r); err != nil {
		return r, p.unpublished(err)
	}
	if err := p.addBlacklist(ctx, at, &r); err != nil {
		return r, p.unpublished(err)
	}
	return r, p.finish(&r, at, keys)
}

// removeEpochs takes the targets of earlier epochs off: they lead nowhere. It
// comes after the snapshot of the new one was added, so that whatever a crash
// leaves has a snapshot.
func (p *Publisher) removeEpochs(at time.Time, r *Result) error {
	snapshots, deltas := p.targets()
	for _, of := range []struct {
		role string
		all  []target
	}{{trust.Snapshots, snapshots}, {trust.Deltas, deltas}} {
		var old []string
		for _, t := range of.all {
			if t.Epoch < p.list.State.Epoch {
				old = append(old, t.Name)
			}
		}
		if err := p.remove(of.role, at, r, old...); err != nil {
			return err
		}
	}
	return nil
}
