package trust

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Client is a node's end of one feed. It is used by one goroutine at a time.
type Client struct {
	anchor  []byte
	mirrors []*source
	limits  Limits
	// known is what the last Refresh verified, zero before the first.
	known Update
	// asked is when that was.
	asked time.Time
}

// source is a mirror and what is remembered of it while the process lives.
type source struct {
	Mirror
	// etag names the timestamp whose octets are tagged.
	etag   string
	tagged []byte
	// rested is when a mirror that failed is asked first again.
	rested time.Time
}

const (
	// rest is how long a mirror that failed is asked after the others.
	rest = time.Minute
	// restShare is how many times as long as its failure took, where that is
	// longer: one that drips may so cost a tenth of a node's time at most.
	restShare = 10
)

// NewClient returns a client that trusts the root metadata in anchor, which
// came to the node by a way that is safe by itself, and asks mirrors.
func NewClient(anchor []byte, mirrors []Mirror, limits Limits) (*Client, error) {
	if len(mirrors) == 0 {
		return nil, errors.New("feed: no mirror to ask")
	}
	if _, err := trustedRoot(anchor); err != nil {
		return nil, err
	}
	c := &Client{anchor: anchor, limits: limits.withDefaults()}
	for _, m := range mirrors {
		c.mirrors = append(c.mirrors, &source{Mirror: m})
	}
	return c, nil
}

// Update is what a Refresh verified.
type Update struct {
	// State is to be committed, after an error as well: it holds what was
	// verified until then, new roots above all.
	State State
	// Targets are all targets of the feed, by name; they are not to be changed.
	Targets map[string]Target
	// Version is the timestamp's, Issued when it was signed.
	Version int64
	Issued  time.Time
	// Expiry is the next.
	Expiry Expiry
	// Mirror is the one that answered; Passed tells why others did not.
	Mirror string
	Passed []error
}

// Target is a file of the feed, as the role that lists it signed it.
type Target struct {
	Name   string // "delta/000042"
	Role   string // Deltas
	Length int64  // octets
	SHA256 [32]byte
	// Custom is what the authority attached (TUF 4.5), nil where nothing.
	Custom json.RawMessage
}

// Refresh finds out what is published now. It asks one mirror after the other
// until one of them has a feed that is complete, valid at now and no older
// than state; every time it begins with the next mirror, so that one which
// withholds the newest (a freeze attack) delays a node by one poll.
//
// Where none has, the error Is every kind of error that was met. Nothing of
// what a node has applied becomes wrong by it. ErrClock: now can't be, since
// the node saw a later time already, and nobody was asked.
func (c *Client) Refresh(ctx context.Context, now time.Time, state State) (Update, error) {
	if err := c.clock(now, state); err != nil {
		return Update{State: state, Expiry: state.NextExpiry()}, err
	}
	c.asked = now
	var passed []error
	order := c.turn(now)
	for i, m := range order {
		u, err := c.ask(ctx, m, now, state)
		// Between the two requests for a root and the timestamp signed by
		// its keys a publication may have come: that is no attack.
		if errors.Is(err, ErrSignature) && ctx.Err() == nil {
			u, err = c.ask(ctx, m, now, u.State)
		}
		state = u.State
		if err == nil {
			// Its targets are asked for where they were just listed.
			c.mirrors = append(append([]*source{m}, order[:i]...), order[i+1:]...)
			u.Mirror, u.Passed = m.String(), passed
			return u, nil
		}
		passed = append(passed, err)
		if ctx.Err() != nil {
			break
		}
		m.rested = now.Add(rest)
	}
	return Update{State: state, Expiry: state.NextExpiry()}, errors.Join(passed...)
}

// clock holds the node's clock against what is past for sure. A clock that was
// set back takes expired metadata for valid, and who can set it (NTP is not
// signed) and withholds what is new freezes the node without a word: the
// timestamp that was verified last gives him away, whatever mirrors say.
func (c *Client) clock(now time.Time, state State) error {
	for _, past := range []struct {
		what string
		at   time.Time
	}{{"this program was built", c.limits.Built}, {"the metadata that was verified last was signed", state.Issued()}} {
		if past.at.Sub(now) > c.limits.Skew {
			return faultf(ErrClock, Timestamp, "here it is %v, and %s at %v: set this node's clock", moment(now), past.what, moment(past.at))
		}
	}
	return nil
}

// turn puts the next mirror first, and those that failed lately last.
func (c *Client) turn(now time.Time) []*source {
	c.mirrors = append(c.mirrors[1:], c.mirrors[0])
	order := slices.Clone(c.mirrors)
	slices.SortStableFunc(order, func(a, b *source) int {
		switch tired := a.rested.After(now); {
		case tired == b.rested.After(now):
			return 0
		case tired:
			return 1
		}
		return -1
	})
	return order
}
