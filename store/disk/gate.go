package disk

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options configure a Gate; the zero value works.
type Options struct {
	// RetryEvery is how long a parked call waits until it is made again; 0
	// is a second.
	RetryEvery time.Duration
	Events     Events
}

// Events are called from the goroutine whose call parks or goes on: they must
// not block, nor call what writes through the Gate. They may call Err, Final
// and Retry. Each may be nil.
type Events struct {
	// Parked: the disk refuses a call. It is told once an outage, whatever
	// else parks while that lasts, and once more where a call parks for
	// good: then final is true.
	Parked func(err error, final bool)
	// Resumed: no call is parked any more.
	Resumed func()
}

// Gate is a file system that parks the calls that its disk refuses. It does so
// from the beginning: pebble.Open, too, panics where it can't sync a directory.
// Parked tells the caller that opens a database of a disk that refuses it.
type Gate struct {
	vfs.FS
	retryEvery time.Duration
	events     Events

	retry  atomic.Pointer[chan struct{}] // closed by Retry
	outage atomic.Pointer[parked]        // what Err and Final tell

	// mu guards calls, and keeps the events in their order.
	mu    sync.Mutex
	calls []*parked
}

// New returns a Gate before a file system.
func New(fs vfs.FS, o Options) *Gate {
	if o.RetryEvery == 0 {
		o.RetryEvery = time.Second
	}
	g := &Gate{FS: fs, retryEvery: o.RetryEvery, events: o.Events}
	retry := make(chan struct{})
	g.retry.Store(&retry)
	return g
}

// Retry makes each parked call again at once, but for those that are parked
// for good.
func (g *Gate) Retry() {
	next := make(chan struct{})
	close(*g.retry.Swap(&next))
}

// Err returns nil, or why a call is parked: an *fs.PathError with the call and
// the path. One that is parked for good comes first.
func (g *Gate) Err() error {
	if p := g.outage.Load(); p != nil {
		return p.err
	}
	return nil
}

// Final says whether a call is parked for good.
func (g *Gate) Final() bool {
	p := g.outage.Load()
	return p != nil && p.final
}
