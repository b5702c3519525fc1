package diameter

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"paperweight/diameter/wire"
)

// A line by the clock, in milliseconds, with a patience of 100.
func TestLine(t *testing.T) {
	const ms = time.Millisecond
	at := func(n int) time.Time { return time.Unix(100, 0).Add(time.Duration(n) * ms) }
	type read struct {
		at, done int // when it was read, and answered
		full     bool
		ready    int // how long others waited for a core
		cutoff   uint8
	}
	for _, c := range []struct {
		name  string
		fast  bool
		reads []read
	}{
		{"a peer that was silent has not waited", false, []read{
			{0, 1, false, 0, 16}, {5000, 5001, false, 0, 16}}},
		{"a line stands", false, []read{
			{0, 0, true, 0, 16}, {16, 16, true, 0, 16}, {17, 17, true, 0, 15}, {34, 34, true, 0, 14},
			{100, 100, true, 0, 11}, {101, 101, true, 0, 10}, {167, 167, true, 0, 6}}},
		{"it goes on where it is refused, and no longer", false, []read{
			{0, 0, true, 0, 16}, {101, 101, true, 0, 10}, {102, 102, false, 0, 10}, {102, 103, false, 0, 16}}},
		{"it came while the batch before was answered", false, []read{
			{0, 120, false, 0, 16}, {120, 121, false, 0, 9}, {121, 121, false, 0, 16}}},
		{"who is ready waits for a core", false, []read{
			{0, 1, false, 0, 16}, {500, 501, false, 101, 10}, {900, 901, false, 10, 16}}},
		{"but no longer than since the last read", false, []read{
			{0, 1, false, 101, 10}, {51, 52, false, 101, 13}}},
		{"refusing does not help", false, []read{
			{0, 0, true, 0, 16}, {101, 101, true, 0, 10}, {300, 300, true, 0, 1}, {401, 401, true, 0, 1},
			{402, 402, true, 0, 16}, {501, 501, true, 0, 16}, {502, 502, true, 0, 1}}},
		{"checks are fast", true, []read{
			{0, 0, true, 0, 16}, {101, 101, true, 0, 16}, {999, 999, true, 0, 16}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := line{cost: time.Microsecond}
			if c.fast {
				l.cost = 100
			}
			for _, r := range c.reads {
				l.read(at(r.at), r.full, time.Duration(r.ready)*ms)
				if l.judge(at(r.at), 100*ms); l.cutoff != r.cutoff {
					t.Errorf("at %d ms: cutoff %d, want %d", r.at, l.cutoff, r.cutoff)
				}
				l.done = at(r.done)
			}
		})
	}
}

// What a check costs is a mean, which what happened to one does not move far.
func TestLineCost(t *testing.T) {
	var l line
	l.took(time.Second)
	if l.cost >= slowCheck {
		t.Errorf("after one: %v", l.cost)
	}
	for range 2 {
		l.took(time.Second)
	}
	if l.cost < slowCheck {
		t.Errorf("after three: %v", l.cost)
	}
	for range 4 * costWindow {
		l.took(100)
	}
	if l.cost > 2*100 {
		t.Errorf("after many that were fast: %v", l.cost)
	}
}

// Where others wait for a core, a peer that was silent has waited, too.
func TestLineOfOthers(t *testing.T) {
	s, err := New(lab(), byLastDigit, Events{})
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(s, &tape{}, addrPort(loopback))
	c.in = make([]byte, bufferSize)
	ask := func(at time.Time, msg []byte) []byte {
		p := &tape{keep: true}
		c.now, c.nc = at, p
		c.w += copy(c.in[c.w:], msg)
		c.batch()
		return p.output
	}
	now := time.Now()
	ask(now, cer("mme.epc.example.org", "epc.example.org", wire.AppS13))
	c.gate.line.cost = time.Millisecond
	for i, step := range []struct {
		wait     time.Duration
		priority uint32
		want     uint32
	}{
		{0, 10, wire.DiameterSuccess},
		{DefaultMaxBacklog, 10, wire.DiameterSuccess},
		{DefaultMaxBacklog, 11, wire.DiameterTooBusy},
		{DefaultMaxBacklog + 1, 10, wire.DiameterTooBusy},
		{time.Hour, 0, wire.DiameterSuccess},
		{0, 15, wire.DiameterSuccess},
	} {
		c.gate.line.refusing = time.Time{} // the step before was another peer's
		s.cores.mean.Store(int64(step.wait))
		s.cores.due.Store(1 << 62) // nobody asks the runtime
		now = now.Add(time.Minute)
		if got := resultCode(ask(now, prioritised(uint32(i), step.priority))); got != step.want {
			t.Errorf("others wait for %v, priority %d: %d, want %d", step.wait, step.priority, got, step.want)
		}
		if c.gate.yields != (step.wait > crowded) {
			t.Errorf("others wait for %v: yields is %v", step.wait, c.gate.yields)
		}
	}
}

// Who is ready waits for a core where there are more of them than cores.
func TestCores(t *testing.T) {
	c := newCores()
	if w := c.wait(0); w > time.Second {
		t.Fatalf("at rest: %v", w)
	}
	stop := make(chan struct{})
	var running sync.WaitGroup
	defer running.Wait()
	defer close(stop)
	for range 200 {
		running.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					spin(time.Millisecond)
					runtime.Gosched()
				}
			}
		})
	}
	for at := coresEvery; c.wait(int64(at)) < 10*time.Millisecond; at += coresEvery {
		time.Sleep(coresEvery)
	}
	if allocs := testing.AllocsPerRun(10, func() { c.ask(c.since + int64(coresLongest)) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestCutoff(t *testing.T) {
	for _, c := range []struct {
		waited time.Duration
		want   uint8
	}{{-1, 16}, {0, 16}, {100, 16}, {101, 15}, {600, 11}, {601, 10}, {1400, 3}, {1401, 2}, {1501, 1}, {1 << 40, 1}} {
		if got := cutoff(c.waited, 600); got != c.want {
			t.Errorf("%d of 600: %d, want %d", c.waited, got, c.want)
		}
	}
}
