package publish

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"paperweight/store/feed"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

const (
	snapshotFolder = "snapshot/"
	deltaFolder    = "delta/"
	blacklistName  = snapshotFolder + "blacklist.csv"
)

// target is a file of the feed, published or prepared.
type target struct {
	trust.Target
	feed.Label
}

// targets returns what nodes will find, in the order of the epochs and
// sequences that they lead to.
func (p *Publisher) targets() (snapshots, deltas []target) {
	for _, t := range p.repo.Targets() {
		u := target{Target: t}
		if t.Name == blacklistName || json.Unmarshal(t.Custom, &u.Label) != nil {
			continue
		}
		if strings.HasPrefix(t.Name, snapshotFolder) {
			snapshots = append(snapshots, u)
		} else {
			deltas = append(deltas, u)
		}
	}
	order := func(a, b target) int { return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.To, b.To)) }
	slices.SortFunc(snapshots, order)
	slices.SortFunc(deltas, order)
	return snapshots, deltas
}

// path is where a target lies (TUF 6.2). What is read there is held against the
// hash in the authority's own metadata.
func (p *Publisher) path(t *target) string {
	dir, base := path.Split(t.Name)
	return filepath.Join(p.config.Dir, "public", filepath.FromSlash(dir), fmt.Sprintf("%x.%s", t.SHA256, base))
}

// put gives a file to those to be signed, and the list follows it. A crash
// between the two is made good by catchUp.
func (p *Publisher) put(out *prepared, at time.Time, r *Result) error {
	t, err := p.announce(out, at, r)
	if err != nil {
		return err
	}
	p.tell("keeping the list", 0)
	return p.list.advance(p.path(&target{Target: t}), t.SHA256)
}

// announce adds a file that the list is going to follow.
func (p *Publisher) announce(out *prepared, at time.Time, r *Result) (trust.Target, error) {
	if err := p.list.expect(coming{out.header.To, out.history, out.chains}); err != nil {
		return trust.Target{}, err
	}
	return p.add(out, at, r)
}

// add puts a file among the targets and removes it here.
func (p *Publisher) add(out *prepared, at time.Time, r *Result) (trust.Target, error) {
	h := &out.header
	role, name := trust.Deltas, fmt.Sprintf("%s%d", deltaFolder, h.To.Sequence)
	if h.Kind == format.Snapshot {
		role, name = trust.Snapshots, fmt.Sprintf("%s%d", snapshotFolder, h.To.Sequence)
	}
	label, err := json.Marshal(feed.Label{Epoch: h.To.Epoch, From: h.From.Sequence, To: h.To.Sequence})
	if err != nil {
		return trust.Target{}, err
	}
	return p.addFile(role, name, out.name, label, h.Records, at, r)
}

func (p *Publisher) addFile(role, name, file string, label json.RawMessage, records uint64, at time.Time, r *Result) (t trust.Target, err error) {
	f, err := os.Open(file)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(file)) }()
	if t, err = p.repo.Add(role, name, f, label, at); err != nil {
		return t, err
	}
	r.Added = append(r.Added, Target{Name: name, SHA256: t.SHA256, Octets: t.Length, Records: records})
	return t, nil
}

// remove takes targets off a role's list.
func (p *Publisher) remove(role string, at time.Time, r *Result, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	r.Removed = append(r.Removed, names...)
	return p.repo.Remove(role, at, names...)
}

// reachable says that a target leads to the list's state. None does where
// somebody threw away what was prepared.
func (p *Publisher) reachable() bool {
	snapshots, deltas := p.targets()
	return slices.ContainsFunc(append(snapshots, deltas...), func(t target) bool {
		return t.Epoch == p.list.State.Epoch && t.To == p.list.State.Sequence
	})
}

// catchUp brings the list to what was prepared last: after a crash, also of one
// that began an epoch, or from the newest snapshot where the list is lost.
func (p *Publisher) catchUp() error {
	snapshots, deltas := p.targets()
	apply := func(t *target) error { return p.list.advance(p.path(t), t.SHA256) }
	if n := len(snapshots); n > 0 && snapshots[n-1].Epoch > p.list.State.Epoch {
		if err := apply(&snapshots[n-1]); err != nil {
			return err
		}
	}
	for _, t := range deltas {
		if t.From == p.list.State.Sequence && t.Epoch == p.list.State.Epoch {
			if err := apply(&t); err != nil {
				return err
			}
		}
	}
	return nil
}
