package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/zap"

	"paperweight/diameter"
	"paperweight/eir"
	"paperweight/gateway/admin"
	"paperweight/gateway/config"
	"paperweight/gateway/metrics"
	"paperweight/store"
	"paperweight/store/feed"
)

// node is a register that runs.
type node struct {
	log      *zap.Logger
	level    zap.AtomicLevel
	store    *store.Store
	register *eir.Register
	policy   atomic.Pointer[eir.Policy] // in force
	feeds    *feeds
	// healing is feeds for the store's events, which come before there are any.
	healing  atomic.Pointer[feeds]
	lists    *admin.Node // what the operator changes
	diameter *diameter.Server
	admin    *admin.Server
	// diameterAt and adminAt are where it really listens.
	diameterAt []openDoor
	adminAt    net.Addr

	starting, stopping atomic.Bool
	// changing is held while a reload is put in force, and once the node stops.
	changing sync.Mutex
	// failed receives what a listener died of.
	failed chan error
}

// start wires a node from top to bottom. What it has opened is closed again
// where it fails.
func start(c config.Config, log *zap.Logger, level zap.AtomicLevel) (_ *node, err error) {
	n := &node{log: log, level: level, failed: make(chan error, len(c.Diameter.Listen)+len(c.Diameter.TLS.Listen)+2)}
	n.starting.Store(true)
	var opened []func() error
	defer func() {
		for i := len(opened); err != nil && i > 0; i-- {
			err = errors.Join(err, opened[i-1]())
		}
	}()

	if n.store, err = openStore(c, n.wakesFeeds(storeEvents(log))); err != nil {
		return nil, err
	}
	opened = append(opened, n.store.Close)
	spool, err := emptySpool(c.Store.Data)
	if err != nil {
		return nil, err
	}
	originState, err := n.store.NextOriginState(time.Now())
	if err != nil {
		return nil, err
	}
	policy, err := deciding(&c, n.store)
	if err != nil {
		return nil, err
	}
	if n.register, err = eir.New(n.store, policy); err != nil {
		return nil, err
	}
	n.policy.Store(&policy)
	m := metrics.New(metrics.Options{
		Build: build().Build, Ready: n.ready, Store: n.store, Now: time.Now,
		Stats:     func() diameter.Stats { return n.diameter.Stats() },
		Peers:     func() []diameter.PeerState { return n.diameter.Peers() },
		Listening: func() map[string]int { return n.listening(&c) },
		Feeds:     func() []feed.Status { return n.feeds.status() },
	})
	if n.feeds, err = newFeeds(&c, n.store, n.register, log, m); err != nil {
		return nil, err
	}
	n.healing.Store(n.feeds)
	front, err := diameterConfig(&c, originState)
	if err != nil {
		return nil, err
	}
	if n.diameter, err = diameter.New(front, n.register, diameterEvents(log, m.Batch)); err != nil {
		return nil, err
	}
	own, err := certificates(&c)
	if err != nil {
		return nil, err
	}
	if own != nil {
		n.diameter.SetCertificates(own)
	}
	n.lists = &admin.Node{
		Store: n.store, Register: n.register, Limits: c.Import, Followers: n.feeds.followers,
		Policy: func() eir.Policy { return *n.policy.Load() },
	}
	n.admin = admin.NewServer(admin.Options{
		Node:  n.lists,
		Spool: spool, MaxUpload: c.Admin.MaxUpload, Checks: n.checks, Peers: n.diameter.Peers, Metrics: m.Handler(),
		Log: log.Named("admin"),
	})

	// All are open before the first is served.
	all := append([]door{{"admin", tcp(c.Admin.Listen), n.admin.Serve}}, doors(n, &c, m.PathFailed)...)
	listeners := make([]net.Listener, len(all))
	for i, d := range all {
		if listeners[i], err = d.open(); err != nil {
			return nil, err
		}
		if listeners[i] != nil {
			opened = append(opened, listeners[i].Close)
		}
	}
	for i, d := range all {
		if listeners[i] == nil {
			continue
		}
		at := listeners[i].Addr()
		if i == 0 {
			n.adminAt = at
			go n.serve(d, listeners[i], http.ErrServerClosed)
			continue
		}
		n.diameterAt = append(n.diameterAt, newOpenDoor(d.transport, listeners[i]))
		go n.serve(d, listeners[i], diameter.ErrServerClosed)
	}
	n.feeds.start()
	n.starting.Store(false)
	return n, nil
}

func openStore(c config.Config, events store.Events) (*store.Store, error) {
	st, err := store.Open(c.Store.Data, store.Options{CacheBytes: c.Store.CacheBytes, Events: events})
	if errors.Is(err, store.ErrLocked) {
		return nil, fmt.Errorf("%w\n  a node that runs on this data is reached with --admin URL; without --data the commands look for it at %s", err, defaultAdmin)
	}
	return st, err
}

// emptySpool makes the directory for uploads, without what a crash left there.
func emptySpool(data string) (string, error) {
	dir := filepath.Join(data, "spool")
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.Mkdir(dir, 0o700)
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use: does a node run already? Take another port with --diameter-listen or --admin-listen", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be listened on by this user: take a port above 1023", address)
	}
	return l, err
}

func (n *node) serve(d door, l net.Listener, closed error) {
	if err := d.serve(l); !errors.Is(err, closed) {
		n.failed <- fmt.Errorf("%s on %s: %w", d.transport, l.Addr(), err)
	}
}

// stop is the planned end: not ready, no new connections, DPR to every peer,
// what is in flight answered, feeds, admin, store. What ctx cuts short is an
// error, which says by ctx's cause why; the store is closed in every case.
func (n *node) stop(ctx context.Context) error {
	n.stopping.Store(true)
	n.changing.Lock()
	defer n.changing.Unlock()
	// The admin port stays until the peers are gone, so that /readyz says why.
	return errors.Join(
		cut(ctx, "peers that had not parted were cut off", n.diameter.Shutdown(ctx)),
		n.feeds.stop(ctx),
		cut(ctx, "requests to the admin port were cut off", n.admin.Shutdown(ctx)),
		n.store.Close())
}

// cut says what ctx has cut short, and why.
func cut(ctx context.Context, what string, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("%s: %w", what, context.Cause(ctx))
}
