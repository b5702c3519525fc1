package feed

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"time"

	"paperweight/store"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// Once polls, and applies what is new; now is the time of the change. An
// update that is held is no error. After an error the Outcome tells what was
// applied before it. A poll that ctx ended is ErrStopped and as if it had not
// been: it is no failure of anything, so neither Events nor Status tell of it.
func (f *Follower) Once(ctx context.Context, now time.Time) (Outcome, error) {
	f.work.Lock()
	defer f.work.Unlock()
	var out Outcome
	held := f.memory.Held
	err := f.poll(ctx, now, &out)
	stopped := err != nil && ctx.Err() != nil
	if stopped {
		err = f.stopped(err)
	}
	// What was verified is kept in any case, new roots above all.
	err = errors.Join(err, f.remember())
	if held != nil && f.memory.Held != held && err == nil {
		err = f.tidy()
	}
	if !stopped {
		f.last.Err, f.last.Polled = err, now
		f.events.failed(err)
	}
	f.show()
	if err == nil {
		f.polled.beat()
	}
	out.State, out.Held = f.memory.State, f.memory.Held
	return out, err
}

// stopped says what an error is once ctx has ended: whatever was under way
// fails by that, and each part of it in its own words.
func (f *Follower) stopped(err error) error {
	return fmt.Errorf("feed %s: %w: %w", f.config.Source, ErrStopped, err)
}

func (f *Follower) poll(ctx context.Context, now time.Time, out *Outcome) error {
	// Written down whether anybody can be asked or not: once it is, only the feed
	// makes the list whole.
	if err := f.unchanged(); err != nil {
		f.diverge(err)
	}
	u, err := f.client.Refresh(ctx, now, f.memory.trust)
	if u.State != nil {
		f.memory.trust = u.State
	}
	if err != nil {
		return fmt.Errorf("feed %s: %w", f.config.Source, err)
	}
	f.memory.Version, f.memory.Issued, f.last.Mirror = u.Version, u.Issued, u.Mirror
	f.forget(u.Targets)
	if f.memory.Held != nil && f.memory.Diverged == "" {
		f.newest(u.Targets) // what waits behind it
		return nil
	}
	return f.advance(ctx, now, u.Targets, out)
}

// forget lets go of what the authority took back.
func (f *Follower) forget(targets map[string]trust.Target) {
	listed := map[format.Hash]bool{}
	for _, t := range targets {
		listed[t.SHA256] = true
	}
	gone := func(h format.Hash) bool { return !listed[h] }
	for h := range f.refused {
		if gone(h) {
			delete(f.refused, h)
		}
	}
	for h := range f.suspect {
		if gone(h) {
			delete(f.suspect, h)
		}
	}
	m := &f.memory
	m.Rejected = slices.DeleteFunc(slices.Clone(m.Rejected), gone)
	if m.Held != nil && slices.ContainsFunc(m.Held.way(), func(t target) bool { return gone(t.SHA256) }) {
		m.Held = nil
	}
}

// advance takes file after file until nothing is newer or one is held. Where
// one is no good it looks for another way, which ends: each time around there
// is one file less to try, or one more that the list diverged by.
func (f *Follower) advance(ctx context.Context, now time.Time, targets map[string]trust.Target, out *Outcome) error {
	var faults []error
	for {
		way, err := f.way(targets)
		if err != nil || len(way) == 0 {
			return errors.Join(append(faults, err)...)
		}
		asOne := false
		for step := range f.steps(way) {
			asOne = len(step) > 1
			if err = f.again.over(now, step); err != nil {
				return errors.Join(append(faults, err)...)
			}
			if err = f.take(ctx, now, step, out); err != nil || f.memory.Held != nil {
				break
			}
		}
		switch {
		case err == nil && f.memory.Held != nil:
			return errors.Join(faults...)
		case err == nil:
			continue
		}
		faults = append(faults, err)
		var diverged *DivergedError
		var refused *refusedError
		// Files that come as one are all fetched for each try: one in a poll.
		if asOne || !errors.As(err, &diverged) && !errors.As(err, &refused) {
			return errors.Join(faults...)
		}
	}
}

// refusedError says that a file is no good, whoever is asked for it.
type refusedError struct{ *TargetError }

func (e *refusedError) Unwrap() error { return e.TargetError }

// steps divides a way into what comes into force at once: file by file, but for
// one that begins before the list. All of that is one, so that no list goes back.
func (f *Follower) steps(way []target) iter.Seq[[]target] {
	if way[0].place().compare(placeOf(f.memory.State)) < 0 {
		return slices.Chunk(way, len(way))
	}
	return slices.Chunk(way, 1)
}

// take fetches files and applies them as one.
func (f *Follower) take(ctx context.Context, now time.Time, way []target, out *Outcome) (err error) {
	defer func() {
		if ctx.Err() == nil {
			f.again.after(now, way, err)
		}
	}()
	files, err := f.fetch(ctx, way)
	defer closeAll(files)
	if err != nil {
		return err
	}
	step, err := f.apply(ctx, now, way, files, false)
	if err != nil {
		return f.blame(way, err)
	}
	if step != nil {
		out.Applied = append(out.Applied, *step)
	}
	return nil
}

// fetch returns the files of a way; close them, after an error as well.
func (f *Follower) fetch(ctx context.Context, way []target) (files []*os.File, err error) {
	for i := range way {
		t := &way[i]
		var file *os.File
		// What is spooled must not take the room that the store needs to go on.
		if err = f.room(f.config.Dir, t.Length); err == nil {
			file, err = f.client.Open(ctx, t.Target, f.config.Dir)
		}
		if err != nil {
			named := &TargetError{f.config.Source, t.Name, f.named(err)}
			var fault *trust.Error
			if errors.As(err, &fault) && fault.Kind == trust.ErrTooLong && fault.Mirror == "" {
				f.refused[t.SHA256] = named // it is signed to be so long
				return files, &refusedError{named}
			}
			return files, named
		}
		files = append(files, file)
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, file := range files {
		file.Close() // read only
	}
}

// blame finds out what an error says: of the list, of a file, or of neither.
func (f *Follower) blame(way []target, err error) error {
	var hold *HoldError
	if errors.As(err, &hold) {
		return err
	}
	t := &way[len(way)-1]
	var of *fileError
	if errors.As(err, &of) {
		t, err = of.of, of.err
	}
	named := &TargetError{f.config.Source, t.Name, err}
	is := func(kind error) bool { return errors.Is(err, kind) }
	diverged := slices.ContainsFunc([]error{store.ErrDiverged, format.ErrDiverged, format.ErrPrevious}, is)
	// Where a snapshot has not helped, or is at its side, it is the delta that is wrong.
	damaged := unreadable(err) && t.kind == format.Delta
	if (diverged || damaged) && len(way) == 1 && !f.suspect[t.SHA256] {
		f.suspect[t.SHA256] = true
		return f.diverge(named)
	}
	var fault *format.Error
	if diverged || errors.As(err, &fault) || is(store.ErrOverlap) {
		f.refused[t.SHA256] = named
		return &refusedError{named}
	}
	return named
}
