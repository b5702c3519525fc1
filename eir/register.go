package eir

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Lists is what a Register asks: everything that is listed. Package store
// implements it on Pebble; Memory implements it in RAM.
type Lists interface {
	// Find hands every entry that could cover d.Query() to d.Consider. It
	// is called by many goroutines at once, waits for no writer, sees one
	// state of every source, allocates nothing, and retains neither d nor
	// the query. An error means that an entry may have been missed.
	Find(d *Decision) error
	// Loaded reports whether any list was ever applied.
	Loaded() bool
}

// Register answers queries. Its methods may be called by many goroutines.
type Register struct {
	lists  Lists
	policy atomic.Pointer[Policy]
	stale  atomic.Bool
	// decisions keeps Check free of allocation: a Decision handed to Lists
	// would otherwise escape to the heap.
	decisions sync.Pool
}

// New returns a Register that decides by policy, which it copies.
func New(lists Lists, policy Policy) (*Register, error) {
	r := &Register{lists: lists}
	r.decisions.New = func() any { return new(scratch) }
	if err := r.SetPolicy(policy); err != nil {
		return nil, err
	}
	return r, nil
}

// SetPolicy puts another policy in force, for every check that begins later.
func (r *Register) SetPolicy(policy Policy) error {
	if err := policy.Validate(); err != nil {
		return err
	}
	policy.Order, policy.Ranks = slices.Clone(policy.Order), maps.Clone(policy.Ranks)
	r.policy.Store(&policy)
	return nil
}

// SetStale says whether some feed is past its expiry.
func (r *Register) SetStale(stale bool) { r.stale.Store(stale) }

// scratch is the memory of one check.
type scratch struct {
	query    Query
	decision Decision
}

// Check decides. This is the only place where an answer comes from.
func (r *Register) Check(q Query) Verdict {
	s := r.decisions.Get().(*scratch)
	s.query = q
	s.decision = Decision{query: &s.query, policy: r.policy.Load()}
	err := r.lists.Find(&s.decision)
	v := s.decision.verdict(r.lists.Loaded(), r.stale.Load(), err)
	r.decisions.Put(s)
	return v
}
