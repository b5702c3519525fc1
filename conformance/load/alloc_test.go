//go:build !race

package load

import (
	"testing"
	"time"
)

// A request costs the generator no allocation: garbage collection would show
// in the latencies.
func TestOpenAllocatesNothing(t *testing.T) {
	p := openPlan("")
	p.Connections = 1
	p.Priorities = []Share{{0, 1}, {NoPriority, 1}}
	p.Steps = []Step{{1e6, 1e6, time.Hour}}
	p.Timeout = time.Second
	p.Target = serveEcho(t, answer)
	o, err := newOpen(&p)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.join(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := o.members[0]
	defer m.Close()
	now := time.Duration(0)
	round := func() {
		now += 50 * time.Microsecond
		o.sender.offer(now, o.schedule.total())
		o.sender.flush()
		for m.shard.claimed < o.sender.k {
			if err := m.fill(); err != nil {
				t.Fatal(err)
			}
			if _, err := m.drain(o, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 20 {
		round() // buffers grow
	}
	if n := testing.AllocsPerRun(200, round); n != 0 {
		t.Errorf("%v allocations a round", n)
	}
	o.sender.flush() // has nothing to do, and nothing to take a lag of
	if n := o.sender.lag[0].TotalCount(); n != int64(o.sender.k) {
		t.Errorf("%d lags of %d requests", n, o.sender.k)
	}
	if m.shard.claimed < 10_000 {
		t.Errorf("%d requests were answered", m.shard.claimed)
	}
}
