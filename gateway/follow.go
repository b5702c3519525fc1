package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"paperweight/eir"
	"paperweight/gateway/config"
	"paperweight/gateway/metrics"
	"paperweight/store"
	"paperweight/store/feed"
)

// feeds keep a node's lists where their authorities are.
type feeds struct {
	store    *store.Store
	data     string // directory
	register *eir.Register
	log      *zap.Logger
	metrics  *metrics.Metrics

	mu  sync.Mutex // guards all, and the stale of each
	all []*followed

	cancel   context.CancelFunc
	watching sync.WaitGroup
}

// newFeeds takes up the feeds where the store remembers them. They rest until
// start.
func newFeeds(c *config.Config, st *store.Store, register *eir.Register, log *zap.Logger, m *metrics.Metrics) (*feeds, error) {
	f := &feeds{store: st, data: c.Store.Data, register: register, log: log, metrics: m}
	for i := range c.Feeds {
		files, err := readFiles(&c.Feeds[i])
		if err != nil {
			return nil, err
		}
		one, err := f.take(&c.Feeds[i], files)
		if err != nil {
			return nil, err
		}
		f.all = append(f.all, one)
	}
	f.look(time.Now())
	return f, f.warn()
}

// warn tells of lists that feeds left behind.
func (f *feeds) warn() error {
	left, err := feed.Left(f.store, func(source string) bool {
		return slices.ContainsFunc(f.all, func(one *followed) bool { return one.config.Name == source })
	})
	for _, s := range left {
		f.log.Named("feed").Warn("not followed any more, and the list that it brought is in force still: nothing keeps it up to date; `paperweight feed forget` takes it out",
			zap.String("feed", s.Source), zap.Uint64("entries", s.Entries), zap.Time("changed", s.Changed))
	}
	return err
}

// start begins to poll.
func (f *feeds) start() {
	for _, one := range f.followed() {
		one.begin()
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	f.watching.Go(func() { f.watch(ctx) })
}

// stop ends what goes on. Where ctx ends first, it is an error.
func (f *feeds) stop(ctx context.Context) error {
	f.cancel()
	f.watching.Wait()
	all := f.followed()
	for _, one := range all {
		if one.cancel != nil {
			one.cancel() // all at once: they share the time
		}
	}
	var faults []error
	for _, one := range all {
		faults = append(faults, one.end(ctx))
	}
	return errors.Join(faults...)
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
	f.mu.Lock()
	defer f.mu.Unlock()
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

// wakesFeeds has a feed whose list is damaged fetch it again at once. Those that
// were damaged before there were feeds are fetched by their first poll.
func (n *node) wakesFeeds(events store.Events) store.Events {
	tell := events.Short
	events.Short = func(s store.SourceState, err error) {
		if tell != nil {
			tell(s, err)
		}
		if f := n.healing.Load(); f != nil {
			f.wake(s.Name)
		}
	}
	return events
}

// wake has the feed of a list poll at once.
func (f *feeds) wake(source string) {
	for _, one := range f.followed() {
		if one.config.Name == source {
			one.Notify()
		}
	}
}

// followed are the feeds now, in the order of the configuration.
func (f *feeds) followed() []*followed {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.all)
}

func (f *feeds) followers() []*feed.Follower {
	var all []*feed.Follower
	for _, one := range f.followed() {
		all = append(all, one.Follower)
	}
	return all
}

func (f *feeds) status() []feed.Status {
	var all []feed.Status
	for _, one := range f.followed() {
		all = append(all, one.Status(time.Now()))
	}
	return all
}
