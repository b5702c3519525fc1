package feed

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"paperweight/store"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// Config is one source's feed.
type Config struct {
	// Source is the name in the store of the list that the feed brings. Only
	// the feed may change it.
	Source string
	// Anchor is the root metadata that the node trusts, which came to it by
	// a way that is safe by itself.
	Anchor []byte
	// Mirrors are where to ask, at least one: https, http or file URLs.
	Mirrors []string
	// Transport carries TLS and proxy settings for https and http; nil is
	// http.DefaultTransport.
	Transport http.RoundTripper
	// Poll is how often Run asks, a fifth more or less; 0 is 30 s.
	Poll time.Duration
	// Verify is how often Run reads the whole list through, to hold it
	// against the feed's digest; 0 is a day.
	Verify time.Duration
	// Limits bound what the feed may cost the node.
	Limits Limits
	// Guard says which updates wait for an operator; its zero value holds
	// those that empty the list, DefaultGuard is for real nodes.
	Guard Guard
	// Dir is a directory for this feed alone: files on their way, and the
	// one that is held. It is made if it is not there.
	Dir string
}

// Limits bound what a feed may cost a node. Zero fields take the default.
type Limits struct {
	Trust trust.Limits
	File  format.Limits
	// DeltaRecords is how many changes one delta may hold, since they are
	// all kept in RAM, some 300 octets each; of a longer one is said that
	// it is format.ErrOversized, and a snapshot is taken. Default 2,000,000.
	DeltaRecords uint64
	// Rate is how many entries a second are written of a snapshot at most;
	// 0 is no limit. Whatever it is, a snapshot works no more than half of
	// the time where something is in force, so that checks do not suffer.
	Rate int
}

const (
	defaultPoll         = 30 * time.Second
	defaultVerify       = 24 * time.Hour
	defaultDeltaRecords = 2_000_000
)

// prepare fills in the defaults and reports what can't be.
func (c *Config) prepare() ([]trust.Mirror, error) {
	if c.Source == "" || c.Source == store.Operator {
		return nil, fmt.Errorf("feed: %q can't be the source of a feed", c.Source)
	}
	if c.Dir == "" {
		return nil, errors.New("feed: a directory for its files is needed")
	}
	if err := c.Guard.Validate(); err != nil {
		return nil, fmt.Errorf("feed %s: %w", c.Source, err)
	}
	if c.Poll == 0 {
		c.Poll = defaultPoll
	}
	if c.Verify == 0 {
		c.Verify = defaultVerify
	}
	if c.Limits.DeltaRecords == 0 {
		c.Limits.DeltaRecords = defaultDeltaRecords
	}
	var mirrors []trust.Mirror
	for _, address := range c.Mirrors {
		m, err := trust.NewMirror(address, c.Transport)
		if err != nil {
			return nil, err
		}
		mirrors = append(mirrors, m)
	}
	return mirrors, os.MkdirAll(c.Dir, 0o700)
}
