package main

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.uber.org/zap"

	"paperweight/gateway/config"
)

// readAllFiles reads the files of feeds, in their order.
func readAllFiles(all []config.Feed) ([]feedFiles, error) {
	files := make([]feedFiles, len(all))
	for i := range all {
		var err error
		if files[i], err = readFiles(&all[i]); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// change puts other feeds, and others' settings, in force. Feeds that stay as
// they are go on undisturbed; one that changes ends its poll and is taken up
// again from the store, where its list, its trust and what is held stand. It
// returns the feeds in force: what differs from next needs a restart, and is
// said. Nobody may release, reject or import meanwhile (admin.Node.Alone).
func (f *feeds) change(ctx context.Context, next []config.Feed, files []feedFiles) []config.Feed {
	old := f.followed()
	named := func(name string) *followed {
		i := slices.IndexFunc(old, func(o *followed) bool { return o.config.Name == name })
		if i < 0 {
			return nil
		}
		return old[i]
	}
	// What goes, and what is to be taken up anew, ends first.
	stays := map[string]*followed{}
	next = slices.Clone(next)
	for i := range next {
		c, o := &next[i], named(next[i].Name)
		switch {
		case o == nil:
			continue
		case o.config.Dir(f.data) != c.Dir(f.data):
			// The file of an update that is held lies there.
			o.log.Warn("changed, but needs a restart: feeds.spool")
			c.Spool = o.config.Spool
		}
		if reflect.DeepEqual(o.config, *c) && o.files.equal(files[i]) {
			stays[c.Name] = o
		}
	}
	for _, o := range old {
		if stays[o.config.Name] != nil {
			continue
		}
		if err := o.end(ctx); err != nil {
			// Two at work on one list would tear it.
			o.log.Error("not changed, and stopped: it needs a restart", zap.Error(err))
			stays[o.config.Name] = o
		}
	}
	var all []*followed
	for i := range next {
		c := &next[i]
		one := stays[c.Name]
		if one == nil {
			var err error
			if one, err = f.renew(c, files[i], named(c.Name), all); err != nil {
				f.log.Error("a feed is not followed: it needs a restart", zap.String("feed", c.Name), zap.Error(err))
				continue
			}
		}
		all = append(all, one)
	}
	for _, o := range old {
		gone := !slices.ContainsFunc(next, func(c config.Feed) bool { return c.Name == o.config.Name })
		switch {
		case gone && stays[o.config.Name] == o:
			all = append(all, o)
		case gone:
			o.log.Warn("not followed any more; the list that it brought stays in force as it is: `paperweight feed forget` takes it out")
		}
	}
	f.mu.Lock()
	f.all = all
	f.mu.Unlock()
	f.look(time.Now())
	inForce := make([]config.Feed, len(all))
	for i, one := range all {
		inForce[i] = one.config
	}
	return inForce
}

// renew takes up a feed that is new, or has other settings than the one before.
func (f *feeds) renew(c *config.Feed, files feedFiles, before *followed, beside []*followed) (*followed, error) {
	for _, o := range beside {
		if o.config.Dir(f.data) == c.Dir(f.data) {
			return nil, fmt.Errorf("feeds.spool: feed %s has the same directory until then", o.config.Name)
		}
	}
	one, err := f.take(c, files)
	if err != nil {
		return nil, err
	}
	if before == nil {
		one.log.Info("following a feed", zap.Int("mirrors", len(c.Mirrors)), zap.Duration("poll", c.Poll))
	} else {
		one.stale = before.stale // told already
		one.log.Info("changed", zap.Strings("keys", feedKeys(before, c, files)))
	}
	one.begin()
	return one, nil
}

// feedKeys names the keys that differ.
func feedKeys(before *followed, c *config.Feed, files feedFiles) []string {
	var keys []string
	for _, k := range []struct {
		name    string
		differs bool
	}{
		{"rank", before.config.Rank != c.Rank},
		{"root", before.config.Root != c.Root || !bytes.Equal(before.files.anchor, files.anchor)},
		{"ca", before.config.CA != c.CA || !bytes.Equal(before.files.ca, files.ca)},
		{"mirrors", !slices.Equal(before.config.Mirrors, c.Mirrors)},
		{"poll", before.config.Poll != c.Poll},
		{"verify", before.config.Verify != c.Verify},
		{"notify", before.config.Notify != c.Notify},
		{"guard", !reflect.DeepEqual(before.config.Guard, c.Guard)},
		{"limits", before.config.Limits != c.Limits},
	} {
		if k.differs {
			keys = append(keys, k.name)
		}
	}
	return keys
}
