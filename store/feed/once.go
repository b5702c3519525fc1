package feed

import (
	"context"
	"errors"
	"time"
)

// Once polls, and applies what is new; now is the time of the change. An
// update that is held is no error. After an error the Outcome tells what was
// applied before it.
func (f *Follower) Once(ctx context.Context, now time.Time) (Outcome, error) {
	return Outcome{}, errors.New("feed: not built yet")
}

// Verify reads the whole list and holds it against the digest of the feed. A
// list that differs has diverged: a *DivergedError.
func (f *Follower) Verify(ctx context.Context) error {
	return errors.New("feed: not built yet")
}
