package diameter

import (
	"math"
	"time"

	"paperweight/diameter/s13"
)

// doic makes the overload reports of a connection (RFC 7683): how much less those
// behind it should send, from how much of what they sent was refused. It is of
// the connection, since the rate and the line that cause refusals are.
//
// It goes to whoever's request has OC-Supported-Features, and is a HOST report.
// So it binds requests that name this node; which of several nodes the others
// should spare is known to the agent that chooses one, and not here.
type doic struct {
	since             time.Time
	answered, refused uint64 // since then
	reduction         float64
	made              time.Time // when report was
	ending            time.Time // until when the end is told; zero where none is
	report            s13.Report
}

const (
	// reportValidity is for how long a report counts, in seconds: the default
	// of RFC 7683 7.5.
	reportValidity = 30
	// easing is what is left of a reduction after a second without a
	// refusal. RFC 7683 5.2.3: a node "SHOULD decrease requested overload
	// abatement treatment in a controlled fashion to avoid oscillations".
	easing = 0.9
	// mostReduction is asked for at most: some are always answered, and what
	// nobody sends can't show that the overload is over.
	mostReduction = 0.9
)

// roll makes a new report where a second has passed since the last, and what it
// says is new or must be said again: then it returns true. It is called with each
// batch: what is refused in a moment of a second is told as a share of that second.
func (d *doic) roll(now time.Time) bool {
	if now.Sub(d.since) < time.Second {
		return false
	}
	before, seconds := d.percent(), now.Sub(d.since).Seconds()
	if d.refused > 0 {
		// What is refused here got through the reduction that is asked for
		// already, so it comes on top of it.
		share := float64(d.refused) / float64(d.refused+d.answered)
		d.reduction = min(1-(1-d.reduction)*(1-share), mostReduction)
		seconds-- // the refusals' own; in those after it nobody asked
	}
	// Seconds, since a roll waits for a batch: a silent peer's are many.
	if d.reduction *= math.Pow(easing, seconds); d.reduction < 0.01 {
		d.reduction = 0
	}
	d.since, d.answered, d.refused = now, 0, 0
	after := d.percent()
	switch {
	// RFC 7683 5.2.1.3: a report with the sequence of the one before is ignored,
	// so one that stays as it is would expire where no newer one says it again.
	case after > 0 && (after != before || now.Sub(d.made) >= reportValidity*time.Second/2):
		d.made, d.ending = now, time.Time{}
		d.report = s13.Report{Sequence: d.next(now), Reduction: after, Validity: reportValidity}
	case after == 0 && before > 0:
		// RFC 7683 5.2.3: a node "SHOULD explicitly indicate the end of an
		// overload occurrence", with a validity of 0, and go on until all that
		// was reported has expired.
		d.ending = now.Add(reportValidity * time.Second)
		d.report = s13.Report{Sequence: d.next(now)}
	case after == 0 && !now.Before(d.ending):
		d.ending = time.Time{}
		return false
	default:
		return false
	}
	return true
}

// next is the sequence number of a new report: the time, so that it grows from
// one connection to the next, and more than the last also where the clock was set
// back. RFC 7683 5.2.1.4: it "MUST be greater than any sequence number in an active
// (unexpired) overload report".
func (d *doic) next(now time.Time) uint64 {
	return max(uint64(now.UnixNano()), d.report.Sequence+1)
}

// percent rounds up, so that 0 is said of nothing else.
func (d *doic) percent() uint32 { return uint32(math.Ceil(d.reduction * 100)) }

// current is the report to send; nil where there is none.
func (d *doic) current() *s13.Report {
	if d.reduction == 0 && d.ending.IsZero() {
		return nil
	}
	return &d.report
}
