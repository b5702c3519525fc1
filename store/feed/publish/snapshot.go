package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// addSnapshot puts the list as it is among the targets, in the place of the
// last snapshot, and the blacklist beside it.
func (p *Publisher) addSnapshot(ctx context.Context, at time.Time, r *Result) error {
	state := p.list.State
	out, err := p.writeSnapshot(ctx, at, format.State{Epoch: state.Epoch, Sequence: state.Sequence, Link: state.Link})
	if err != nil {
		return err
	}
	snapshots, _ := p.targets()
	t, err := p.add(out, at, r)
	if err != nil {
		return err
	}
	var old []string
	for _, s := range snapshots {
		if s.Name != t.Name {
			old = append(old, s.Name)
		}
	}
	if err := p.remove(trust.Snapshots, at, r, old...); err != nil {
		return err
	}
	return p.addBlacklist(ctx, at, r)
}

// writeSnapshot writes the list, as the state that is given by its place and
// its link, and holds it against the list's digest.
func (p *Publisher) writeSnapshot(ctx context.Context, at time.Time, to format.State) (out *prepared, err error) {
	out = &prepared{name: filepath.Join(p.list.dir, "tmp-target"), history: p.list.History, chains: p.list.Chains}
	f, err := os.Create(out.name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w, err := format.NewWriter(f, format.Header{Kind: format.Snapshot, Created: at.Unix(), To: to})
	if err != nil {
		return nil, err
	}
	c := format.Change{Op: format.Added}
	err = p.each(ctx, "writing the snapshot", func(e *format.Entry) error {
		c.New = *e
		return w.Add(&c)
	})
	if err != nil {
		return nil, err
	}
	if out.header, err = w.Close(); err != nil {
		return nil, err
	}
	to.Entries, to.Digest = p.list.State.Entries, p.list.State.Digest
	if out.header.To != to {
		return nil, fmt.Errorf("feed: the list in %s is damaged: its digest is %s, not %s; remove the folder: the list is taken from what was published",
			p.list.dir, out.header.To.Digest, to.Digest)
	}
	return out, nil
}

// each calls f with every entry of the list.
func (p *Publisher) each(ctx context.Context, what string, f func(*format.Entry) error) error {
	in := p.list.entries()
	defer in.Close()
	var e format.Entry
	for n := uint64(0); ; n++ {
		err := in.Next(&e)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = f(&e)
		}
		if err == nil && n%tellEvery == 0 {
			p.tell(what, n)
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}
