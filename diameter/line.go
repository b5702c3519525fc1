package diameter

import (
	"time"

	"paperweight/diameter/s13"
)

// line is what a peer has sent and nobody has answered yet. A check is computed
// at once, so a node that is asked for more than it can do has no work in flight
// that grows: what grows is the line, in the socket. Who waits there for too long
// is not served by an answer any more; a refusal costs a fraction of one, so by
// refusing those the node comes to those behind them while somebody still waits
// for the answer. So:
//
//   - A check that has waited for longer than its priority lets it (Config.MaxBacklog is
//     that of PRIORITY_10, a lower one waits shorter and a higher one longer) is refused.
//   - Where checks are fast, refusing costs what answering costs. Then every
//     check is answered, as fast as it goes, and TCP holds the peer back.
//   - Where refusing does not end the wait, some are answered all the same.
//
// How long a check has waited is known by its bounds: it came after a read that
// found the line empty, and, where the connection has rested since then, no
// earlier than those who are ready wait for a core (see cores). Where they wait, a
// connection gives way to the others after each batch. Reads that are full one
// after the other tell nothing of the end of the line, which may reach into the
// peer's own socket: as in CoDel (RFC 8289), it has stood since the first of them.
type line struct {
	since    time.Time // the first of the line came no earlier
	last     time.Time // when it was last read
	done     time.Time // when what was read then was answered, and others were given way
	standing bool      // that read filled the buffer, so more is there

	// cutoff is the first priority that is refused, s13.Priorities where none is.
	cutoff uint8
	// refusing is since when every read found somebody to refuse, and excused
	// until when nobody is. Zero where that is not so.
	refusing, excused time.Time

	sample bool          // the next check is timed
	costs  time.Duration // of costWindow checks, as those that were timed of late
	passed uint8         // checks, since the clock was looked at
}

const (
	// lineSize is how much of what a peer sends may wait in its socket, in octets: a
	// bound on the line, about a thousand requests, and enough of it that a line is
	// seen. Left alone, the system begins with less than one read takes, and goes
	// up to megabytes.
	lineSize = 256 << 10
	// slowCheck is a check that takes so much longer than its refusal that refusing
	// some makes room for others.
	slowCheck = 500 * time.Nanosecond
	// costWindow is over how many timed checks costs goes, and longestSample what
	// one of them counts at most: more than that is mostly somebody else's doing,
	// and a dozen of those among the fast ones must not look like slow checks.
	costWindow    = 128
	longestSample = 8 * slowCheck
	// helpless is after how many times patience refusing is known not to help.
	helpless = 3
	// atOnce is what a read takes that finds something there.
	atOnce = 50 * time.Microsecond
	// passes is after how many checks of a batch the clock is looked at.
	passes = 16
)

// read is told of each read: whether it filled the buffer, and how long those who
// are ready wait for a core.
func (l *line) read(now time.Time, full bool, wait time.Duration) {
	switch {
	case l.standing: // and goes on
	case now.Sub(l.done) < atOnce:
		l.since = l.last // it came while the batch before was answered
	default:
		l.since = now.Add(-wait)
		if l.since.Before(l.last) {
			l.since = l.last
		}
	}
	l.last, l.standing = now, full
}

// judge sets the cutoff by how long the first of the line has waited.
// patience is Config.MaxBacklog.
func (l *line) judge(now time.Time, patience time.Duration) {
	waited := now.Sub(l.since)
	l.cutoff = cutoff(waited, patience)
	// Those below the cutoff are known before they are refused.
	l.sample = waited > patience/s13.Priorities
	switch {
	case l.cutoff == s13.Priorities || !l.slow() || now.Before(l.excused):
		l.cutoff, l.refusing = s13.Priorities, time.Time{}
	case l.refusing.IsZero():
		l.refusing = now
	case now.Sub(l.refusing) > helpless*patience:
		// More comes than can even be refused.
		l.excused = now.Add(patience)
		l.cutoff, l.refusing = s13.Priorities, time.Time{}
	}
}

// cutoff returns the highest priority that does not wait for so long,
// s13.Priorities where all do. PRIORITY_10 waits for patience, each other one in
// proportion to its share of a rate (see shares), and the highest for ever.
func cutoff(waited, patience time.Duration) uint8 {
	const defaultShare = s13.Priorities - s13.DefaultPriority // whatever Config.DefaultPriority is
	if waited <= 0 {
		return s13.Priorities
	}
	return s13.Priorities - uint8(min(s13.Priorities-1, (defaultShare*waited-1)/patience))
}

// pass is told of each check, and reports whether it is time to judge again: a single
// read may bring more than can be answered within patience.
func (l *line) pass() bool {
	l.passed++
	return l.passed%passes == 0
}

// took is told how long the check took that was timed. Where it was slow, and
// that is news, so is the next: slow checks are known before many were answered.
func (l *line) took(d time.Duration) {
	l.costs += min(d, longestSample) - l.costs/costWindow
	l.sample = d >= slowCheck && !l.slow()
}

// slow reports whether checks are known to be.
func (l *line) slow() bool { return l.costs >= costWindow*slowCheck }
