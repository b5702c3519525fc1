package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"paperweight/gateway/metrics"
	"paperweight/store/feed"
	"paperweight/store/intake"
)

// Pick says which held update is meant.
type Pick struct {
	// Feed is its name; empty where the hash suffices.
	Feed string `json:"feed,omitempty"`
	// SHA256 is how the hash of the update begins that the operator looked
	// at, 8 hexadecimal digits or more; another one is left alone.
	SHA256 string `json:"sha256"`
}

// LeastDigits is how much of a hash names an update.
const LeastDigits = 8

// Validate refuses what names no update.
func (p *Pick) Validate() error {
	digits := strings.Trim(p.SHA256, "0123456789abcdefABCDEF") == ""
	if !digits || len(p.SHA256) < LeastDigits || len(p.SHA256) > 64 {
		return &Refusal{Message: fmt.Sprintf("sha256 %q names no update: give %d digits or more of its SHA-256", p.SHA256, LeastDigits),
			Hint: "look at it first: `paperweight feed held` prints what to type"}
	}
	return nil
}

// FeedStatus is where a feed is.
type FeedStatus struct {
	feed.Status
	// Class is what the last poll failed by, as metrics.Class names it.
	Class string `json:"error_class"`
	// Left says that nobody follows the feed any more, while its list is in
	// force still.
	Left bool `json:"left,omitempty"`
}

// Feeds tells where each feed of the node is, in the order of its
// configuration, and then where those were that were left.
func (n *Node) Feeds(context.Context) ([]FeedStatus, error) {
	all := []FeedStatus{}
	for _, f := range n.followers() {
		s := f.Status(n.now())
		all = append(all, FeedStatus{s, metrics.Class(s.Err), false})
	}
	left, err := n.left()
	for _, s := range left {
		all = append(all, FeedStatus{s, metrics.Class(nil), true})
	}
	return all, err
}

func (n *Node) left() ([]feed.Status, error) {
	return feed.Left(n.Store, n.follows)
}

func (n *Node) follows(source string) bool {
	return slices.ContainsFunc(n.followers(), func(f *feed.Follower) bool { return f.Status(n.now()).Source == source })
}

// Forget takes the list of a feed out of force that was left, and returns where
// it stood.
func (n *Node) Forget(_ context.Context, name string) (feed.Status, error) {
	n.changing.RLock()
	defer n.changing.RUnlock()
	if n.follows(name) {
		return feed.Status{}, &Refusal{Message: fmt.Sprintf("this node follows feed %q", name),
			Hint: "take it out of the configuration (feeds) first, and reload that with SIGHUP", status: http.StatusConflict}
	}
	left, err := n.left()
	if err != nil {
		return feed.Status{}, err
	}
	i := slices.IndexFunc(left, func(s feed.Status) bool { return s.Source == name })
	if i < 0 {
		return feed.Status{}, &Refusal{Missing: true, Message: fmt.Sprintf("no feed %q was followed here", name), Hint: "`paperweight feed status` shows those that were"}
	}
	return left[i], feed.Forget(n.Store, name, n.now())
}

// Verify holds the whole list of a feed, by its name, empty for the only one,
// against the feed's digest.
func (n *Node) Verify(ctx context.Context, name string) (FeedStatus, error) {
	n.changing.RLock()
	defer n.changing.RUnlock()
	f, err := n.follower(name)
	if err != nil {
		return FeedStatus{}, err
	}
	err = f.Verify(ctx, n.now())
	if errors.Is(err, feed.ErrDiverged) {
		err = &Refusal{Message: err.Error(), Hint: "`paperweight feed status` shows when it is back", status: http.StatusConflict}
	}
	s := f.Status(n.now())
	if err == nil && s.Sequence == 0 {
		err = &Refusal{Missing: true, Message: "feed " + s.Source + " has brought no list yet", Hint: "`paperweight feed status` says why"}
	}
	return FeedStatus{s, metrics.Class(s.Err), false}, err
}

// Held returns the updates that wait for an operator.
func (n *Node) Held(context.Context) ([]feed.Held, error) {
	all := []feed.Held{}
	for _, f := range n.followers() {
		if h := f.Held(); h != nil {
			all = append(all, *h)
		}
	}
	return all, nil
}

// Release applies an update that is held.
func (n *Node) Release(ctx context.Context, p Pick) (feed.Step, error) {
	n.changing.RLock()
	defer n.changing.RUnlock()
	f, _, err := n.picked(p)
	if err != nil {
		return feed.Step{}, err
	}
	step, err := f.Release(ctx, n.now(), p.SHA256)
	return step, notHeld(err)
}

// Reject gives up an update that is held, and returns which it was.
func (n *Node) Reject(_ context.Context, p Pick) (feed.Held, error) {
	n.changing.RLock()
	defer n.changing.RUnlock()
	f, h, err := n.picked(p)
	if err != nil {
		return feed.Held{}, err
	}
	if err := f.Reject(p.SHA256); err != nil {
		return feed.Held{}, notHeld(err)
	}
	return *h, nil
}

// notHeld is for an update that went, before or while somebody decided on it:
// the authority took it back, or put another in its place.
func notHeld(err error) error {
	var other *feed.OtherHeldError
	switch {
	case errors.As(err, &other):
		return &Refusal{Message: err.Error(), Hint: "`paperweight feed held` shows it", status: http.StatusConflict}
	case errors.Is(err, feed.ErrNotHeld):
		return &Refusal{Missing: true, Message: err.Error(), Hint: "the authority may have taken it back: `paperweight feed status`"}
	}
	return err
}

// picked returns the follower that holds what is meant, and what it holds.
func (n *Node) picked(p Pick) (f *feed.Follower, h *feed.Held, err error) {
	if err := p.Validate(); err != nil {
		return nil, nil, err
	}
	if p.Feed != "" {
		if _, err := n.follower(p.Feed); err != nil {
			return nil, nil, err
		}
	}
	var names []string
	err = notHeld(feed.ErrNotHeld)
	for _, one := range n.followers() {
		held := one.Held()
		switch {
		case held == nil, p.Feed != "" && p.Feed != held.Source:
		case strings.HasPrefix(held.SHA256.String(), strings.ToLower(p.SHA256)):
			f, h, names = one, held, append(names, held.Source)
		default:
			err = notHeld(&feed.OtherHeldError{Source: held.Source, Asked: p.SHA256, Held: held.SHA256})
		}
	}
	switch len(names) {
	case 0:
		return nil, nil, err
	case 1:
		return f, h, nil
	}
	return nil, nil, &Refusal{Message: "several feeds hold such an update: " + strings.Join(names, ", "), Hint: "say which: --feed NAME"}
}

// follower returns a feed by name, or the only one there is.
func (n *Node) follower(name string) (*feed.Follower, error) {
	var names []string
	all := n.followers()
	for _, f := range all {
		source := f.Status(n.now()).Source
		if source == name || name == "" && len(all) == 1 {
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
		return outcome(w), notHeld(err)
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
