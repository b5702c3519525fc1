package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"

	"paperweight/gateway/config"
)

func catchSignals() (signals <-chan os.Signal, release func()) {
	c := make(chan os.Signal, 4)
	signal.Notify(c, syscall.SIGTERM, os.Interrupt, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// until runs the node until a signal or a failure ends it.
func (n *node) until(signals <-chan os.Signal, f *serveFlags, c config.Config) error {
	expiry := time.NewTicker(certificateWatch)
	defer expiry.Stop()
	watch := time.NewTicker(spellWatch)
	defer watch.Stop()
	spells := newSpells(n.log)
	for {
		select {
		case now := <-expiry.C:
			n.watchCertificate(now)
		case now := <-watch.C:
			spells.look(now, n.diameter.Stats())
		case err := <-n.failed:
			n.log.Error("stopping: a listener failed", zap.Error(err))
			return n.end(signals, c, err)
		case s := <-signals:
			if s == syscall.SIGHUP {
				c = n.reload(f, c)
				continue
			}
			n.log.Info("stopping; a second signal ends at once", zap.Stringer("signal", s), zap.Duration("within", c.Node.ShutdownWithin))
			return n.end(signals, c, nil)
		}
	}
}

// twice is how long after the first a signal to stop is still the same one: a wrapper
// that passes on what the whole process group got, as timeout(1) does, sends it
// twice, and nobody means to cut the peers off by it.
const twice = 500 * time.Millisecond

// second reports whether s, so long after the signal to stop, asks to end at once.
func second(s os.Signal, after time.Duration) bool {
	return s != syscall.SIGHUP && after >= twice
}

// end stops the node within the bound, or at once at another signal.
func (n *node) end(signals <-chan os.Signal, c config.Config, why error) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), c.Node.ShutdownWithin)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- n.stop(ctx) }()
	// A disk that hangs can hold up the store's end, which ctx does not bound.
	overdue := time.After(c.Node.ShutdownWithin + time.Second)
	for {
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("not everything ended in order: %w", err)
			}
			n.log.Info("stopped")
			return why
		case <-overdue:
			return fmt.Errorf("the store did not close within %s; what was acknowledged is safe", c.Node.ShutdownWithin)
		case s := <-signals:
			if number, ok := s.(syscall.Signal); ok && second(s, time.Since(began)) {
				// The store loses nothing by it: what was acknowledged is synced.
				return &statusError{128 + int(number), fmt.Errorf("ended at once by a second signal (%s)", s)}
			}
		}
	}
}

// reload reads the configuration again and puts in force what can be changed
// while the node runs. It returns what is in force. A file that can't be is
// not half applied.
func (n *node) reload(f *serveFlags, old config.Config) config.Config {
	if f.config == "" {
		n.log.Warn("nothing to reload: the node was started without --config")
		return old
	}
	next, err := config.Read(f.config, f.change)
	if err != nil {
		n.log.Error("not reloaded, what was in force stays", zap.Error(err))
		return old
	}
	if next.Diameter.Laboratory() != old.Diameter.Laboratory() {
		n.log.Error("not reloaded, what was in force stays: between a laboratory and a peer table lies a restart")
		return old
	}
	level, err := next.Log.ZapLevel()
	var files []feedFiles
	if err == nil {
		files, err = readAllFiles(next.Feeds)
	}
	if err == nil {
		err = n.apply(&next)
	}
	if err != nil {
		n.log.Error("not reloaded, what was in force stays", zap.Error(err))
		return old
	}
	n.level.SetLevel(level)
	inForce := old
	inForce.Policy, inForce.Diameter.Peers, inForce.Log.Level = next.Policy, next.Diameter.Peers, next.Log.Level
	inForce.Diameter.Realms, inForce.Diameter.MaxRate = next.Diameter.Realms, next.Diameter.MaxRate
	inForce.Diameter.TLS.Cert, inForce.Diameter.TLS.Key, inForce.Diameter.TLS.CA = next.Diameter.TLS.Cert, next.Diameter.TLS.Key, next.Diameter.TLS.CA
	n.log.Info("reloaded: policy, diameter.peers, diameter.realms, diameter.max_rate, certificates, log.level", zap.String("profile", next.Policy.Profile), zap.Int("peers", len(next.Diameter.Peers)), zap.Int("max_rate", next.Diameter.MaxRate))
	inForce.Feeds = n.reloadFeeds(&old, &next, files)
	if keys := config.Differ(inForce, next); len(keys) > 0 {
		n.log.Warn("changed, but in force after a restart only", zap.Strings("keys", keys))
	}
	return inForce
}

func (n *node) apply(c *config.Config) error {
	peers, err := peerTable(&c.Diameter)
	if err != nil {
		return err
	}
	own, err := certificates(c)
	if err != nil {
		return err
	}
	// A mistake must not take from us what peers accept; what they refuse in
	// any case must not hold up the rest of the file.
	if inForce, now := n.diameter.Certificates(), time.Now(); own != nil && inForce != nil && inForce.Valid(now) == nil {
		if err := own.Valid(now); err != nil {
			return err
		}
	}
	policy, err := deciding(c, n.store)
	if err != nil {
		return err
	}
	if len(peers) > 0 {
		if err := n.diameter.SetPeers(peers, c.Diameter.Realms); err != nil {
			return err
		}
	}
	if err := n.diameter.SetMaxRate(c.Diameter.MaxRate); err != nil {
		return err
	}
	if err := n.register.SetPolicy(policy); err != nil {
		return err
	}
	n.policy.Store(&policy)
	if own != nil {
		// Connections that are open stay as they are.
		n.diameter.SetCertificates(own)
		n.watchCertificate(time.Now())
	}
	return nil
}

// reloadFeeds puts the feeds of the file in force, and returns those that are.
func (n *node) reloadFeeds(old, next *config.Config, files []feedFiles) []config.Feed {
	ctx, cancel := context.WithTimeout(context.Background(), old.Node.ShutdownWithin)
	defer cancel()
	inForce := old.Feeds
	err := n.lists.Alone(func() { inForce = n.feeds.change(ctx, next.Feeds, files) })
	if err != nil {
		n.log.Error("feeds are not reloaded, what was in force stays: send SIGHUP again", zap.Error(err))
	}
	return inForce
}
