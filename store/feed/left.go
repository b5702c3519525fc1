package feed

import (
	"encoding/json"
	"fmt"
	"time"

	"paperweight/store"
)

// Left returns where the feeds stood that nobody follows any more while their
// lists are in force still: they were taken out of the configuration, or have
// another name there. Nothing keeps these lists up to date, and they never are
// Stale.
func Left(st *store.Store, followed func(source string) bool) (left []Status, err error) {
	for _, source := range st.Sources() {
		if followed(source.Name) || source.Entries+source.Malformed == 0 {
			continue
		}
		blobs, err := attached(st, source.Name)
		if err != nil {
			return nil, err
		}
		if blobs[recordBlob] == nil {
			continue // no feed brought it
		}
		var r record
		if err := json.Unmarshal(blobs[recordBlob], &r); err != nil {
			return nil, fmt.Errorf("feed %s: what the store remembers of it: %w", source.Name, err)
		}
		if r.StoreSequence != source.Sequence {
			continue // something else has taken its place since
		}
		left = append(left, Status{
			Source: source.Name, State: r.State, Version: r.Version, Issued: r.Issued,
			Changed: r.Changed, Verified: r.Verified, Diverged: r.Diverged,
		})
	}
	return left, nil
}

// Forget takes the list of such a feed out of force, in one step with all that is
// remembered of the feed; now is the time of the change. Nobody may follow it.
func Forget(st *store.Store, source string, now time.Time) error {
	blobs, err := st.Attached(source)
	if err != nil {
		return err
	}
	for name := range blobs {
		blobs[name] = nil
	}
	list, err := st.Replace(source)
	if err != nil {
		return err
	}
	defer list.Abort()
	if _, err := list.Stage(); err != nil {
		return err
	}
	last, _ := st.Source(source)
	_, err = list.Commit(store.Version{Sequence: last.Sequence, Rebase: true, At: now, Attach: blobs, Mark: "forgotten"})
	return err
}
