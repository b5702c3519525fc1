package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

// Node is what the operations act on: the store and the register of this
// process. Its methods are those of Client.
type Node struct {
	Store    *store.Store
	Register *eir.Register
	Limits   intake.Limits
	// Followers returns the feeds that the node follows now; nil where it is
	// stopped.
	Followers func() []*feed.Follower
	// Policy returns the policy in force.
	Policy func() eir.Policy
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	// changing is read-locked while an operator changes a list that is, or
	// could become, a feed's.
	changing sync.RWMutex
}

// ErrAtWork says that a list is being changed by an operator's word.
var ErrAtWork = errors.New("an import runs, a list is verified or forgotten, or an update that was held is being decided on")

// Alone calls do while nothing else changes the lists of sources by an
// operator's word, so that do may change what feeds the node follows. ErrAtWork
// where something does: it may take minutes, and nobody waits for it.
func (n *Node) Alone(do func()) error {
	if !n.changing.TryLock() {
		return ErrAtWork
	}
	defer n.changing.Unlock()
	do()
	return nil
}

func (n *Node) followers() []*feed.Follower {
	if n.Followers == nil {
		return nil
	}
	return n.Followers()
}

// Job is an import.
type Job struct {
	Files []intake.File
	// Format is what the files are; empty: by their names and headers.
	Format string
	// Source is whose list it is; empty: as the format says.
	Source string
	// Confirm applies what would be held.
	Confirm bool
	// Report receives intake.Job's report; nil: none.
	Report io.Writer
	// Progress is told how far it is; nil: nobody.
	Progress func(intake.Progress)
}

// Explanation is an eir.Explanation for people and for machines.
type Explanation struct {
	Text        string          `json:"text"`
	Explanation json.RawMessage `json:"explanation"`
}

// Import reads list files and puts them in force, whole or not at all. An
// import that is held is an *intake.Held.
func (n *Node) Import(ctx context.Context, job Job) (intake.Result, error) {
	if job.Format != "" {
		if _, err := listfile.Format(job.Format).Layout(); err != nil {
			return intake.Result{}, &Refusal{Message: err.Error(), Hint: "`paperweight import --help` describes the formats"}
		}
	}
	if job.Source == store.Operator {
		return intake.Result{}, &Refusal{Message: "the source \"operator\" is the operator's own entries",
			Hint: "use `paperweight list add` or `paperweight list import`, or another --source"}
	}
	n.changing.RLock()
	defer n.changing.RUnlock()
	if n.follows(job.Source) {
		return intake.Result{}, &Refusal{Message: fmt.Sprintf("the source %q is a signed feed: nothing else may change its list", job.Source),
			Hint: "use `paperweight list add`, or another --source"}
	}
	return intake.Run(ctx, n.Store, intake.Job{
		Files: job.Files, Format: listfile.Format(job.Format), Source: job.Source, Confirm: job.Confirm,
		Limits: &n.Limits, Report: job.Report, At: n.now(),
	}, intake.Events{Progress: job.Progress})
}

// Add lists an entry of the operator's own, in the place of one with the same
// target.
func (n *Node) Add(_ context.Context, e Entry) (store.Applied, error) {
	now := n.now()
	entry, err := e.added(now)
	if err != nil {
		return store.Applied{}, &Refusal{Message: err.Error()}
	}
	return n.change(store.Change{Put: []eir.Entry{entry}}, now)
}

// Remove takes an entry of the operator's own off the list.
func (n *Node) Remove(_ context.Context, t Target) (store.Applied, error) {
	target, err := t.Parse()
	if err != nil {
		return store.Applied{}, &Refusal{Message: err.Error()}
	}
	c := store.Change{Remove: []eir.Target{target}}
	c.Source = store.Operator
	would, err := n.Store.Preview(c)
	if err != nil {
		return store.Applied{}, err
	}
	if would.Missing > 0 {
		return store.Applied{}, &Refusal{Missing: true,
			Message: fmt.Sprintf("%s is no entry of the operator's own", target.String()),
			Hint:    "`paperweight list show` prints them; SVN and IMSI are part of the target"}
	}
	return n.change(c, n.now())
}

func (n *Node) change(c store.Change, now time.Time) (store.Applied, error) {
	c.Source = store.Operator
	c.At = now
	return n.Store.Apply(c)
}

// Show returns the operator's own entries, in the order of their targets.
func (n *Node) Show(context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for e, err := range n.Store.Entries(store.Operator) {
			if !yield(shown(&e), err) || err != nil {
				return
			}
		}
	}
}

// Sources returns who listed what, up to where.
func (n *Node) Sources(context.Context) ([]store.SourceState, error) {
	return n.Store.Sources(), nil
}

// Explain tells what would be answered now, and the whole chain behind it. It
// refuses an IMSI that is none: an MME's would count as not sent, and so would a
// slip of the operator's be, silently.
func (n *Node) Explain(_ context.Context, q Question) (Explanation, error) {
	if _, ok := eir.ParseIMSI([]byte(q.IMSI)); !ok && q.IMSI != "" {
		return Explanation{}, &Refusal{Message: "an IMSI has 6 to 15 decimal digits", Hint: "what an MME sends in its place counts as not sent: leave it out to see that"}
	}
	e := n.Register.Explain(q.query(n.now()))
	machine, err := json.Marshal(e)
	if err != nil {
		return Explanation{}, err
	}
	return Explanation{Text: e.String(), Explanation: machine}, nil
}

func (n *Node) now() time.Time {
	if n.Now == nil {
		return time.Now()
	}
	return n.Now()
}
