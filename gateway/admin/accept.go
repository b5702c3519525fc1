package admin

import (
	"context"
	"fmt"
	"net/http"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/listfile"
)

// Accepting names a list of which no more is left than what can be read.
type Accepting struct {
	Source string `json:"source"`
}

// Accept goes on with what is left of a list that is short or damaged. The list
// of a feed that is followed comes again by itself, so nobody accepts less.
func (n *Node) Accept(_ context.Context, a Accepting) (store.SourceState, error) {
	n.changing.RLock()
	defer n.changing.RUnlock()
	switch st, there := n.Store.Source(a.Source); {
	case !there:
		return store.SourceState{}, &Refusal{Message: fmt.Sprintf("there is no list %q", a.Source), Hint: "`paperweight list sources` names them", Missing: true}
	case st.Damage == "":
		return store.SourceState{}, &Refusal{Message: fmt.Sprintf("the list of %q is whole: there is nothing to accept", a.Source)}
	case n.follows(a.Source):
		return store.SourceState{}, &Refusal{Message: fmt.Sprintf("the list of %q is a signed feed, which is fetched again by itself", a.Source),
			Hint: "`paperweight feed status` says how far it is"}
	}
	return n.Store.Accept(a.Source, n.now())
}

func (s *Server) accept(w http.ResponseWriter, r *http.Request) {
	var a Accepting
	err := body(w, r, &a)
	if err != nil {
		refuse(w, err)
		return
	}
	st, err := s.options.Node.Accept(r.Context(), a)
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, st)
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
