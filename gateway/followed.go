package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"paperweight/gateway/config"
	"paperweight/gateway/metrics"
	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/feed/trust"
)

// followed is one feed.
type followed struct {
	*feed.Follower
	config config.Feed
	files  feedFiles
	log    *zap.Logger

	cancel  context.CancelFunc // nil until begin
	running sync.WaitGroup

	mu sync.Mutex // guards failing
	// failing is what the last poll failed by, empty where it did not, so
	// that an outage is logged when it begins, when it changes and when it ends.
	failing string
	stale   bool // guarded by feeds.mu
}

// feedFiles is what the files that a feed's configuration names hold.
type feedFiles struct{ anchor, ca []byte }

func (f feedFiles) equal(g feedFiles) bool {
	return bytes.Equal(f.anchor, g.anchor) && bytes.Equal(f.ca, g.ca)
}

// readFiles reads the trust anchor and the certificates of a feed, and makes
// sure that they are such.
func readFiles(c *config.Feed) (f feedFiles, err error) {
	if f.anchor, err = os.ReadFile(c.Root); err != nil {
		return f, fmt.Errorf("feed %s: its trust anchor can't be read: %w\n  get the authority's root.json by a way that is safe by itself", c.Name, err)
	}
	mirror, err := trust.NewMirror(c.Mirrors[0], nil)
	if err == nil {
		_, err = trust.NewClient(f.anchor, []trust.Mirror{mirror}, trust.Limits{})
	}
	if err != nil {
		return f, fmt.Errorf("feed %s: %s: %w", c.Name, c.Root, err)
	}
	if c.CA == "" {
		return f, nil
	}
	if f.ca, err = os.ReadFile(c.CA); err != nil {
		return f, fmt.Errorf("feed %s: ca: %w", c.Name, err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(f.ca) {
		return f, fmt.Errorf("feed %s: ca: %s holds no certificate in PEM", c.Name, c.CA)
	}
	return f, nil
}

// transport holds https mirrors to the certificates; nil is the system's way.
func (f feedFiles) transport() http.RoundTripper {
	if f.ca == nil {
		return nil
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(f.ca)
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: roots}, IdleConnTimeout: 90 * time.Second,
	}
}

// take takes a feed up where the store remembers it. It rests until begin.
func (f *feeds) take(c *config.Feed, files feedFiles) (*followed, error) {
	one := &followed{config: *c, files: files, log: f.log.Named("feed").With(zap.String("feed", c.Name))}
	limits := c.Limits.FollowerLimits()
	limits.Trust.Built = builtAt()
	var err error
	one.Follower, err = feed.NewFollower(f.store, feed.Config{
		Source: c.Name, Anchor: files.anchor, Mirrors: c.Mirrors, Transport: files.transport(), Poll: c.Poll, Verify: c.Verify,
		Limits: limits, Guard: c.Guard, Dir: c.Dir(f.data),
	}, one.events(f.metrics))
	return one, err
}

// begin begins to poll.
func (o *followed) begin() {
	ctx, cancel := context.WithCancel(context.Background())
	o.cancel = cancel
	// Its error is ctx's: what polls come to is told by events.
	o.running.Go(func() { _ = o.Run(ctx) })
	if o.config.Notify {
		o.running.Go(func() { o.Listen(ctx) })
	}
}

// end ends what goes on; an update that is half written is given up, and comes
// again. Where ctx ends first, it is an error.
func (o *followed) end(ctx context.Context) error {
	if o.cancel == nil {
		return nil
	}
	o.cancel()
	done := make(chan struct{})
	go func() {
		o.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("feed %s was still at work; what it had not applied comes again", o.config.Name)
	}
}

// events are what a feed tells, as logs and metrics.
func (o *followed) events(m *metrics.Metrics) feed.Events {
	return feed.Events{
		Applied: func(s feed.Step) {
			m.FeedApplied(o.config.Name, s.Kind.String(), s.Records, s.Took)
			blocked, freed := zap.Uint64("blocked", s.Difference.Blocked.Entries), zap.Uint64("freed", s.Difference.Freed.Entries)
			if s.Difference.Unread {
				blocked, freed = zap.String("compared", "the sizes alone: the list before it could not be read"), zap.Skip()
			}
			o.log.Info("applied", zap.String("target", s.Target), zap.Uint64("sequence", s.To.Sequence), zap.Uint64("entries", s.To.Entries),
				zap.Uint64("records", s.Records), blocked, freed, zap.Duration("took", s.Took), zap.Stringer("digest", s.To.Digest))
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
			what := "diverged: the list is not what the feed says; it goes on answering and waits for a snapshot"
			if err.Damaged {
				what = "damaged: the list, or a part of it, can't be read; it is fetched again"
			}
			o.log.Error(what, zap.NamedError("why", err.Why))
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
	if alarming(err) {
		say = o.log.Error
	}
	say("a poll failed, what is in force stays", zap.Error(err))
}

// alarming says that polls will fail until somebody does something.
func alarming(err error) bool {
	var held *feed.HoldError
	return errors.As(err, &held) || slices.ContainsFunc([]error{trust.ErrClock, trust.ErrExpired, store.ErrDiskFull, store.ErrFailed},
		func(kind error) bool { return errors.Is(err, kind) })
}

func (o *followed) recovered() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failing != "" {
		o.failing = ""
		o.log.Info("polls succeed again")
	}
}
