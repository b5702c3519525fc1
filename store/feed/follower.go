package feed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"paperweight/store"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// Follower keeps one source of a store where its feed is. Its methods may be
// called by many goroutines. Of one source there is one Follower.
type Follower struct {
	store  *store.Store
	config Config
	events Events
	client *trust.Client
	wake   chan struct{}
	seen   atomic.Pointer[seen]
	polled pulse // beats with each poll that succeeds

	// work is held by who polls, releases, rejects or verifies; it guards
	// all that follows.
	work   sync.Mutex
	memory memory
	// last is what Status tells of the last poll.
	last Status
	// refused are the targets that are not what they should be, and why:
	// they are not asked for again while the process lives. They are not
	// written down: after a restart each is fetched as often as at first, which
	// is once (twice where it made the node doubt its own list) and costs no
	// more than Limits let it; and a node that was mended in between, by a
	// release that knows more or by another memory module, finds out by
	// itself. Only those that are listed are kept.
	refused map[format.Hash]error
	// suspect are the deltas by which the list was found to have diverged:
	// either may be wrong.
	suspect map[format.Hash]bool
	// based counts the snapshots that came into force.
	based uint64
	// again is when files are fetched again, after this node failed.
	again rest
	// room is store.RoomFor.
	room func(folder string, octets int64) error
}

// NewFollower takes up a feed where the store remembers it.
func NewFollower(st *store.Store, config Config, events Events) (*Follower, error) {
	mirrors, err := config.prepare()
	if err != nil {
		return nil, err
	}
	client, err := trust.NewClient(config.Anchor, mirrors, config.Limits.Trust)
	if err != nil {
		return nil, fmt.Errorf("feed %s: %w", config.Source, err)
	}
	f := &Follower{
		store: st, config: config, events: events, client: client,
		wake: make(chan struct{}, 1), refused: map[format.Hash]error{}, suspect: map[format.Hash]bool{},
		room: store.RoomFor,
	}
	f.last.Source = config.Source
	if err := f.recall(); err != nil {
		return nil, err
	}
	if err := f.tidy(); err != nil {
		return nil, err
	}
	f.show()
	return f, nil
}

// Run polls until ctx is done, verifies the list now and then, and returns ctx's
// error. What polls come to is told by Events and Status.
func (f *Follower) Run(ctx context.Context) error {
	var verifying sync.WaitGroup
	verifying.Go(func() { f.verifyLists(ctx) })
	defer verifying.Wait()
	for {
		f.Once(ctx, time.Now())
		// Nodes that were started together shall not ask together.
		pause := time.Duration(float64(f.config.Poll) * (0.8 + 0.4*rand.Float64()))
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-f.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// Notify makes Run poll at once: something was published.
func (f *Follower) Notify() {
	select {
	case f.wake <- struct{}{}:
	default: // it will poll anyway, after this
	}
}
