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

// orders are what a node is told by signals. Each kind has a channel of its own:
// a signal that finds its channel full is dropped, and a storm of SIGHUPs must
// not drown the one that ends.
type orders struct {
	// end is done once the node is to end; its cause says why.
	end context.Context
	// fail makes end done.
	fail context.CancelCauseFunc
	// hangups holds one SIGHUP: those that come before it is taken mean the same.
	hangups <-chan os.Signal
	// insisted receives the signal that asks again for the end, at once.
	insisted <-chan syscall.Signal
}

// takeOrders catches signals for the rest of the process's life: a SIGHUP that
// comes while it exits must not kill it. The first that ends is told's own, since
// it may have come before.
func takeOrders(told context.Context) *orders {
	hangups, ends, insisted := make(chan os.Signal, 1), make(chan os.Signal, 1), make(chan syscall.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	signal.Notify(ends, syscall.SIGTERM, os.Interrupt)
	o := &orders{hangups: hangups, insisted: insisted}
	o.end, o.fail = context.WithCancelCause(told)
	context.AfterFunc(o.end, func() {
		for began := time.Now(); ; {
			s := <-ends
			if number, ok := s.(syscall.Signal); ok && again(time.Since(began)) {
				insisted <- number
				return
			}
		}
	})
	return o
}

// twice is how long after the first a signal to stop is still the same one: a wrapper
// that passes on what the whole process group got, as timeout(1) does, sends it
// twice, and nobody means to cut the peers off by it.
const twice = 500 * time.Millisecond

// again reports whether a signal to stop, so long after the first, asks to end
// at once.
func again(after time.Duration) bool { return after >= twice }

// obey does the work of a node until it is over, or until a second signal ends
// it at once, whatever it is at.
func (o *orders) obey(work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case s := <-o.insisted:
		// The store loses nothing by it: what was acknowledged is synced.
		return &statusError{128 + int(s), fmt.Errorf("ended at once by a second signal (%s)", s)}
	}
}

// until runs the node until a signal or a failure ends it.
func (n *node) until(o *orders, f *serveFlags, c config.Config) error {
	expiry := time.NewTicker(certificateWatch)
	defer expiry.Stop()
	watch := time.NewTicker(spellWatch)
	defer watch.Stop()
	spells := newSpells(n.log)
	go n.reloads(o, f, c)
	for {
		select {
		case now := <-expiry.C:
			n.watchCertificate(now)
		case now := <-watch.C:
			spells.look(now, n.diameter.Stats())
		case err := <-n.failed:
			n.log.Error("stopping: a listener failed", zap.Error(err))
			o.fail(err)
			return n.end(&c, err)
		case <-o.end.Done():
			n.log.Info("stopping; a second signal ends at once", zap.NamedError("why", context.Cause(o.end)), zap.Duration("within", c.Node.ShutdownWithin))
			return n.end(&c, nil)
		}
	}
}

// reloads obeys each SIGHUP, one after the other, until the node is to end. It
// has a goroutine of its own: a disk that hangs under a file that is read again
// must not keep the node from ending.
func (n *node) reloads(o *orders, f *serveFlags, c config.Config) {
	for {
		select {
		case <-o.hangups:
			c = n.reload(o.end, f, c)
		case <-o.end.Done():
			return
		}
	}
}

// end stops the node within the bound.
func (n *node) end(c *config.Config, why error) error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), c.Node.ShutdownWithin,
		fmt.Errorf("node.shutdown_within is %s, and they took longer", c.Node.ShutdownWithin))
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- n.stop(ctx) }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("not everything ended in order: %w", err)
		}
		n.log.Info("stopped")
		return why
	// A disk that hangs can hold up the store's end, which ctx does not bound.
	case <-time.After(c.Node.ShutdownWithin + time.Second):
		return fmt.Errorf("the store did not close within %s; what was acknowledged is safe", c.Node.ShutdownWithin)
	}
}
