package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"

	"paperweight/eir"
	"paperweight/gateway/config"
	"paperweight/gateway/metrics"
	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/feed/trust"
)

// feeds keep a node's lists where their authorities are.
type feeds struct {
	all      []*followed
	register *eir.Register

	cancel  context.CancelFunc
	running sync.WaitGroup
}

// followed is one feed.
type followed struct {
	*feed.Follower
	config config.Feed
	log    *zap.Logger

	mu sync.Mutex // guards failing
	// failing is what the last poll failed by, empty where it did not, so
	// that an outage is logged when it begins, when it changes and when it ends.
	failing string
	stale   bool // of watch alone
}

// newFeeds takes up the feeds where the store remembers them. They rest until
// start.
func newFeeds(c *config.Config, st *store.Store, register *eir.Register, log *zap.Logger, m *metrics.Metrics) (*feeds, error) {
	f := &feeds{register: register}
	for i := range c.Feeds {
		one := &followed{config: c.Feeds[i], log: log.Named("feed").With(zap.String("feed", c.Feeds[i].Name))}
		anchor, err := os.ReadFile(one.config.Root)
		if err != nil {
			return nil, fmt.Errorf("feed %s: its trust anchor can't be read: %w\n  get the authority's root.json by a way that is safe by itself", one.config.Name, err)
		}
		one.Follower, err = feed.NewFollower(st, feed.Config{
			Source: one.config.Name, Anchor: anchor, Mirrors: one.config.Mirrors, Poll: one.config.Poll,
			Limits: one.config.Limits.FollowerLimits(), Guard: one.config.Guard, Dir: one.config.Dir(c.Store.Data),
		}, one.events(m))
		if err != nil {
			return nil, err
		}
		f.all = append(f.all, one)
	}
	f.look(time.Now())
	return f, nil
}

// start begins to poll.
func (f *feeds) start() {
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	for _, one := range f.all {
		// Its error is ctx's: what polls come to is told by events.
		f.running.Go(func() { _ = one.Run(ctx) })
		if one.config.Notify {
			f.running.Go(func() { one.Listen(ctx) })
		}
	}
	f.running.Go(func() { f.watch(ctx) })
}

// stop ends what goes on; an update that is half written is given up, and
// comes again at the next start. Where ctx ends first, it is an error.
func (f *feeds) stop(ctx context.Context) error {
	f.cancel()
	done := make(chan struct{})
	go func() {
		f.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("a feed was still at work")
	}
}

// watch tells the register when a feed goes stale: that comes with time alone,
// between polls or while none succeeds.
func (f *feeds) watch(ctx context.Context) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-every.C:
			f.look(now)
		}
	}
}

// look takes note of where the feeds are.
func (f *feeds) look(now time.Time) {
	stale := false
	for _, one := range f.all {
		s := one.Status(now)
		stale = stale || s.Stale
		if s.Stale != one.stale {
			one.stale = s.Stale
			if s.Stale {
				one.log.Error("stale: its metadata has expired, so its changes may be held back; its list goes on answering, by policy.stale",
					zap.String("role", s.Expires), zap.Time("expired", s.NextExpiry))
			} else {
				one.log.Info("not stale any more", zap.Time("next_expiry", s.NextExpiry))
			}
		}
		if s.Error == "" {
			one.recovered()
		}
	}
	f.register.SetStale(stale)
}

func (f *feeds) followers() []*feed.Follower {
	all := make([]*feed.Follower, len(f.all))
	for i, one := range f.all {
		all[i] = one.Follower
	}
	return all
}

func (f *feeds) status() []feed.Status {
	all := make([]feed.Status, len(f.all))
	for i, one := range f.all {
		all[i] = one.Status(time.Now())
	}
	return all
}

// events are what a feed tells, as logs and metrics.
func (o *followed) events(m *metrics.Metrics) feed.Events {
	return feed.Events{
		Applied: func(s feed.Step) {
			m.FeedApplied(o.config.Name, s.Kind.String(), s.Records, s.Took)
			o.log.Info("applied", zap.String("target", s.Target), zap.Uint64("sequence", s.To.Sequence), zap.Uint64("entries", s.To.Entries),
				zap.Uint64("records", s.Records), zap.Uint64("blocked", s.Difference.Blocked.Entries), zap.Uint64("freed", s.Difference.Freed.Entries),
				zap.Duration("took", s.Took), zap.Stringer("digest", s.To.Digest))
		},
		Held: func(h *feed.Held) {
			why := make([]string, len(h.Why))
			for i, f := range h.Why {
				why[i] = f.Message
			}
			o.log.Error("an update is held, what was in force stays: `paperweight feed held` shows it",
				zap.String("target", h.Target), zap.Strings("why", why))
		},
		Diverged: func(err *feed.DivergedError) {
			o.log.Error("diverged: the list is not what the feed says; it goes on answering and waits for a snapshot", zap.NamedError("why", err.Why))
		},
		Failed: func(err error) {
			m.FeedFailed(o.config.Name)
			o.failed(err)
		},
	}
}

func (o *followed) failed(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err.Error() == o.failing || errors.Is(err, context.Canceled) {
		return
	}
	o.failing = err.Error()
	say := o.log.Warn
	if errors.Is(err, trust.ErrClock) || errors.Is(err, trust.ErrExpired) {
		say = o.log.Error
	}
	say("a poll failed, what is in force stays", zap.Error(err))
}

func (o *followed) recovered() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failing != "" {
		o.failing = ""
		o.log.Info("polls succeed again")
	}
}
