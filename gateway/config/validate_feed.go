package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"paperweight/store"
	"paperweight/store/feed/trust"
	"paperweight/store/listfile"
)

// feedName is also the name of a directory and a label of metrics.
var feedName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (c *Config) validateFeeds() error {
	for i := range c.Feeds {
		f, key := &c.Feeds[i], fmt.Sprintf("feeds[%d]", i)
		if err := f.validate(key); err != nil {
			return err
		}
		for _, g := range c.Feeds[:i] {
			switch {
			case f.Name == g.Name:
				return &KeyError{key + ".name", f.Name + " stands there twice"}
			case f.Dir(c.Store.Data) == g.Dir(c.Store.Data):
				return &KeyError{key + ".spool", "feed " + g.Name + " has the same directory"}
			}
		}
	}
	return nil
}

func (f *Feed) validate(key string) error {
	switch {
	case !feedName.MatchString(f.Name):
		return &KeyError{key + ".name", fmt.Sprintf("%q is no name: use small letters, digits and -, at most 32", f.Name)}
	case f.Name == store.Operator:
		return &KeyError{key + ".name", "operator is the source of the operator's own entries"}
	case slices.ContainsFunc(listfile.Formats(), func(l listfile.Layout) bool { return strings.TrimSuffix(string(l.Format), "-delta") == f.Name }):
		return &KeyError{key + ".name", f.Name + " is the source of imported files of that format"}
	case f.Root == "":
		return &KeyError{key + ".root", "the file of the trust anchor is needed, the authority's root.json"}
	case f.Rank < 0:
		return &KeyError{key + ".rank", "the first is 0"}
	case len(f.Mirrors) == 0:
		return &KeyError{key + ".mirrors", "at least one URL is needed"}
	}
	for i, address := range f.Mirrors {
		if _, err := trust.NewMirror(address, nil); err != nil {
			return &KeyError{fmt.Sprintf("%s.mirrors[%d]", key, i), strings.TrimPrefix(err.Error(), "feed: ")}
		}
	}
	if err := atLeast(key+".poll", f.Poll, time.Second); err != nil {
		return err
	}
	if err := atLeast(key+".verify", f.Verify, time.Minute); err != nil {
		return err
	}
	if err := f.Guard.Validate(); err != nil {
		return &KeyError{key + ".guard", strings.TrimPrefix(err.Error(), "guard: ")}
	}
	return f.Limits.validate(key + ".limits")
}

func (l *FeedLimits) validate(key string) error {
	for _, n := range []struct {
		key   string
		value int64
	}{
		{"file_bytes", l.FileBytes}, {"delta_bytes", l.DeltaBytes}, {"request", int64(l.Request)}, {"idle", int64(l.Idle)}, {"least_rate", l.LeastRate},
		{"clock_skew", int64(l.ClockSkew)}, {"entries_per_second", int64(l.EntriesPerSecond)},
	} {
		if n.value < 0 {
			return &KeyError{key + "." + n.key, "it can't be below 0"}
		}
	}
	return nil
}
