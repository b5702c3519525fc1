package publish

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"paperweight/store/feed"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

// chains are up to where the list has followed DIRBS, for each kind of its
// lists ("dirbs-blacklist").
type chains map[string]intake.Trail

// link is what goes on a chain at once: all parts of a list, or those of one
// run of its deltas.
type link struct {
	kind  string
	run   int64 // 0 of a list
	names []listfile.Name
}

// links returns what is of DIRBS, runs in their order.
func (in *input) links() (all []link) {
	for i := range in.parts {
		p := &in.parts[i]
		if p.name.Format == "" {
			continue
		}
		l := link{kind: strings.TrimSuffix(string(p.layout.Format), "-delta"), run: p.name.Run}
		same := func(o link) bool { return o.kind == l.kind && o.run == l.run }
		at := slices.IndexFunc(all, same)
		if at < 0 {
			at, all = len(all), append(all, l)
		}
		all[at].names = append(all[at].names, p.name)
	}
	return all
}

// follow says whether the input may be published after what was published
// before: the rules are those of an import (store/intake). It returns the
// chains behind it, and what is to be confirmed.
func (in *input) follow(c chains) (next chains, found []feed.Finding, err error) {
	next = chains{}
	if in.change {
		maps.Copy(next, c) // what is not changed stays known
	}
	for _, l := range in.links() {
		var unusual []intake.Finding
		if in.change {
			var whole bool
			if next[l.kind], whole, unusual, err = next[l.kind].Delta(l.names); err != nil {
				return nil, nil, fmt.Errorf("feed: %w", err)
			}
			if whole {
				return nil, nil, fmt.Errorf("feed: run %d is from empty (base -1), so it is a list and no change: publish the full list of that run", l.run)
			}
		} else {
			next[l.kind], unusual = c[l.kind].List(l.names, in.run)
		}
		for _, f := range unusual {
			found = append(found, feed.Finding{Limit: f.What, Got: f.Now, Message: f.Message})
		}
	}
	return next, found, nil
}
