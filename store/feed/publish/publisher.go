package publish

import (
	"context"
	"crypto"
	"errors"
	"time"

	"paperweight/store/feed/trust"
)

// Publisher publishes a feed. One goroutine uses it, and one process at a time.
type Publisher struct {
	config Config
	repo   *trust.Repository
}

var errSkeleton = errors.New("publish: not built yet")

// Open opens a feed's directory, and finishes what a crash cut off;
// trust.ErrBusy where another process has it.
func Open(c Config) (*Publisher, error) { return nil, errSkeleton }

// Close lets another process work on the directory.
func (p *Publisher) Close() error { return p.repo.Close() }

// Publish publishes a new list, or changes to the last one. Errors: *HeldError,
// *WaitingError, *listfile.FileError, those of package trust, ctx's.
func (p *Publisher) Publish(ctx context.Context, j Job) (Result, error) { return Result{}, errSkeleton }

// Snapshot publishes the whole list as it is, for nodes that are new or far
// behind, in the place of the last snapshot. It needs the keys of snapshots,
// snapshot and timestamp; those that sign later do it with Sign.
func (p *Publisher) Snapshot(ctx context.Context, at time.Time, keys ...crypto.Signer) (Result, error) {
	return Result{}, errSkeleton
}

// Rollup makes fewer deltas of many: the newest stay, older ones become one
// each hundred, and those that nobody would choose over the snapshot go.
// Publish does it by itself in time.
func (p *Publisher) Rollup(ctx context.Context, at time.Time, keys ...crypto.Signer) (Result, error) {
	return Result{}, errSkeleton
}

// Rotate changes a role's keys and publishes, where the keys given suffice.
func (p *Publisher) Rotate(role string, by trust.Rotation, at time.Time, keys ...crypto.Signer) (Result, error) {
	return Result{}, errSkeleton
}

// Renew dates roles anew (all of them where none is named) and publishes,
// where the keys given suffice.
func (p *Publisher) Renew(roles []string, at time.Time, keys ...crypto.Signer) (Result, error) {
	return Result{}, errSkeleton
}

// Sign signs with each key what waits for it, and returns the roles signed. It
// publishes nothing: each custodian runs it for himself.
func (p *Publisher) Sign(keys ...crypto.Signer) ([]string, error) { return nil, errSkeleton }
