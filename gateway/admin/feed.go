package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"paperweight/store/feed"
	"paperweight/store/intake"
)

// Pick says which held update is meant.
type Pick struct {
	// Feed is its name; empty where one feed alone holds an update.
	Feed string `json:"feed,omitempty"`
	// SHA256 is how the hash of the update begins that the operator looked
	// at; another one is then left alone. Empty: whichever is held.
	SHA256 string `json:"sha256,omitempty"`
}

// Feeds tells where each feed of the node is, in the order of its
// configuration.
func (n *Node) Feeds(context.Context) ([]feed.Status, error) {
	all := make([]feed.Status, len(n.Followers))
	for i, f := range n.Followers {
		all[i] = f.Status(n.now())
	}
	return all, nil
}

// Held returns the updates that wait for an operator.
func (n *Node) Held(context.Context) ([]feed.Held, error) {
	all := []feed.Held{}
	for _, f := range n.Followers {
		if h := f.Held(); h != nil {
			all = append(all, *h)
		}
	}
	return all, nil
}

// Release applies an update that is held.
func (n *Node) Release(ctx context.Context, p Pick) (feed.Step, error) {
	f, h, err := n.picked(p)
	if err != nil {
		return feed.Step{}, err
	}
	step, err := f.Release(ctx, n.now(), h.SHA256.String())
	return step, nothingHeld(err)
}

// Reject gives up an update that is held, and returns which it was.
func (n *Node) Reject(_ context.Context, p Pick) (feed.Held, error) {
	f, h, err := n.picked(p)
	if err != nil {
		return feed.Held{}, err
	}
	if err := f.Reject(h.SHA256.String()); err != nil {
		return feed.Held{}, nothingHeld(err)
	}
	return *h, nil
}

// nothingHeld is for an update that went while somebody decided on it: the
// authority took it back, or put another in its place.
func nothingHeld(err error) error {
	var other *feed.OtherHeldError
	if errors.As(err, &other) {
		return &Refusal{Missing: true, Message: err.Error(), Hint: "look at it first: `paperweight feed held`"}
	}
	if errors.Is(err, feed.ErrNotHeld) {
		return &Refusal{Missing: true, Message: err.Error(), Hint: "the authority may have taken it back: `paperweight feed status`"}
	}
	return err
}

// picked returns the follower that holds what is meant, and what it holds.
func (n *Node) picked(p Pick) (*feed.Follower, *feed.Held, error) {
	var found *feed.Follower
	var held *feed.Held
	var names []string
	for _, f := range n.Followers {
		h := f.Held()
		if h == nil || p.Feed != "" && p.Feed != h.Source {
			continue
		}
		if hash := h.SHA256.String(); !strings.HasPrefix(hash, strings.ToLower(p.SHA256)) {
			return nil, nil, &Refusal{Missing: true, Message: fmt.Sprintf("feed %s holds another update, with SHA-256 %s", h.Source, hash),
				Hint: "look at it first: `paperweight feed held`"}
		}
		found, held, names = f, h, append(names, h.Source)
	}
	switch {
	case len(names) > 1:
		return nil, nil, &Refusal{Message: "several feeds hold an update: " + strings.Join(names, ", "), Hint: "say which: --feed NAME"}
	case found == nil && p.Feed != "":
		if _, err := n.follower(p.Feed); err != nil {
			return nil, nil, err
		}
		return nil, nil, nothingHeld(fmt.Errorf("feed %s: %w", p.Feed, feed.ErrNotHeld))
	case found == nil:
		return nil, nil, nothingHeld(feed.ErrNotHeld)
	}
	return found, held, nil
}

// follower returns a feed by name, or the only one there is.
func (n *Node) follower(name string) (*feed.Follower, error) {
	var names []string
	for _, f := range n.Followers {
		source := f.Status(n.now()).Source
		if source == name || name == "" && len(n.Followers) == 1 {
			return f, nil
		}
		names = append(names, source)
	}
	switch {
	case len(names) == 0:
		return nil, &Refusal{Missing: true, Message: "this node follows no feed", Hint: "`paperweight serve --help`: --feed and --feed-root; or the configuration key feeds"}
	case name == "":
		return nil, &Refusal{Message: "this node follows several feeds: " + strings.Join(names, ", "), Hint: "say which: --feed NAME"}
	}
	return nil, &Refusal{Missing: true, Message: fmt.Sprintf("this node follows no feed %q but %s", name, strings.Join(names, ", "))}
}

// Trial is a what-if: checks are answered as now, and as they would be.
type Trial struct {
	// Feed is the list that the candidate would change; empty where the node
	// follows one feed alone.
	Feed string
	// Candidate is a file of a feed, a snapshot or a delta; nil is the update
	// that is held.
	Candidate *intake.File
	// Checks has a check a line: IMEI, or IMEI,IMSI.
	Checks intake.File
	// Progress is told how far it is; nil: nobody.
	Progress func(intake.Progress)
}

// Try answers checks as now and as they would be, and changes nothing.
func (n *Node) Try(ctx context.Context, t Trial) (_ Outcome, err error) {
	text, err := t.Checks.Open()
	if err != nil {
		return Outcome{}, err
	}
	defer func() { err = errors.Join(err, text.Close()) }()
	checks := questions(text, t.Checks.Name, n.now())
	if t.Candidate == nil {
		f, err := n.follower(t.Feed)
		if err != nil {
			return Outcome{}, err
		}
		w, err := f.DiffHeld(ctx, n.Policy(), checks)
		return outcome(w), nothingHeld(err)
	}
	name := t.Feed
	if name == "" {
		f, err := n.follower("")
		if err != nil {
			return Outcome{}, err
		}
		name = f.Status(n.now()).Source
	}
	candidate, err := t.Candidate.Open()
	if err != nil {
		return Outcome{}, err
	}
	defer func() { err = errors.Join(err, candidate.Close()) }()
	w, err := feed.DiffCandidate(ctx, n.Store, name, n.Policy(), io.Reader(candidate), checks)
	return outcome(w), badCandidate(t.Candidate.Name, err)
}
