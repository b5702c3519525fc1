package publish

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// maxDelta is how many changes a rolled up delta has at most, and a delta
// beside which no snapshot is made.
const maxDelta = 1_000_000

// rolling says when deltas are rolled up.
type rolling struct {
	// most is the number at which they are: a node reads the metadata of all
	// with each publication, 200 octets a delta.
	most int
	// newest stay as they are: a node that was away for so many publications
	// follows delta by delta.
	newest int
	// together become one.
	together int
}

func defaultRolling() rolling { return rolling{most: 500, newest: 100, together: 100} }

// rollUp makes fewer deltas of many.
func (p *Publisher) rollUp(ctx context.Context, at time.Time, r *Result) error {
	snapshots, deltas := p.targets()
	gone, deltas := outdated(snapshots, deltas)
	if err := p.remove(trust.Deltas, at, r, gone...); err != nil {
		return err
	}
	old := deltas[:max(0, len(deltas)-p.rolling.newest)]
	for len(old) > 0 {
		n, err := p.rollable(old, snapshots)
		if err != nil {
			return err
		}
		if n > 1 {
			if err := p.rollOne(ctx, old[:n], at, r); err != nil {
				return err
			}
		}
		old = old[n:]
	}
	return nil
}

// outdated divides the deltas: the first ones, which together with those
// behind them are longer than the snapshot that brings a node as far, go.
func outdated(snapshots, deltas []target) (gone []string, rest []target) {
	if len(snapshots) == 0 {
		return nil, deltas
	}
	base := snapshots[len(snapshots)-1]
	octets, first := int64(0), 0
	for i := len(deltas) - 1; i >= 0; i-- {
		if deltas[i].To > base.To {
			continue // behind the snapshot: without it nobody gets to the end
		}
		if octets += deltas[i].Length; octets > base.Length {
			first = i + 1
			break
		}
	}
	for _, d := range deltas[:first] {
		gone = append(gone, d.Name)
	}
	return gone, deltas[first:]
}

// rollable is how many of the first deltas are to become one, 1 where none is
// to. A snapshot must stay between two deltas: who has it goes on from there.
func (p *Publisher) rollable(deltas, snapshots []target) (int, error) {
	records := uint64(0)
	for n := range deltas {
		d := &deltas[n]
		if n == p.rolling.together || n > 0 && d.From != deltas[n-1].To {
			return n, nil
		}
		f, r, err := p.openTarget(d)
		if err != nil {
			return 0, err
		}
		f.Close()
		if records += r.Header().Records; n > 0 && (records > maxDelta || d.To-deltas[0].From > uint64(p.rolling.together)) {
			return n, nil
		}
		for _, s := range snapshots {
			if s.To == d.To {
				return n + 1, nil
			}
		}
	}
	return len(deltas), nil
}

func (p *Publisher) openTarget(t *target) (*os.File, *format.Reader, error) {
	f, err := os.Open(p.path(t))
	if err != nil {
		return nil, nil, err
	}
	r, err := format.NewReader(f, format.Limits{})
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("feed: %s: %w", t.Name, err)
	}
	return f, r, nil
}

// rollOne makes one delta of some that follow each other.
func (p *Publisher) rollOne(ctx context.Context, deltas []target, at time.Time, r *Result) error {
	out := &prepared{name: filepath.Join(p.list.dir, "tmp-target")}
	f, err := os.Create(out.name)
	if err != nil {
		return err
	}
	out.header, err = p.fold(ctx, f, deltas, at)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	var names []string
	for _, d := range deltas[:len(deltas)-1] { // the last one's name is the new one's
		names = append(names, d.Name)
	}
	if err := p.remove(trust.Deltas, at, r, names...); err != nil {
		return err
	}
	_, err = p.add(out, at, r)
	return err
}
