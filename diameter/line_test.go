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
			l := line{costs: costWindow * time.Microsecond}
			if c.fast {
				l.costs = costWindow * 100
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

// What a check costs is a mean, which what happened to a few does not move far.
// That checks are slow is known before many were answered: where one was, the
// next is timed, too.
func TestLineCost(t *testing.T) {
	var l line
	for i := range 10 * costWindow {
		l.took(100)
		if i%costWindow < 5 {
			l.took(time.Second) // the system had the core
		}
		if l.slow() {
			t.Fatalf("fast checks, some of which were interrupted: %v", l.costs/costWindow)
		}
	}
	l = line{sample: true}
	timed := 0
	for ; l.sample; timed++ {
		l.took(2 * time.Microsecond)
	}
	if !l.slow() || timed > costWindow/2 {
		t.Errorf("slow checks, after %d of them: %v", timed, l.costs/costWindow)
	}
	for range 4 * costWindow {
		l.took(100)
	}
	if l.costs > 2*100*costWindow || l.sample {
		t.Errorf("after many that were fast: %v", l.costs/costWindow)
	}
}

// Where others wait for a core, a peer that was silent has waited, too.
func TestLineOfOthers(t *testing.T) {
	r, now := newRig(t), time.Now()
	c := r.conn
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
		r.othersWait(step.wait)
		now = now.Add(time.Minute)
		if got := resultCode(r.ask(now, prioritised(uint32(i), step.priority))); got != step.want {
			t.Errorf("others wait for %v, priority %d: %d, want %d", step.wait, step.priority, got, step.want)
		}
		if c.gate.yields != (step.wait > coresShort) {
			t.Errorf("others wait for %v: yields is %v", step.wait, c.gate.yields)
		}
	}
}

// Who is ready waits for a core where there are more of them than cores.
func TestCores(t *testing.T) {
	c := newCores()
	c.wait(0) // what was before this test counts for nothing
	stop := make(chan struct{})
	var running sync.WaitGroup
	defer running.Wait()
	defer close(stop)
	for range 50 * runtime.GOMAXPROCS(0) {
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

// A runtime that does not know how long goroutines wait is one where nobody does.
func TestCoresOfAnotherRuntime(t *testing.T) {
	c := newCores()
	c.now[0].Name = "/sched/none:seconds"
	for at := range 3 {
		if w := c.wait(int64(at) * int64(coresLongest)); w != 0 {
			t.Errorf("a wait of %v", w)
		}
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
