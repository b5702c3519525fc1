package feed

import (
	"context"
	"fmt"
	"slices"

	"paperweight/store"
	"paperweight/store/feed/format"
)

// snapshot writes a list beside the one in force, measures what it changes
// while it does, and returns what puts it in force.
func (f *Follower) snapshot(ctx context.Context, u *update, all content, list *store.Replacement) (func(store.Version) error, error) {
	// A node that has no list yet has nothing to say, and hurries.
	rests := f.serves()
	writing := pacer{ctx: ctx, rate: f.config.Limits.Rate, rests: rests}
	list.Pace(writing.pace)
	reading, stop := context.WithCancel(ctx)
	defer stop()
	s := staging{list: list, in: readAhead(reading, all), measure: u.measure, pacer: pacer{ctx: ctx, rests: rests}}
	if err := s.compare(f.store, f.config.Source); err != nil {
		return nil, err
	}
	return func(v store.Version) error {
		staged, err := list.Stage()
		if err != nil {
			return err
		}
		if n, want := staged.State.Entries+staged.State.Malformed, u.in.Header().To.Entries; n != want {
			return fmt.Errorf("%d entries were staged of %d", n, want)
		}
		_, err = list.Commit(v)
		return err
	}, nil
}

// serves says that there is something in force to answer from.
func (f *Follower) serves() bool {
	return f.store.Short() == nil && slices.ContainsFunc(f.store.Sources(), func(s store.SourceState) bool { return s.Entries > 0 })
}

// staging lays a new list over the one in force, both in order.
type staging struct {
	list    *store.Replacement
	in      *ahead
	measure *measure
	change  format.Change // scratch
	pacer   pacer
	passed  int // entries since its last call
}

// paceEvery is how many entries pass between two looks at the clock.
const paceEvery = 256

func (s *staging) compare(st *store.Store, source string) error {
	next, err := s.in.next()
	if err != nil {
		return err
	}
	var old format.Entry
	for listed, err := range st.Listed(source) {
		if unreadable(err) {
			s.measure.leave()
			break
		}
		if err == nil {
			err = s.pass()
		}
		if err != nil {
			return err
		}
		old.Entry, old.Malformed = listed.Entry, listed.Malformed
		for next != nil && format.Compare(next, &old) < 0 {
			if next, err = s.add(next); err != nil {
				return err
			}
		}
		if next == nil || format.Compare(next, &old) > 0 {
			s.change = format.Change{Op: format.Removed, Old: old}
			if err := s.measure.add(&s.change); err != nil {
				return err
			}
			continue
		}
		if *next != old {
			s.change = format.Change{Op: format.Changed, Old: old, New: *next}
			if err := s.measure.add(&s.change); err != nil {
				return err
			}
		}
		if next, err = s.write(next); err != nil {
			return err
		}
	}
	for next != nil {
		if next, err = s.add(next); err != nil {
			return err
		}
	}
	return nil
}

// add takes an entry that was not listed.
func (s *staging) add(e *format.Entry) (*format.Entry, error) {
	s.change.Op, s.change.New = format.Added, *e
	if err := s.measure.add(&s.change); err != nil {
		return nil, err
	}
	return s.write(e)
}

// pass counts an entry, old or new, and makes room for checks.
func (s *staging) pass() error {
	if s.passed++; s.passed < paceEvery {
		return nil
	}
	s.passed = 0
	return s.pacer.pace(paceEvery)
}

// write stages an entry and returns the next, nil behind the last.
func (s *staging) write(e *format.Entry) (next *format.Entry, err error) {
	if err := s.pass(); err != nil {
		return nil, err
	}
	s.measure.keep(e)
	if e.Malformed != "" {
		err = s.list.AddMalformed(e.Malformed, &e.Entry)
	} else {
		err = s.list.Add(&e.Entry)
	}
	if err != nil {
		return nil, err
	}
	return s.in.next()
}
