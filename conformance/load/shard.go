package load

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"paperweight/conformance/mme"
)

// What an overloaded register may answer (RFC 6733 7.1.3, 7.1.5).
const (
	tooBusy        = 3004
	unableToComply = 5012
)

// shard is where some of the connections count. A connection takes it once for
// all that one read brought.
type shard struct {
	mu      sync.Mutex
	claimed uint64   // of what was sent, is answered, however late, or lost
	cells   [][]cell // by leg, by priority's place
	latency []*hdrhistogram.Histogram
	// Since the watch last took them.
	lately       *hdrhistogram.Histogram
	shed, inTime uint64
}

// cell counts the answers to requests of one leg and one priority.
type cell struct {
	tally
	good, inTime, wrong, shed, lost uint64
}

func newShard(legs, shares int) *shard {
	s := &shard{lately: newHistogram()}
	for range legs {
		s.cells = append(s.cells, make([]cell, shares))
		s.latency = append(s.latency, newHistogram())
	}
	return s
}

// lose counts a request that no answer can come to any more.
func (s *shard) lose(leg, share int) {
	s.claimed++
	s.cells[leg][share].lost++
}

// record counts an answer; its request was to be answered with expect, if that
// is not empty, and it took as long, counted from when it was due.
func (s *shard) record(leg, share int, a mme.Answer, expect string, took time.Duration, p *OpenPlan) {
	s.claimed++
	c := &s.cells[leg][share]
	if took > p.Timeout {
		c.lost++
		return
	}
	c.add(a)
	v := verdictOf(a)
	switch {
	case v >= 0 && (expect == "" || verdict(expect) == v):
		c.good++
		if took <= p.Deadline {
			c.inTime++
			s.inTime++
		}
	case v < 0 && (a.Result == tooBusy || a.Result == unableToComply):
		c.shed++
		s.shed++
	default:
		c.wrong++
	}
	// A refusal is quick: it would make the latency of verdicts look good.
	if v >= 0 {
		ns := int64(max(took, 0))
		// Not beyond a minute, which is the longest timeout.
		_ = s.latency[leg].RecordValue(ns)
		_ = s.lately.RecordValue(ns)
	}
}
