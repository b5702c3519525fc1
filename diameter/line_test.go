package diameter

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paperweight/diameter/wire"
	"paperweight/eir"
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

// More peers than cores, each with a line that none of its own reads shows to be long: all
// are answered, those who waited too long with a refusal, the more urgent
// later.
func TestManyShortLines(t *testing.T) {
	cfg := lab()
	cfg.MaxBacklog = 5 * time.Millisecond
	n := start(t, cfg, checkFunc(func(q eir.Query) eir.Verdict {
		spin(100 * time.Microsecond)
		return byLastDigit(q)
	}))
	const peers, rounds, each = 100, 10, 20
	var answered, refused, urgentRefused atomic.Int64
	var done sync.WaitGroup
	for i := range peers {
		m := n.dial(t)
		m.exchange(fmt.Sprintf("mme%d.epc.example.org", i), "epc.example.org")
		var all [][]byte
		for hop := range uint32(each) {
			all = append(all, ecr(hop+1, "00101700000003"))
		}
		all = append(all, prioritised(0, 0))
		done.Go(func() {
			for range rounds {
				m.send(all...)
				for range all {
					msg := m.read()
					h, _ := wire.ParseHeader(msg)
					switch code := resultCode(msg); {
					case code == wire.DiameterSuccess:
						answered.Add(1)
					case code == wire.DiameterTooBusy && h.HopByHop == 0:
						urgentRefused.Add(1)
					case code == wire.DiameterTooBusy:
						refused.Add(1)
					default:
						t.Errorf("answer to %d: %d", h.HopByHop, code)
					}
				}
			}
		})
	}
	done.Wait()
	t.Logf("%d answered, %d refused, %d urgent ones refused", answered.Load(), refused.Load(), urgentRefused.Load())
	if answered.Load() < peers || refused.Load() < peers {
		t.Errorf("%d answered, %d refused", answered.Load(), refused.Load())
	}
	if urgentRefused.Load()*each > refused.Load() {
		t.Errorf("%d urgent checks were refused, and %d others, of which there were %d times as many", urgentRefused.Load(), refused.Load(), each)
	}
	n.counted(t, func(s Stats) bool { return s.Shed[2] == uint64(refused.Load()+urgentRefused.Load()) })
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
