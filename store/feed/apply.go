package feed

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"paperweight/store"
	"paperweight/store/feed/format"
)

// update is a file on its way into the store, or several that come as one.
type update struct {
	// target is the last of them, in reads it.
	*target
	in *format.Reader
	// kind is the first one's: that of what it does to the list.
	kind    format.Kind
	base    []target // those before the last
	files   []*os.File
	measure *measure
	now     time.Time
	began   time.Time // by the machine's clock
	// to is where it leads, once it was read.
	to format.State
	// judged says that the guard has a say: not where an operator looked at it,
	// nor where it leads back to what the node had accepted.
	judged bool
}

// apply puts files in force as one, or holds them; then there is no step: a
// file, or a snapshot with the deltas behind it. Nothing is in force before the
// end of each was read without a fault, and then all of it, with the feed's
// state and the trust in it, in one synced batch.
func (f *Follower) apply(ctx context.Context, now time.Time, way []target, files []*os.File, released bool) (*Step, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	began := time.Now()
	in, err := f.readers(way, files, f.memory.begin())
	if err != nil {
		return nil, err
	}
	listed, _ := f.store.Source(f.config.Source)
	before := listed.Entries + listed.Malformed
	m := newMeasure(&f.config.Guard, now, before, before == 0 && f.memory.State.Sequence == 0, f.store.Ranges())
	last := len(way) - 1
	u := &update{&way[last], in[last], way[0].kind, way[:last], files, m, now, began, format.State{}, false}
	var commit func(store.Version) error
	if u.kind == format.Delta {
		commit, err = f.delta(u)
	} else {
		var all content = u.in
		if last > 0 {
			if all, err = merge(ctx, way, in, f.config.Limits.DeltaRecords); err != nil {
				return nil, err
			}
		}
		var list *store.Replacement
		if list, err = f.store.ReplaceSorted(f.config.Source); err != nil {
			return nil, err
		}
		defer list.Abort()
		commit, err = f.snapshot(ctx, u, all, list)
	}
	if err != nil {
		return nil, err
	}
	state, ok := u.in.State()
	if !ok {
		return nil, fmt.Errorf("%s was not read to its end", u.Name)
	}
	difference := u.measure.result()
	u.to, u.judged = state, !released && !f.memory.accepted(state)
	if u.judged {
		if why := f.judge(difference, now); len(why) > 0 {
			return nil, f.hold(u, difference, why)
		}
	}
	return f.commit(u, difference, commit)
}

// judge returns why an update is to be held. What was held or rejected may come
// again in a whole list: where that can't be compared, it waits as well.
func (f *Follower) judge(d *Difference, now time.Time) []Finding {
	m := &f.memory
	why := f.config.Guard.judge(d, m.Window, now)
	before := uint64(len(m.Rejected))
	if m.Held != nil {
		before++
	}
	if d.Unread && before > 0 {
		why = append(why, Finding{"", before, 0, fmt.Sprintf(
			"updates held or rejected before, which this one may contain: %d (the list in force can't be read)", before)})
	}
	return why
}

// readers opens files that are to follow a state, one after the other.
func (f *Follower) readers(way []target, files []*os.File, at format.State) (in []*format.Reader, err error) {
	for i := range way {
		r, err := format.NewReader(files[i], f.config.Limits.File)
		if err == nil {
			err = matches(&way[i], r.Header())
		}
		if err == nil {
			err = r.Follow(at)
		}
		if err != nil {
			return nil, &fileError{&way[i], err}
		}
		in = append(in, r)
		head := r.Header()
		at = head.State(way[i].SHA256)
	}
	return in, nil
}

// matches holds a file to its name: who may sign deltas must not get a
// snapshot past a node by calling it one.
func matches(t *target, h format.Header) error {
	if h.Kind != t.kind || h.To.Epoch != t.Epoch || h.To.Sequence != t.To || h.From.Sequence != t.From {
		return &format.Error{Kind: format.ErrHeader, Detail: fmt.Sprintf(
			"a %s of epoch %d from sequence %d to %d, listed as a %s of epoch %d from %d to %d",
			h.Kind, h.To.Epoch, h.From.Sequence, h.To.Sequence, t.kind, t.Epoch, t.From, t.To)}
	}
	return nil
}

// commit puts an update in force.
func (f *Follower) commit(u *update, d *Difference, commit func(store.Version) error) (*Step, error) {
	m, state := &f.memory, u.to
	next := m.record
	next.State, next.StoreSequence, next.Changed = state, state.Sequence, u.now
	if u.judged {
		next.Window = m.Window.with(u.now, d)
	}
	next.Diverged, next.Held = "", nil
	if m.accepted(state) {
		next.Held = m.waiting(placeOf(state))
	}
	if u.kind == format.Snapshot {
		next.Verified = u.now
	}
	blobs, err := m.blobs(&next)
	if err != nil {
		return nil, err
	}
	err = commit(store.Version{
		Sequence: state.Sequence, Rebase: true, At: u.now, Attach: blobs,
		Mark: fmt.Sprintf("epoch %d, sequence %d", state.Epoch, state.Sequence),
	})
	if err != nil {
		return nil, err
	}
	head := u.in.Header()
	step := &Step{
		Target: u.Name, Kind: u.kind, From: m.State, To: state,
		Records: head.Records, Octets: u.Length, Difference: *d, At: u.now, Took: time.Since(u.began),
	}
	m.record = next
	if u.kind == format.Snapshot {
		f.based++
	}
	m.keep(blobs)
	f.events.applied(*step)
	return step, nil
}

// delta reads the changes and returns what applies them.
func (f *Follower) delta(u *update) (func(store.Version) error, error) {
	n, most := u.in.Header().Records, f.config.Limits.DeltaRecords
	if n > most {
		return nil, &format.Error{Kind: format.ErrOversized, Detail: fmt.Sprintf("a delta of %d records, %d are allowed", n, most)}
	}
	changes := make([]format.Change, 0, min(n+1, 1<<16))
	for {
		changes = append(changes, format.Change{})
		c := &changes[len(changes)-1]
		if err := u.in.Next(c); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		if err := u.measure.add(c); err != nil {
			return nil, err
		}
	}
	edits := make([]store.Edit, len(changes)-1)
	for i := range edits {
		c, e := &changes[i], &edits[i]
		if c.Op != format.Added {
			e.Old = &c.Old.Entry
		}
		if c.Op != format.Removed {
			e.New = &c.New.Entry
		}
		e.Malformed = c.Key().Malformed
	}
	return func(v store.Version) error {
		_, err := f.store.Apply(store.Change{Source: f.config.Source, Version: v, Edits: edits})
		return err
	}, nil
}
