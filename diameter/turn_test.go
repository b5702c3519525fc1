package diameter

import (
	"bytes"
	"crypto/tls"
	"net"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// rig is an open connection whose clock, and whose neighbours' wait, a test sets.
// Its checks are known to be slow.
type rig struct{ *conn }

func newRig(t *testing.T) rig {
	t.Helper()
	s, err := New(lab(), byLastDigit, Events{})
	if err != nil {
		t.Fatal(err)
	}
	r := rig{newConn(s, &tape{}, addrPort(loopback))}
	r.in = make([]byte, bufferSize)
	r.othersWait(0)
	r.ask(time.Now(), cer("mme.epc.example.org", "epc.example.org", wire.AppS13))
	r.gate.line.costs = costWindow * time.Millisecond
	return r
}

// ask is one read, of what fits into it, and returns what was answered.
func (r rig) ask(at time.Time, messages ...[]byte) []byte {
	p := &tape{keep: true}
	r.now, r.nc = at, p
	r.w += copy(r.in[r.w:], bytes.Join(messages, nil))
	r.batch()
	return p.output
}

func (r rig) othersWait(d time.Duration) {
	r.srv.cores.mean.Store(int64(d))
	r.srv.cores.due.Store(1 << 62) // nobody asks the runtime
}

// Who answers gives way where others wait, whatever the line's verdict would have
// been on checks of lower priority: neither urgent checks nor watchdogs are a way
// to keep a core. Who refuses is done sooner than others could be let in.
func TestTurns(t *testing.T) {
	const many = 20
	for _, c := range []struct {
		name string
		wait time.Duration
		msg  []byte
		want bool
	}{
		{"nobody waits", 0, prioritised(1, 0), false},
		{"others wait", DefaultMaxBacklog / 2, ecr(1, goldenIMEI), true},
		{"all was refused", time.Hour, ecr(1, goldenIMEI), false},
		{"urgent checks behind a line", time.Hour, prioritised(1, 0), true},
		{"watchdogs behind a line", time.Hour, dwr(1), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, now := newRig(t), time.Now()
			r.othersWait(c.wait)
			// The second read knows what the first found.
			for at := range 2 {
				now = now.Add(time.Minute)
				r.ask(now, slices.Repeat([][]byte{c.msg}, many)...)
				r.gate.line.done = time.Time{}
				r.giveWay()
				if got := !r.gate.line.done.IsZero(); got != c.want {
					t.Errorf("after read %d others were given way: %v", at+1, got)
				}
			}
		})
	}
}

// A peer over TLS has one turn for each read of its socket, as one without, though
// each request be in a record of its own; its answers are not held meanwhile.
func TestTurnsOverTLS(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var others atomic.Int64 // whose turn it is between this peer's
	var seen []int64        // of others, at each check
	a := newAuthority(t, "one")
	n, _ := startTLS(t, a, lab(), checkFunc(func(q eir.Query) eir.Verdict {
		seen = append(seen, others.Load())
		return byLastDigit(q)
	}))
	n.cores.due.Store(1 << 62)
	n.cores.mean.Store(int64(2 * coresShort))

	c, err := net.Dial("tcp", n.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	held := &records{Conn: c}
	m := &mme{t: t, conn: tls.Client(held, as(a, a.issue([]string{"mme.epc.example.org"})))}
	m.exchange("mme.epc.example.org", "epc.example.org")

	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				others.Add(1)
				runtime.Gosched()
			}
		}
	}()
	const each = 50
	held.hold()
	for i := range uint32(each) {
		m.send(ecr(i, "00101700000003"))
	}
	if err := held.release(); err != nil {
		t.Fatal(err)
	}
	m.tally(each)
	close(stop)
	<-stopped
	// The kernel may cut what was written at once into a few pieces.
	if turns := len(slices.Compact(seen)); turns > each/4 {
		t.Errorf("%d requests of one write had %d turns", each, turns)
	}
}

// What one read of a socket brings over TLS is one line, though it comes out as
// one record after the other: those at its end have waited since that read.
func TestLineOverTLS(t *testing.T) {
	r, now := newRig(t), time.Now().Add(time.Minute)
	below := &records{}
	r.secure = &secure{below: below}
	ask := func(after time.Duration) uint32 {
		r.ask(now.Add(after), ecr(1, "00101700000003"))
		defer func() { r.out = r.out[:0] }()
		return resultCode(r.out)
	}
	for _, step := range []struct {
		fresh bool
		after time.Duration
		want  uint32
	}{
		{true, 0, wire.DiameterSuccess},
		{false, DefaultMaxBacklog, wire.DiameterSuccess},
		{false, DefaultMaxBacklog + 1, wire.DiameterTooBusy},
		{false, 2 * DefaultMaxBacklog, wire.DiameterTooBusy},
		{true, time.Minute, wire.DiameterSuccess},
	} {
		below.fresh = step.fresh
		if got := ask(step.after); got != step.want {
			t.Errorf("read before %v: %d, want %d", step.after, got, step.want)
		}
	}
}

// A line is seen behind a long message, too: the room that it made does not make
// reads longer.
func TestLineBehindALongMessage(t *testing.T) {
	r := newRig(t)
	r.srv.cfg.MaxMessage = 1 << 20
	long := message(wire.FlagRequest, 999, 1, func(b []byte) []byte {
		return wire.AppendAVP(b, wire.ProductName, 0, 0, make([]byte, 300<<10))
	})
	p := &tape{piece: 1 << 20, input: append(long, bytes.Repeat(unhex(goldenECR), 1000)...)}
	r.nc = p
	before := r.count[countMessagesIn]
	for r.count[countMessagesIn] == before {
		r.read()
		r.batch()
	}
	for range 2 {
		if n, _ := r.read(); n > bufferSize || !r.full {
			t.Errorf("a read of %d octets, full: %v", n, r.full)
		}
		r.batch()
		if !r.gate.line.standing {
			t.Error("and no line is seen")
		}
	}
}
