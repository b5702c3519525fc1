package load

import (
	"bytes"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"paperweight/conformance/callee"
	"paperweight/conformance/mme"
)

// A target that stalls is charged for all that was due meanwhile, not for the
// few that it was asked: no coordinated omission.
func TestOpenChargesAStall(t *testing.T) {
	const stall = 200 * time.Millisecond
	p := openPlan(serve(t, func(b, _ []byte, n int) []byte {
		if n == 100 {
			time.Sleep(stall)
		}
		return append(b, answer...)
	}))
	p.Connections, p.Host = 1, ""
	p.Steps = []Step{{1000, 1000, 400 * time.Millisecond}}
	s := &mustRun(t, p).Steps[0]
	// 200 of 400 were due in it, so a quarter waited for half of it or more.
	if s.Latency.P90 < us(int64(stall/2)) {
		t.Errorf("p90 %v us with a stall of %v for half of the time", s.Latency.P90, stall)
	}
}

// A target that reads nothing costs what waits for it, and is told.
func TestOpenBoundsWhatWaits(t *testing.T) {
	release := make(chan struct{})
	p := openPlan(serve(t, func(b, _ []byte, _ int) []byte {
		<-release
		return b
	}))
	defer close(release)
	p.Connections = 1
	p.Steps, p.Timeout = []Step{{400_000, 400_000, 200 * time.Millisecond}}, 10*time.Millisecond
	r := mustRun(t, p)
	if c := r.Total(); c.Unsent == 0 || c.Good != 0 || len(r.Broken) != 1 {
		t.Errorf("%+v, broken %v; want some unsent, none good, one broken", c, r.Broken)
	}
}

// What was due while the target did not read is sent when it does, and charged
// with all that it waited, however much it was: a stall of a fast stream is not
// passed over as unsent. It is more than the kernel holds.
func TestOpenChargesWhatTheSocketHeldUp(t *testing.T) {
	const stall = 200 * time.Millisecond
	p := openPlan(serveBatches(t, func(n int) {
		if n == 5 {
			time.Sleep(stall)
		}
	}))
	p.Connections = 1
	p.Steps, p.Timeout = []Step{{200_000, 200_000, 400 * time.Millisecond}}, 10*time.Second
	s := &mustRun(t, p).Steps[0]
	if s.Good != s.Due || s.Unsent != 0 || s.Due != 80_000 {
		t.Errorf("%+v; want all good", s.Count)
	}
	if s.Latency.P90 < us(int64(stall/2)) {
		t.Errorf("p90 %v us with a stall of %v for half of the time", s.Latency.P90, stall)
	}
}

// Who is never answered waited for the timeout at least: the percentiles know.
func TestOpenChargesWhatIsLost(t *testing.T) {
	p := openPlan(serve(t, func(b, _ []byte, n int) []byte {
		if n%10 == 0 {
			return b
		}
		return append(b, answer...)
	}))
	p.Steps, p.Timeout = p.Steps[:1], 100*time.Millisecond
	s := &mustRun(t, p).Steps[0]
	if s.Lost < 100 || s.Latency.P99 < us(int64(p.Timeout)) {
		t.Errorf("p99 %v us, %+v", s.Latency.P99, s.Count)
	}
}

// A connection that ends is opened again; what was owed is lost, what was due
// meanwhile not sent, and what is due later goes as before.
func TestOpenRedials(t *testing.T) {
	var ended atomic.Bool
	p := openPlan(serve(t, func(b, request []byte, n int) []byte {
		if bytes.Contains(request, []byte("load-1.")) && n == 10 && !ended.Swap(true) {
			return nil // the end
		}
		return append(b, answer...)
	}))
	p.Steps = []Step{{2000, 2000, 2 * firstBackoff}, {2000, 2000, 2 * firstBackoff}, {2000, 2000, firstBackoff}}
	r := mustRun(t, p)
	if r.Breaks != 1 || r.Redials != 1 || r.Rejoins != 1 || len(r.Broken) != 1 || !strings.Contains(r.Broken[0], "load-1.") {
		t.Errorf("%d breaks, %d redials, %d rejoins, broken %q", r.Breaks, r.Redials, r.Rejoins, r.Broken)
	}
	if first := r.Steps[0]; first.Lost == 0 || first.Unsent == 0 || first.Good < first.Due/2 {
		t.Errorf("when it ended: %+v; want some lost, some unsent, half good", first.Count)
	}
	if last := r.Steps[2]; last.Good != last.Due {
		t.Errorf("after it was opened again: %+v; want all good", last.Count)
	}
}

// A target that takes no connection any more is tried ever more seldom, and
// what it says stands in the result.
func TestOpenRedialsInVain(t *testing.T) {
	var joined atomic.Int32
	p := openPlan(serve(t, func(b, _ []byte, n int) []byte {
		if n == 10 {
			return nil
		}
		return append(b, answer...)
	}, func() bool { return joined.Add(1) <= 1 }))
	p.Connections, p.Steps = 1, []Step{{1000, 1000, 5 * firstBackoff}}
	r := mustRun(t, p)
	if r.Breaks != 1 || r.Redials == 0 || r.Redials > 3 || r.Rejoins != 0 || len(r.Broken) != 1 || !strings.Contains(r.Broken[0], "the last redial: ") {
		t.Errorf("%d breaks, %d redials, %d rejoins, broken %q", r.Breaks, r.Redials, r.Rejoins, r.Broken)
	}
	if c := r.Total(); c.Good != 10 || c.Lost == 0 || c.Unsent == 0 {
		t.Errorf("%+v", c)
	}
}

// A connection that ends takes none of the others with it.
func TestOpenWithoutAConnection(t *testing.T) {
	p := openPlan(serve(t, func(b, request []byte, n int) []byte {
		if bytes.Contains(request, []byte("load-1.")) && n == 10 {
			// A DPR of the target's.
			return append(b, mme.AppendDPR(nil, client)...)
		}
		return append(b, answer...)
	}))
	p.Timeout = 100 * time.Millisecond
	r := mustRun(t, p)
	c := r.Total()
	if r.Breaks == 0 || len(r.Broken) != 1 || !strings.Contains(r.Broken[0], "load-1.") || !strings.Contains(r.Broken[0], "DPR") {
		t.Errorf("broken: %v", r.Broken)
	}
	if c.Good < c.Due/2 || c.Lost == 0 || c.Good == c.Due {
		t.Errorf("%+v; want the other connection's half to be good, and some lost", c)
	}
}

// serveBatches is an echo that calls before each read of a connection, after
// the first requests of it.
func serveBatches(t *testing.T, before func(n int)) string {
	t.Helper()
	return callee.Serve(t, func(conn net.Conn) {
		(&Echo{answer}).serve(&stream{Conn: &slowly{Conn: conn, before: before}})
	})
}

// slowly calls before each read.
type slowly struct {
	net.Conn
	before func(n int)
	n      int
}

func (s *slowly) Read(b []byte) (int, error) {
	s.before(s.n)
	s.n++
	return s.Conn.Read(b)
}
