package feed

import (
	"errors"
	"fmt"

	"paperweight/store"
)

// damage is why the store can't answer from the whole list, "" where it can.
func (f *Follower) damage() string {
	st, _ := f.store.Source(f.config.Source)
	return st.Damage
}

// unreadable says that it was a list which could not be read, or not to its end.
func unreadable(err error) bool {
	return errors.Is(err, store.ErrShort) || errors.Is(err, store.ErrCorrupt)
}

// unchanged reports why the list can't be what the feed made of it: the disk
// lost some of it, or somebody else changed it.
func (f *Follower) unchanged() error {
	r := &f.memory.record
	st, _ := f.store.Source(f.config.Source)
	switch {
	case r.State.Sequence == 0 || r.Diverged != "":
		return nil
	case st.Damage != "":
		return errors.New(st.Damage)
	case st.Sequence != r.StoreSequence:
		return fmt.Errorf("the store has change %d of the list, the feed made change %d: something else changed it",
			st.Sequence, r.StoreSequence)
	}
	return nil
}

// diverge writes down that the list is not what the feed says.
func (f *Follower) diverge(why error) *DivergedError {
	f.memory.Diverged = why.Error()
	err := f.diverged()
	err.Why = why
	f.events.diverged(err)
	return err
}

// diverged is the error of a list that has diverged.
func (f *Follower) diverged() *DivergedError {
	return &DivergedError{f.config.Source, errors.New(f.memory.Diverged), f.damage() != ""}
}
