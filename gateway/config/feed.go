package config

import (
	"path/filepath"
	"time"

	"paperweight/store/feed"
	"paperweight/store/feed/trust"
)

// Feed is one signed feed, which brings one list and keeps it up to date.
type Feed struct {
	// Name is the source that the list has in the store, and the name that
	// `paperweight feed` takes. Nothing else may change that list. Needed.
	Name string `yaml:"name"`
	// Root is the file of the trust anchor, the authority's root.json. Get it
	// by a way that is safe by itself: who chooses it chooses the list. It is
	// read at the start and by SIGHUP; later roots come with the feed. Needed.
	Root string `yaml:"root"`
	// Rank is the list's place among the lists: where two say something of the
	// same equipment, the one with the lower number is heard, whatever the
	// other says. 0, the first place, is also that of imported lists; the
	// operator's own entries yield to no list. Lists of one rank are compared
	// entry by entry (policy.order).
	Rank int `yaml:"rank"`
	// Mirrors are where to ask, https, http or file URLs, in turn: what they
	// say is signed, so any of them will do. At least one.
	Mirrors []string `yaml:"mirrors"`
	// CA is a file of certificates (PEM) that https mirrors are held to, in
	// the place of the system's. It keeps who asks for what from who listens
	// on the way; what is believed is the signatures alone. Read when Root is.
	CA string `yaml:"ca"`
	// Poll is how often to ask, a fifth more or less. At least a second.
	Poll time.Duration `yaml:"poll"`
	// Notify asks mirrors to tell of a change at once, as `paperweight feed
	// serve` can. What can't is polled alone.
	Notify bool `yaml:"notify"`
	// Verify is how often the whole list is read through and held against the
	// feed's digest. At least a minute.
	Verify time.Duration `yaml:"verify"`
	// Guard says which updates are held until an operator releases them.
	Guard feed.Guard `yaml:"guard"`
	// Limits bound what the feed may cost the node.
	Limits FeedLimits `yaml:"limits"`
	// Spool is a directory for this feed alone: files on their way, and the
	// one that is held. Empty: feeds/NAME below the data directory. A change
	// needs a restart.
	Spool string `yaml:"spool"`
}

// FeedLimits bound what a feed may cost the node. Zero fields take the default.
type FeedLimits struct {
	// FileBytes is the longest file taken, in octets.
	FileBytes int64 `yaml:"file_bytes"`
	// DeltaBytes is that of a delta, whose key lies online, where it is less.
	DeltaBytes int64 `yaml:"delta_bytes"`
	// Request bounds a file of metadata; Idle how long a file may stand
	// still; a mirror slower than LeastRate, in octets a second on the
	// average, is dropped.
	Request   time.Duration `yaml:"request"`
	Idle      time.Duration `yaml:"idle"`
	LeastRate int64         `yaml:"least_rate"`
	// ClockSkew is how far ahead of this node's clock a feed may have been
	// signed. Further ahead, the clock is wrong and nothing is applied.
	ClockSkew time.Duration `yaml:"clock_skew"`
	// DeltaRecords is how many changes one delta may hold: about 300 octets
	// of memory each.
	DeltaRecords uint64 `yaml:"delta_records"`
	// EntriesPerSecond slows the writing of a whole list down, so that checks
	// do not suffer from it; 0 is no limit.
	EntriesPerSecond int `yaml:"entries_per_second"`
}

// NationalFeed is the name of the feed that `serve --feed` follows.
const NationalFeed = "national"

// DefaultFeed is what a feed has for keys that are left out.
func DefaultFeed() Feed {
	return Feed{
		Poll: 30 * time.Second, Notify: true, Verify: 24 * time.Hour, Guard: feed.DefaultGuard(),
		Limits: FeedLimits{
			FileBytes: 4 << 30, DeltaBytes: 256 << 20, Request: 10 * time.Second, Idle: 10 * time.Second, LeastRate: 64 << 10,
			ClockSkew: 5 * time.Minute, DeltaRecords: 2_000_000,
		},
	}
}

// UnmarshalYAML lays the keys of a feed over DefaultFeed. It has the form of
// the decoder's second version, since in that of the third unknown keys of a
// feed would be taken in silence.
func (f *Feed) UnmarshalYAML(unmarshal func(any) error) error {
	type keys Feed
	k := keys(DefaultFeed())
	if err := unmarshal(&k); err != nil {
		return err
	}
	*f = Feed(k)
	return nil
}

// Dir is the directory for the feed's files.
func (f *Feed) Dir(data string) string {
	if f.Spool != "" {
		return f.Spool
	}
	return filepath.Join(data, "feeds", f.Name)
}

// FollowerLimits are Limits for package feed.
func (l *FeedLimits) FollowerLimits() feed.Limits {
	return feed.Limits{
		Trust: trust.Limits{
			Target: l.FileBytes, Delta: l.DeltaBytes, Request: l.Request, Idle: l.Idle, Rate: l.LeastRate, Skew: l.ClockSkew,
		},
		DeltaRecords: l.DeltaRecords, Rate: l.EntriesPerSecond,
	}
}
