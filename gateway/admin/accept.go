package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/listfile"
)

// Accepting names a list of which no more is left than what can be read.
type Accepting struct {
	Source string `json:"source"`
	// Empty says that a list of which nothing can be read is to be empty.
	Empty bool `json:"empty,omitempty"`
}

// Accepted is what is in force of such a list from then on.
type Accepted struct {
	State store.SourceState `json:"state"`
	// Acknowledged is how many entries it had, malformed ones included.
	Acknowledged uint64 `json:"acknowledged"`
}

// Accept goes on with what is left of a list that is short or damaged. The list
// of a feed that is followed comes again by itself, so nobody accepts less.
func (n *Node) Accept(_ context.Context, a Accepting) (Accepted, error) {
	n.changing.RLock()
	defer n.changing.RUnlock()
	before, there := n.Store.Source(a.Source)
	switch {
	case !there:
		return Accepted{}, &Refusal{Message: fmt.Sprintf("there is no list %q", a.Source), Hint: "`paperweight list sources` names them", Missing: true}
	case before.Damage == "":
		return Accepted{}, &Refusal{Message: fmt.Sprintf("the list of %q is whole: there is nothing to accept", a.Source)}
	case n.follows(a.Source):
		return Accepted{}, &Refusal{Message: fmt.Sprintf("the list of %q is a signed feed, which is fetched again by itself", a.Source),
			Hint: "`paperweight feed status` says how far it is"}
	}
	st, err := n.Store.Accept(a.Source, a.Empty, n.now())
	if errors.Is(err, store.ErrNothingLeft) {
		return Accepted{}, &Refusal{Message: err.Error(), Hint: "import it again; `paperweight list accept --empty` goes on without it", status: http.StatusConflict}
	}
	return Accepted{st, before.Entries + before.Malformed}, err
}

func (s *Server) accept(w http.ResponseWriter, r *http.Request) {
	var a Accepting
	err := body(w, r, &a)
	if err != nil {
		refuse(w, err)
		return
	}
	done, err := s.options.Node.Accept(r.Context(), a)
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, done)
}

// bringBack puts the entries of a file in the place of the operator's own where
// these are short: they can't be compared with what is lost.
func (f *ownFile) bringBack(st *store.Store, before store.SourceState, done *OwnImported, v store.Version) error {
	list, err := st.Replace(store.Operator)
	if err != nil {
		return err
	}
	defer list.Abort()
	for _, r := range f.records {
		if r.Op == listfile.Remove {
			done.Missing++
			continue
		}
		e := eir.Entry(r.Entry)
		if err := list.Add(&e); err != nil {
			return err
		}
	}
	staged, err := list.Stage()
	if err != nil {
		return err
	}
	done.Added, done.State = int(staged.State.Entries), staged.State
	done.State.Sequence = before.Sequence + 1
	if !done.DryRun {
		done.State, err = list.Commit(v)
	}
	return err
}
