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

// run makes a call and returns nil or an answer. While the Gate is open, it
// returns any error.
func (g *Gate) run(o op, name string, do func() error) error {
	// Taken before the call, so that none parks for a Retry that came meanwhile.
	retry := *g.retry.Load()
	err := do()
	if err == nil || !g.guarded.Load() {
		return err
	}
	var call *parked
	for {
		switch o.judge(err, call != nil) {
		case answer:
			g.note(call, nil)
			return err
		case done:
			g.note(call, nil)
			return nil
		case final:
			g.note(call, &parked{pathError(o, name, err), true})
			select {}
		}
		last := call
		call = &parked{err: pathError(o, name, err)}
		g.note(last, call)
		select {
		case <-retry:
		case <-time.After(g.retryEvery):
		}
		retry = *g.retry.Load()
		if err = do(); err == nil {
			g.note(call, nil)
			return nil
		}
	}
}

// note puts one parked call in the place of another, either of which may be
// nil, and tells what that changes.
func (g *Gate) note(old, call *parked) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if old != nil {
		g.calls = slices.DeleteFunc(g.calls, func(p *parked) bool { return p == old })
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
