package main

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"paperweight/diameter"
	"paperweight/gateway/config"
)

// reread is a configuration with all that it names, read before any of it is
// put in force: a file that can't be is not half applied.
type reread struct {
	config.Config
	level zapcore.Level
	feeds []feedFiles
	own   *diameter.Certificates
}

func readAgain(f *serveFlags, old *config.Config) (r reread, err error) {
	if r.Config, err = config.Read(f.config, f.change); err != nil {
		return r, err
	}
	if r.Diameter.Laboratory() != old.Diameter.Laboratory() {
		return r, errors.New("between a laboratory and a peer table lies a restart")
	}
	if r.level, err = r.Log.ZapLevel(); err != nil {
		return r, err
	}
	if r.feeds, err = readAllFiles(r.Feeds); err != nil {
		return r, err
	}
	r.own, err = certificates(&r.Config)
	return r, err
}

// reload reads the configuration again and puts in force what can be changed
// while the node runs. It returns what is in force. Once ctx is done the node
// ends, and nothing is changed any more.
func (n *node) reload(ctx context.Context, f *serveFlags, old config.Config) config.Config {
	if f.config == "" {
		n.log.Warn("nothing to reload: the node was started without --config")
		return old
	}
	next, err := readAgain(f, &old)
	n.changing.Lock()
	defer n.changing.Unlock()
	if ctx.Err() != nil {
		return old
	}
	if err == nil {
		err = n.apply(&next)
	}
	if err != nil {
		n.log.Error("not reloaded, what was in force stays", zap.Error(err))
		return old
	}
	n.level.SetLevel(next.level)
	inForce := old
	inForce.Policy, inForce.Diameter.Peers, inForce.Log.Level = next.Policy, next.Diameter.Peers, next.Log.Level
	inForce.Diameter.Realms, inForce.Diameter.MaxRate = next.Diameter.Realms, next.Diameter.MaxRate
	inForce.Diameter.TLS.Cert, inForce.Diameter.TLS.Key, inForce.Diameter.TLS.CA = next.Diameter.TLS.Cert, next.Diameter.TLS.Key, next.Diameter.TLS.CA
	n.log.Info("reloaded: policy, diameter.peers, diameter.realms, diameter.max_rate, certificates, log.level", zap.String("profile", next.Policy.Profile), zap.Int("peers", len(next.Diameter.Peers)), zap.Int("max_rate", next.Diameter.MaxRate))
	inForce.Feeds = n.reloadFeeds(ctx, &old, &next.Config, next.feeds)
	if keys := config.Differ(inForce, next.Config); len(keys) > 0 {
		n.log.Warn("changed, but in force after a restart only", zap.Strings("keys", keys))
	}
	return inForce
}

func (n *node) apply(r *reread) error {
	peers, err := peerTable(&r.Diameter)
	if err != nil {
		return err
	}
	// A mistake must not take from us what peers accept; what they refuse in
	// any case must not hold up the rest of the file.
	if inForce, now := n.diameter.Certificates(), time.Now(); r.own != nil && inForce != nil && inForce.Valid(now) == nil {
		if err := r.own.Valid(now); err != nil {
			return err
		}
	}
	policy, err := deciding(&r.Config, n.store)
	if err != nil {
		return err
	}
	if len(peers) > 0 {
		if err := n.diameter.SetPeers(peers, r.Diameter.Realms); err != nil {
			return err
		}
	}
	if err := n.diameter.SetMaxRate(r.Diameter.MaxRate); err != nil {
		return err
	}
	if err := n.register.SetPolicy(policy); err != nil {
		return err
	}
	n.policy.Store(&policy)
	if r.own != nil {
		// Connections that are open stay as they are.
		n.diameter.SetCertificates(r.own)
		n.watchCertificate(time.Now())
	}
	return nil
}

// reloadFeeds puts the feeds of the file in force, and returns those that are.
func (n *node) reloadFeeds(ctx context.Context, old, next *config.Config, files []feedFiles) []config.Feed {
	ctx, cancel := context.WithTimeout(ctx, old.Node.ShutdownWithin)
	defer cancel()
	inForce := old.Feeds
	err := n.lists.Alone(func() { inForce = n.feeds.change(ctx, next.Feeds, files) })
	if err != nil {
		n.log.Error("feeds are not reloaded, what was in force stays: send SIGHUP again", zap.Error(err))
	}
	return inForce
}
