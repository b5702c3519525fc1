package feed

import (
	"time"

	"paperweight/store/feed/format"
)

// Events are called by a Follower, from the goroutine that polls, releases or
// rejects; they must not call it, but for Status and Held. Each may be nil.
type Events struct {
	// Applied: a file is in force.
	Applied func(Step)
	// Held: an update waits for an operator. An alarm.
	Held func(*Held)
	// Diverged: the list is not what the feed says. An alarm.
	Diverged func(*DivergedError)
	// Failed: a poll came to nothing; the node goes on with what it has. An
	// alarm where the error Is trust.ErrClock or trust.ErrExpired.
	Failed func(error)
}

// Step is a file that was applied.
type Step struct {
	// Target is its name in the feed.
	Target string      `json:"target"`
	Kind   format.Kind `json:"kind"`
	// From and To are the states of the list before and after.
	From format.State `json:"from"`
	To   format.State `json:"to"`
	// Records is how many the file holds, Octets how long it is.
	Records uint64 `json:"records"`
	Octets  int64  `json:"octets"`
	// Difference is what it changed; zero but for After where it is the
	// first list of the source.
	Difference Difference `json:"difference"`
	// At is the time that the poll was given.
	At time.Time `json:"at"`
	// Took is from having fetched the file to having it in force.
	Took time.Duration `json:"took_ns"`
}

// Outcome is what a poll came to.
type Outcome struct {
	// Applied are the files that came into force, in order.
	Applied []Step `json:"applied,omitempty"`
	// Held is the update that waits for an operator, nil where none does.
	Held *Held `json:"held,omitempty"`
	// State is where the list is now.
	State format.State `json:"state"`
}

func (e *Events) applied(s Step) {
	if e.Applied != nil {
		e.Applied(s)
	}
}

func (e *Events) held(h *Held) {
	if e.Held != nil {
		e.Held(h)
	}
}

func (e *Events) diverged(err *DivergedError) {
	if e.Diverged != nil {
		e.Diverged(err)
	}
}

func (e *Events) failed(err error) {
	if e.Failed != nil && err != nil {
		e.Failed(err)
	}
}
