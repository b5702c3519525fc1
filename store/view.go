package store

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"paperweight/eir"
)

// view is one state of all sources. Readers take the newest one from an atomic
// pointer and keep to it, so a check sees each change whole or not at all, of
// every source: what is in RAM is the view's own, and what is in Pebble is
// read from a snapshot that was taken when the view was made.
//
// The order of a change is: IMEIs into the filters, batch with the sequence,
// snapshot, view, pointer. Only then does the writer wait for the readers of
// the last view and close its snapshot; after that an old generation is
// dropped. So no reader meets a list that is half there or half gone, and no
// reader waits.
type view struct {
	sources []*source // by name
	// short is why no check can be answered: a list holds less than was
	// acknowledged. Nil where all are whole.
	short    error
	snapshot *pebble.Snapshot
	readers  chan reader // kept for the next lookup

	// pins counts the readers that read from the snapshot, and one for the
	// view being in force. At 0 drained is closed and stays so.
	pins    atomic.Int64
	drained chan struct{}
}

// source is one state of one source; it is immutable.
type source struct {
	eir.Source
	state      SourceState
	generation generation
	prefix     []byte   // of the generation's keys
	reasons    []string // by number
	digest     digest   // of the generation
	lost       *lost    // nil where the list is whole
	damage     *damage
	index
}

func newView(sources []*source, snapshot *pebble.Snapshot) *view {
	v := &view{
		sources: sources, snapshot: snapshot,
		readers: make(chan reader, maxReaders), drained: make(chan struct{}),
	}
	for _, src := range sources {
		if src.lost != nil && v.short == nil {
			v.short = src.lost.err
		}
	}
	v.pins.Store(1)
	return v
}

// pin keeps the snapshot open; false says that the view is no longer in force
// and a newer one is.
func (v *view) pin() bool {
	for {
		n := v.pins.Load()
		if n == 0 {
			return false
		}
		if v.pins.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (v *view) unpin() {
	if v.pins.Add(-1) == 0 {
		close(v.drained)
	}
}

// source returns the source of a name, or nil.
func (v *view) source(name string) *source {
	if i, ok := v.find(name); ok {
		return v.sources[i]
	}
	return nil
}

func (v *view) find(name string) (int, bool) {
	return slices.BinarySearchFunc(v.sources, name, func(s *source, n string) int {
		return strings.Compare(s.Name, n)
	})
}

// with returns the sources with one more, or another state of one.
func (v *view) with(src *source) []*source {
	sources := slices.Clone(v.sources)
	i, ok := v.find(src.Name)
	if ok {
		sources[i] = src
		return sources
	}
	return slices.Insert(sources, i, src)
}

// newSource returns a source in the state that st describes.
func newSource(st SourceState, g generation, reasons []string, sum digest, ix index) *source {
	return &source{
		Source:     eir.Source{Name: st.Name, Operator: st.Name == Operator, Sequence: st.Sequence},
		state:      st,
		generation: g,
		prefix:     g.prefix(),
		reasons:    reasons,
		digest:     sum,
		damage:     new(damage),
		index:      ix,
	}
}

// status is the state, with what is known to be wrong with the list.
func (s *source) status() SourceState {
	st := s.state
	if err := s.damage.err.Load(); err != nil {
		st.Damage = (*err).Error()
	}
	if s.lost != nil {
		st.Damage = s.lost.err.Error()
	}
	return st
}

// record is what stands under the source's key.
func (s *source) record() ([]byte, error) {
	r := sourceRecord{ID: s.generation.source, Generation: s.generation.number, Digest: s.digest, State: s.state}
	return r.marshal()
}
