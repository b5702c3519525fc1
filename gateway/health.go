package main

import (
	"errors"

	"paperweight/gateway/admin"
	"paperweight/store"
)

// checks are what the node is to have, and whether it has it.
func (n *node) checks() []admin.Check {
	return append([]admin.Check{admin.NewCheck("serving", true, n.serving())}, storeChecks(n.store.Unreadable(), n.store.Refuses())...)
}

// ready is nil while checks are answered from the lists.
func (n *node) ready() error { return admin.Ready(n.checks()) }

func (n *node) serving() error {
	switch {
	case n.starting.Load():
		return errors.New("starting")
	case n.stopping.Load():
		return errors.New("stopping")
	}
	return nil
}

// storeChecks are what the store has to have: lists that can be read, and a disk
// that takes changes. Where a list is short no check is answered from any, and
// checks should go to another node. The rest makes no node unready: what it can
// read it answers rightly, and what it can't by policy.store_failure.
func storeChecks(unreadable, refuses error) []admin.Check {
	return []admin.Check{
		admin.NewCheck("lists", errors.Is(unreadable, store.ErrShort), unreadable),
		admin.NewCheck("changes", false, refuses),
	}
}
