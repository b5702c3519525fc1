package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"paperweight/store/feed"
	"paperweight/store/feed/format"
)

// prepared is a file of the feed that was written and not given to anybody.
type prepared struct {
	name    string
	header  format.Header
	history feed.History
	chains  chains
}

// prepare reads the job's files and writes what leads from the list to them:
// the first snapshot, or a delta. Nil where nothing changes.
func (p *Publisher) prepare(ctx context.Context, j *Job, r *Result) (*prepared, error) {
	in, err := openInput(j, p.config.Files)
	defer in.close()
	if err != nil {
		return nil, err
	}
	if in.change && p.list.State.Sequence == 0 {
		return nil, fmt.Errorf("%w: publish a whole list before changes to it", ErrEmpty)
	}
	chains, found, err := in.follow(p.list.Chains)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 && !j.Confirm {
		return nil, &HeldError{found, nil}
	}
	r.Findings = found
	lines := &reading{ctx: ctx, job: j, files: p.config.Files, read: &r.Read, tell: p.tell}
	make := p.prepareList
	if in.change {
		make = p.prepareChange
	}
	out, err := make(lines, in, r)
	switch {
	case err != nil:
		return nil, err
	case out != nil:
		out.chains = chains
		return out, nil
	}
	// A run that changes nothing is a run all the same.
	next := p.list.kept
	next.Chains = chains
	return nil, p.list.write(next)
}

// prepareList sorts a whole list and compares it with the last one.
func (p *Publisher) prepareList(lines *reading, in *input, r *Result) (*prepared, error) {
	s := newSorter(p.list.dir, p.chunk)
	defer s.close()
	lines.take = func(o *order) error {
		if o.remove {
			return nil // a list takes nothing away
		}
		return s.add(&o.entry)
	}
	if err := lines.all(in); err != nil {
		return nil, err
	}
	list, err := s.stream()
	if err != nil {
		return nil, err
	}
	old := p.list.entries()
	defer old.Close()
	out, err := p.write(lines.ctx, lines.job, r, format.Diff(old, list).Next)
	r.Read.Duplicates += list.repeated()
	return out, err
}

// prepareChange applies changes to what they name of the list.
func (p *Publisher) prepareChange(lines *reading, in *input, r *Result) (*prepared, error) {
	e := &edits{list: p.list}
	lines.take = e.add
	if err := lines.all(in); err != nil {
		return nil, err
	}
	r.Read.Duplicates += e.sort()
	defer e.close()
	out, err := p.write(lines.ctx, lines.job, r, e.next)
	r.Read.Idle = e.idle
	return out, err
}

// write writes changes into a file and measures them.
func (p *Publisher) write(ctx context.Context, j *Job, r *Result, next func(*format.Change) error) (out *prepared, err error) {
	out = &prepared{name: filepath.Join(p.list.dir, "tmp-target")}
	f, err := os.Create(out.name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	state := p.list.State
	h := format.Header{Kind: format.Delta, Created: j.At.Unix(), From: state, To: format.State{Epoch: state.Epoch, Sequence: state.Sequence + 1}}
	if state.Sequence == 0 {
		h.Kind, h.To.Epoch = format.Snapshot, 1
	}
	w, err := format.NewWriter(f, h)
	if err != nil {
		return nil, err
	}
	review := p.config.Guard.Review(p.list.History, j.At, state.Entries, state.Sequence == 0, p.list.ranges())
	over := &overlap{ranges: p.list.ranges()}
	defer over.close()
	var c format.Change
	n := uint64(0)
	for ; ; n++ {
		err := next(&c)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := w.Add(&c); err != nil {
			return nil, err
		}
		if err := errors.Join(review.Add(&c), over.change(&c)); err != nil {
			return nil, err
		}
		if n%tellEvery == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			p.tell("comparing", n)
		}
	}
	if err := over.end(); err != nil {
		return nil, err
	}
	if out.header, err = w.Close(); err != nil {
		return nil, err
	}
	if n == 0 && state.Sequence > 0 {
		return nil, nil
	}
	difference, why, history := review.Verdict()
	r.Difference, out.history = difference, history
	r.Findings = append(r.Findings, why...)
	if len(why) > 0 {
		if !j.Confirm {
			return nil, &HeldError{why, difference}
		}
		// What was looked at and meant does not count for the next.
		out.history = p.list.History
	}
	return out, nil
}
