package diameter

import (
	"slices"
	"testing"
	"time"

	"paperweight/diameter/s13"
	"paperweight/diameter/wire"
)

// A report follows the share that is refused, eases when nothing is, tells the
// end, and falls silent.
func TestReports(t *testing.T) {
	var d doic
	at := time.Unix(1000, 0)
	d.roll(at)
	second := func(answered, refused uint64) *s13.Report {
		d.answered, d.refused = answered, refused
		at = at.Add(time.Second)
		d.roll(at)
		return d.current()
	}
	if r := second(100, 0); r != nil {
		t.Errorf("without a refusal: %+v", r)
	}
	first := *second(50, 50)
	if first.Reduction != 50 || first.Validity != reportValidity {
		t.Errorf("half was refused: %+v", first)
	}
	// Of what still comes half is refused: a quarter is wanted.
	next := *second(10, 10)
	if next.Reduction != 75 || next.Sequence <= first.Sequence {
		t.Errorf("half of the half: %+v after %+v", next, first)
	}
	last := next
	seconds := 0
	for ; last.Reduction > 0; seconds++ {
		r := *second(10, 0)
		if r.Reduction > last.Reduction || r != last && r.Sequence <= last.Sequence {
			t.Fatalf("easing: %+v after %+v", r, last)
		}
		last = r
	}
	if seconds < 10 || last.Validity != 0 {
		t.Errorf("eased in %d s to %+v", seconds, last)
	}
	for range reportValidity - 1 {
		if r := second(10, 0); r == nil || *r != last {
			t.Fatalf("the end is not told: %+v", r)
		}
	}
	if r := second(10, 0); r != nil {
		t.Errorf("after all has expired: %+v", r)
	}
}

// An overload that goes on says so anew before what was said runs out: RFC 7683
// 5.2.1.3, a report of the same sequence MUST be ignored. It never asks for all.
func TestReportsGoOn(t *testing.T) {
	var d doic
	at := time.Unix(1000, 0)
	d.roll(at)
	var told time.Time
	var last s13.Report
	for i := range 100 {
		d.answered, d.refused = 1, 99
		at = at.Add(time.Second)
		d.roll(at)
		r := *d.current()
		if r.Reduction != 90 {
			t.Fatalf("reduction %d %%", r.Reduction)
		}
		if r.Sequence != last.Sequence {
			told, last = at, r
		}
		if at.Sub(told) > reportValidity*time.Second/2 {
			t.Fatalf("after %d s the report is %v old", i, at.Sub(told))
		}
	}
}

// Time eases, not the number of batches: who speaks once a minute is not asked for
// less an hour after the refusals.
func TestReportsEaseWithTime(t *testing.T) {
	quick, slow := doic{since: time.Unix(1000, 0)}, doic{since: time.Unix(1000, 0)}
	quick.refused, quick.answered, slow.refused, slow.answered = 50, 50, 50, 50
	for i := range 10 {
		quick.roll(time.Unix(1001+int64(i), 0))
	}
	slow.roll(time.Unix(1010, 0))
	if q, s := quick.current().Reduction, slow.current().Reduction; q != s || q != 20 {
		t.Errorf("after 10 s: %d %% of many batches, %d %% of one", q, s)
	}
	slow.roll(time.Unix(1070, 0))
	if r := slow.current(); r == nil || r.Validity != 0 {
		t.Errorf("a minute later: %+v", r)
	}
	slow.roll(time.Unix(1100, 0)) // the end's own time
	if r := slow.current(); r != nil {
		t.Errorf("after all has expired: %+v", r)
	}
}

// On the wire: who can be told is told.
func TestReportIsSent(t *testing.T) {
	cfg := lab()
	cfg.MaxRate = 1600
	s, err := New(cfg, byLastDigit, Events{})
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(s, &tape{}, addrPort(loopback))
	c.in = make([]byte, bufferSize)
	feed := func(at time.Time, messages ...[]byte) []byte {
		c.now = at
		for _, m := range messages {
			c.w += copy(c.in[c.w:], m)
		}
		p := &tape{keep: true}
		c.nc = p
		c.batch()
		return p.output
	}
	now := time.Now()
	feed(now, cer("mme.epc.example.org", "epc.example.org", wire.AppS13))
	supports := with(ecr(1, "00101700000003"), func(b []byte) []byte {
		return wire.AppendAVP(b, wire.OCSupportedFeatures, 0, 0, "")
	})
	for i := range 10 {
		var many [][]byte
		for range 200 {
			many = append(many, ecr(uint32(i), "00101700000003"))
		}
		feed(now, many...)
	}
	out := feed(now.Add(time.Second), supports)
	var percent uint32
	var a, b wire.AVP
	for c := wire.AVPs(out); c.Next(&a); {
		for d := a.AVPs(); a.Code == wire.OCOLR && d.Next(&b); {
			if b.Code == wire.OCReductionPercentage {
				percent, _ = b.Uint32()
			}
		}
	}
	if percent < 60 || percent > 75 { // 600 of 2000 were answered
		t.Errorf("reduction %d %%", percent)
	}
}

// What the line refuses in a moment is told as a share of the second that it was
// in, and at the next second, whether anybody is refused then or not.
func TestReportOfAMoment(t *testing.T) {
	checks := slices.Repeat([][]byte{ecr(1, "00101700000003")}, 100)
	begin := func() (rig, time.Time) {
		r, now := newRig(t), time.Now()
		r.srv.cfg.MaxBacklog = time.Hour
		r.doic.roll(now)
		return r, now
	}
	r, now := begin()
	for range 9 {
		r.ask(now, checks...)
	}
	r.gate.line.last = now.Add(-2 * time.Hour)
	r.othersWait(2 * time.Hour)
	r.ask(now, checks...)
	r.othersWait(0)
	r.ask(now.Add(time.Second), checks[0])
	if got := r.doic.current(); got == nil || got.Reduction != 10 {
		t.Errorf("100 of 1000 were refused: %+v", got)
	}

	// A single read may bring more than can be answered in time.
	r, now = begin()
	r.gate.line = line{costs: r.gate.line.costs}
	r.ask(now.Add(-2*time.Hour), checks...)
	r.ask(now.Add(time.Second), checks[0])
	if got := r.doic.current(); got == nil || got.Reduction < 80 {
		t.Errorf("all but the first few of 100 were refused: %+v", got)
	}
}

// Sequences grow though the clock is set back.
func TestReportsWhereTheClockIsSetBack(t *testing.T) {
	at := time.Unix(1000, 0)
	last := uint64(at.Add(time.Hour).UnixNano())
	d := doic{since: at, report: s13.Report{Sequence: last}}
	for range 3 {
		d.refused, at = 1, at.Add(time.Second)
		d.roll(at)
		d.made = time.Time{}
		if d.report.Sequence <= last {
			t.Fatalf("%d after %d", d.report.Sequence, last)
		}
		last = d.report.Sequence
	}
}
