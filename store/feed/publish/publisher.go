package publish

import (
	"cmp"
	"context"
	"crypto"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"paperweight/store/feed/trust"
)

// Publisher publishes a feed. One goroutine uses it, and one process at a time.
type Publisher struct {
	config  Config
	rolling rolling
	chunk   int // chunkEntries
	repo    *trust.Repository
	list    *list
}

// Open opens a feed's directory, and finishes what a crash cut off;
// trust.ErrBusy where another process has it.
func Open(c Config) (*Publisher, error) {
	if err := c.Guard.Validate(); err != nil {
		return nil, err
	}
	repo, err := trust.Open(c.Dir, c.Lifetimes)
	if err != nil {
		return nil, err
	}
	p := &Publisher{config: c, rolling: defaultRolling(), chunk: chunkEntries, repo: repo}
	if p.list, err = openList(filepath.Join(c.Dir, "list")); err == nil {
		err = p.catchUp()
	}
	if err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	return p, nil
}

// Close lets another process work on the directory.
func (p *Publisher) Close() error { return p.repo.Close() }

func (p *Publisher) tell(what string, entries uint64) {
	if p.config.Progress != nil {
		p.config.Progress(what, entries)
	}
}

// Publish publishes a new list, or changes to the last one. Errors: *HeldError,
// *WaitingError, *listfile.FileError, those of package trust, ctx's.
func (p *Publisher) Publish(ctx context.Context, j Job) (Result, error) {
	r := p.result()
	if len(j.Files) > 0 {
		out, err := p.prepare(ctx, &j, &r)
		if err != nil {
			return r, p.unpublished(errors.Join(err, p.list.sweep()))
		}
		if out != nil {
			if err := p.put(out, j.At, &r); err != nil {
				return r, p.unpublished(err)
			}
		}
	}
	if err := p.complete(ctx, j.At, &r, j.Keys); err != nil {
		return r, p.unpublished(err)
	}
	return r, p.finish(&r, j.At, j.Keys)
}

// unpublished says of a full disk, before anything was published, what that
// means and what to do: other errors say it themselves.
func (p *Publisher) unpublished(err error) error {
	if full(err) {
		return fmt.Errorf("feed: nothing was published: %w", p.spaceless(err))
	}
	return err
}

func (p *Publisher) spaceless(err error) error {
	if full(err) {
		return fmt.Errorf("%w; free space for %s, then run it again", err, p.config.Dir)
	}
	return err
}

func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func (p *Publisher) result() Result { return Result{From: p.list.State, To: p.list.State} }

// maxDelta is how many changes a delta has at most beside which no snapshot is
// made.
const maxDelta = 1_000_000

// complete adds what nodes need beside the new target, and a snapshot that is
// due where the keys for it are at hand: without them it would only keep the
// change waiting.
func (p *Publisher) complete(ctx context.Context, at time.Time, r *Result, keys []crypto.Signer) error {
	if p.list.State.Sequence == 0 {
		return nil
	}
	// There are some only where a crash cut BeginEpoch off.
	if err := p.removeEpochs(at, r); err != nil {
		return err
	}
	snapshots, deltas := p.targets()
	needed := len(snapshots) == 0 || !p.reachable()
	for _, t := range r.Added {
		// Nodes refuse a delta that is so long, and take a snapshot.
		needed = needed || t.Records > maxDelta && len(deltas) > 0
	}
	if needed || p.snapshotDue() && p.repo.Suffice(trust.Snapshots, keys...) {
		if err := p.addSnapshot(ctx, at, r); err != nil {
			return err
		}
	} else if r.From.Sequence == 0 && len(r.Added) > 0 {
		if err := p.addBlacklist(ctx, at, r); err != nil { // beside the first snapshot
			return err
		}
	}
	if len(deltas) >= p.rolling.most {
		return p.rollUp(at, r)
	}
	return nil
}

// finish publishes what was prepared.
func (p *Publisher) finish(r *Result, at time.Time, keys []crypto.Signer) (err error) {
	r.To, r.Reasons, r.SnapshotDue = p.list.State, p.list.reasons(), p.snapshotDue()
	r.Expiry, err = p.repo.Publish(at, keys...)
	if errors.Is(err, trust.ErrSignature) {
		for _, w := range p.repo.Pending() {
			if w.Missing > 0 {
				return &WaitingError{p.repo.Pending()}
			}
		}
	}
	if err != nil {
		return p.spaceless(err) // it says whether anything was published
	}
	if r.Pruned, err = p.repo.Prune(at, cmp.Or(p.config.Grace, trust.DefaultGrace)); err != nil {
		return fmt.Errorf("feed: published, but files that nobody needs stay in public/; the next publication removes them: %w", p.spaceless(err))
	}
	return nil
}

// Snapshot publishes the whole list as it is, for nodes that are new or far
// behind, in the place of the last snapshot. It needs the keys of snapshots,
// snapshot and timestamp; those that sign later do it with Sign.
func (p *Publisher) Snapshot(ctx context.Context, at time.Time, keys ...crypto.Signer) (Result, error) {
	r := p.result()
	if p.list.State.Sequence == 0 {
		return r, ErrEmpty
	}
	if err := p.addSnapshot(ctx, at, &r); err != nil {
		return r, p.unpublished(err)
	}
	return r, p.finish(&r, at, keys)
}

// Rollup takes deltas off that nobody needs who can take the newest snapshot.
// Publish does it by itself in time. Deltas that lead on from the snapshot
// stay, however many they are: publish a snapshot first where it is due.
func (p *Publisher) Rollup(at time.Time, keys ...crypto.Signer) (Result, error) {
	r := p.result()
	if err := p.rollUp(at, &r); err != nil {
		return r, err
	}
	return r, p.finish(&r, at, keys)
}

// Rotate changes a role's keys and publishes, where the keys given suffice.
func (p *Publisher) Rotate(role string, by trust.Rotation, at time.Time, keys ...crypto.Signer) (Result, error) {
	r := p.result()
	if err := p.repo.Rotate(role, by, at); err != nil {
		return r, err
	}
	return r, p.finish(&r, at, keys)
}

// Renew dates roles anew (all of them where none is named) and publishes,
// where the keys given suffice.
func (p *Publisher) Renew(roles []string, at time.Time, keys ...crypto.Signer) (Result, error) {
	r := p.result()
	if len(roles) == 0 {
		roles = trust.Roles()
	}
	for _, role := range roles {
		if err := p.repo.Renew(role, at); err != nil {
			return r, err
		}
	}
	return r, p.finish(&r, at, keys)
}

// Sign signs with each key what waits for it, and returns the roles signed. It
// publishes nothing: each custodian runs it for himself.
func (p *Publisher) Sign(keys ...crypto.Signer) ([]string, error) { return p.repo.Sign(keys...) }
