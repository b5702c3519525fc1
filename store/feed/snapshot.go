package feed

import (
	"context"
	"fmt"
	"io"
	"time"

	"paperweight/store"
	"paperweight/store/feed/format"
)

// snapshot writes a list beside the one in force, measures what it changes
// while it does, and returns what puts it in force.
func (f *Follower) snapshot(ctx context.Context, u *update, list *store.Replacement) (func(store.Version) error, error) {
	list.Pace(func(entries int) error { return pause(ctx, entries, f.config.Limits.Rate) })
	reading, stop := context.WithCancel(ctx)
	defer stop()
	s := staging{list: list, in: readAhead(reading, u.in), measure: u.measure}
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

// pause makes room for checks.
func pause(ctx context.Context, entries, rate int) error {
	if rate <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(time.Duration(float64(entries) / float64(rate) * float64(time.Second)))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// staging lays a new list over the one in force, both in order.
type staging struct {
	list    *store.Replacement
	in      *ahead
	measure *measure
	change  format.Change // scratch
}

func (s *staging) compare(st *store.Store, source string) error {
	next, err := s.in.next()
	if err != nil {
		return err
	}
	var old format.Entry
	for listed, err := range st.Listed(source) {
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
			s.measure.add(&s.change)
			continue
		}
		if *next != old {
			s.change = format.Change{Op: format.Changed, Old: old, New: *next}
			s.measure.add(&s.change)
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
	s.measure.add(&s.change)
	return s.write(e)
}

// write stages an entry and returns the next, nil behind the last.
func (s *staging) write(e *format.Entry) (next *format.Entry, err error) {
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

// ahead reads a snapshot in a goroutine of its own: to decompress and to hash
// takes about as long as to write.
type ahead struct {
	batches chan []format.Entry
	free    chan []format.Entry
	batch   []format.Entry
	at      int
	err     error // set before batches is closed
}

const batched = 1024

func readAhead(ctx context.Context, in *format.Reader) *ahead {
	a := &ahead{batches: make(chan []format.Entry, 4), free: make(chan []format.Entry, 6)}
	go func() {
		defer close(a.batches)
		a.err = a.read(ctx, in)
	}()
	return a
}

func (a *ahead) read(ctx context.Context, in *format.Reader) error {
	var c format.Change
	for {
		var batch []format.Entry
		select {
		case batch = <-a.free:
		default:
			batch = make([]format.Entry, 0, batched)
		}
		var err error
		for len(batch) < batched {
			if err = in.Next(&c); err != nil {
				break
			}
			batch = append(batch, c.New)
		}
		select {
		case a.batches <- batch:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// next returns an entry that is good until the one after it is asked for, nil
// at the end of a file without fault.
func (a *ahead) next() (*format.Entry, error) {
	for a.at == len(a.batch) {
		if a.batch != nil {
			select {
			case a.free <- a.batch[:0]:
			default:
			}
		}
		batch, ok := <-a.batches
		if !ok {
			a.batch, a.at = nil, 0
			if a.err == io.EOF {
				return nil, nil
			}
			return nil, a.err
		}
		a.batch, a.at = batch, 0
	}
	a.at++
	return &a.batch[a.at-1], nil
}
