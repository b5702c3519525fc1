package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"paperweight/store/feed/format"
)

// Verify reads the whole list and holds it against the digest of the feed; now
// is when. Deltas are held to it only in what they touch, so this alone finds
// what a disk made of the rest. A list that differs has diverged: a
// *DivergedError, and the next poll takes a snapshot. It leaves half of the
// time to checks, and polls go on meanwhile. Run does it every Config.Verify.
func (f *Follower) Verify(ctx context.Context, now time.Time) error {
	p := pacer{ctx: ctx, rests: true}
	return f.verify(now, p.pace)
}

// verify calls pace after so many entries each; its error ends the reading.
func (f *Follower) verify(now time.Time, pace func(entries int) error) error {
	f.work.Lock()
	begun, based := f.memory.record, f.based
	if begun.Diverged != "" {
		defer f.work.Unlock()
		return f.diverged()
	}
	digest, entries, err := f.digest(f.work.Unlock, pace)
	if err != nil && !unreadable(err) {
		return fmt.Errorf("feed %s: verifying its list: %w", f.config.Source, err)
	}
	f.work.Lock()
	defer f.work.Unlock()
	defer f.show()
	m := &f.memory
	switch {
	case m.Diverged != "":
		return f.diverged()
	case f.based != based:
		return nil // it was replaced by one that was verified as it came
	case begun.State.Sequence == 0:
		return err // there was none
	case err == nil && digest == begun.State.Digest && entries == begun.State.Entries:
		m.Verified = now
		return f.remember()
	case err == nil:
		err = fmt.Errorf("%d entries with digest %s are listed, the feed has %d with %s",
			entries, digest, begun.State.Entries, begun.State.Digest)
	}
	err = f.diverge(err)
	f.Notify()
	if e := f.remember(); e != nil {
		return fmt.Errorf("%w; and that can't be written down: %w", err, e)
	}
	return err
}

// digest reads the list as it is when it is called, and calls begun once that
// is sure: what comes later does not change what is read.
func (f *Follower) digest(begun func(), pace func(entries int) error) (digest format.Digest, entries uint64, err error) {
	defer func() {
		if entries == 0 {
			begun()
		}
	}()
	for listed, err := range f.store.Listed(f.config.Source) {
		if err != nil {
			return digest, entries, err
		}
		digest.Add(&format.Entry{Entry: listed.Entry, Malformed: listed.Malformed})
		if entries++; entries == 1 {
			begun()
		}
		if entries%paceEvery == 0 {
			if err := pace(paceEvery); err != nil {
				return digest, entries, err
			}
		}
	}
	return digest, entries, nil
}

// verifyLists verifies the list again and again until ctx ends.
func (f *Follower) verifyLists(ctx context.Context) {
	every := f.config.Verify
	for {
		now := time.Now()
		due := f.seen.Load().Verified.Add(every)
		// Neither a clock that was set nor a list that can't be verified
		// makes it other than every so often.
		wait := min(max(due.Sub(now), every/100), every)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case now = <-timer.C:
		}
		s := f.seen.Load()
		if now.Before(due) || s.Sequence == 0 || s.Status.Diverged != "" {
			continue
		}
		err := f.Verify(ctx, now)
		if errors.Is(err, ErrDiverged) || ctx.Err() != nil {
			continue // told, or over
		}
		f.work.Lock()
		f.events.failed(err)
		f.work.Unlock()
	}
}
