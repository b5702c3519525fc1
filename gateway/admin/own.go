package admin

import (
	"context"
	"errors"
	"io"
	"net/http"

	"paperweight/store"
	"paperweight/store/listfile"
)

// OwnImport brings the operator's own entries back from a file.
type OwnImport struct {
	// Name is what problems call the file.
	Name string
	// Content is a list of our own format; a column "op" may remove entries.
	Content io.Reader
	// Replace takes away the entries that the file does not have.
	Replace bool
	// DryRun changes nothing.
	DryRun bool
}

// OwnImported says what an OwnImport did, or would do.
type OwnImported struct {
	store.Applied
	// Unchanged counts entries of the file that stood there word for word.
	Unchanged int `json:"unchanged"`
	// Duplicates counts lines whose target came again later: the later counts.
	Duplicates int `json:"duplicates"`
	// Ended counts entries of the file that ended before now. They decide
	// nothing, and are kept as they are.
	Ended int `json:"ended"`
	// DryRun says that nothing was changed.
	DryRun bool `json:"dry_run,omitempty"`
}

// ImportOwn puts the entries of a file among the operator's own, all of them in
// one change or, where one line can't be taken as it stands, none.
func (n *Node) ImportOwn(_ context.Context, job OwnImport) (OwnImported, error) {
	file, err := readOwn(&job, &n.Limits)
	if err != nil {
		return OwnImported{}, err
	}
	done := OwnImported{Duplicates: file.duplicates, Ended: file.ended(n.now()), DryRun: job.DryRun}
	// The state first: of a change that comes between, the store tells.
	before, _ := n.Store.Source(store.Operator)
	if before.Damage != "" {
		if !job.Replace {
			return OwnImported{}, &Refusal{Message: "the operator's own entries are short: " + before.Damage,
				Hint: "import a file that has all of them with --replace"}
		}
		err := file.bringBack(n.Store, before, &done, store.Version{Sequence: before.Sequence + 1, At: n.now()})
		return done, err
	}
	c := store.Change{Source: store.Operator, Version: store.Version{Sequence: before.Sequence + 1}}
	missing := 0
	if done.Unchanged, missing, err = file.difference(n.Store, job.Replace, &c); err != nil {
		return OwnImported{}, err
	}
	c.At = n.now()
	switch {
	case len(c.Put)+len(c.Remove) == 0:
		done.State = before
	case job.DryRun:
		done.Applied, err = n.Store.Preview(c)
	default:
		done.Applied, err = n.Store.Apply(c)
	}
	done.Missing = missing
	if errors.Is(err, store.ErrStepBack) || errors.Is(err, store.ErrSequenceGap) {
		return OwnImported{}, &Refusal{Message: "the operator's own entries were changed by somebody else meanwhile, and nothing was imported",
			Hint: "import again", status: http.StatusConflict}
	}
	return done, err
}

// difference makes the change of what a file says and what is listed, without
// what is so already. Removals of what is not listed are missing.
func (f *ownFile) difference(st *store.Store, replace bool, c *store.Change) (unchanged, missing int, err error) {
	for e, err := range st.Entries(store.Operator) {
		if err != nil {
			return 0, 0, err
		}
		r, named := f.records[e.Target]
		delete(f.records, e.Target)
		switch {
		case named && r.Op == listfile.Remove, !named && replace:
			c.Remove = append(c.Remove, e.Target)
		case named && r.Entry == e:
			unchanged++
		case named:
			c.Put = append(c.Put, r.Entry)
		}
	}
	for _, r := range f.records {
		if r.Op == listfile.Remove {
			missing++
		} else {
			c.Put = append(c.Put, r.Entry)
		}
	}
	return unchanged, missing, nil
}
