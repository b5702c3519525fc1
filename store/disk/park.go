package disk

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"time"
)

// parked is a call that waits for the disk. It does not change.
type parked struct {
	err   error
	final bool
}

// run makes a call until it is done, and returns nil; or the error where that
// is an answer.
func (g *Gate) run(o op, name string, do func() error) error {
	var last *parked // nil before the call has parked
	for {
		// Taken before the call: it must not park for a Retry that comes meanwhile.
		retry := *g.retry.Load()
		err := do()
		outcome := o.judge(err, last != nil)
		switch outcome {
		case done:
			err = nil
			fallthrough
		case answer:
			if last != nil {
				g.note(last, nil)
			}
			return err
		}
		call := &parked{pathError(o, name, err), outcome == final}
		g.note(last, call)
		if last = call; call.final {
			select {}
		}
		select {
		case <-retry:
		case <-time.After(g.retryEvery):
		}
	}
}

// note puts one parked call in the place of another, either of which may be
// nil, and tells what that changes.
func (g *Gate) note(last, call *parked) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if last != nil {
		g.calls = slices.DeleteFunc(g.calls, func(p *parked) bool { return p == last })
	}
	if call != nil {
		g.calls = append(g.calls, call)
	}
	var now *parked
	for _, p := range g.calls {
		if now == nil || p.final && !now.final {
			now = p
		}
	}
	switch before := g.outage.Swap(now); {
	case now == nil && before != nil && g.events.Resumed != nil:
		g.events.Resumed()
	case now != nil && (before == nil || now.final && !before.final) && g.events.Parked != nil:
		g.events.Parked(now.err, now.final)
	}
}

// pathError names the call and the path in one way for all file systems.
func pathError(o op, name string, err error) error {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		err = errno
	}
	return &fs.PathError{Op: string(o), Path: name, Err: err}
}
