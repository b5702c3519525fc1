package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"paperweight/eir"
)

// Replacement puts a whole list of a source in the place of its last one, if
// any: Add every entry, in any order; Stage; look at what is staged; Commit or
// Abort. Until Commit nothing of it is in force. Its methods are for one
// goroutine; of one source there is one Replacement at a time.
//
// It takes some 100 MiB of memory whatever the number of entries, beside the
// index that comes into force with it; and on disk, for the time of Stage, what
// the list takes three times. It leaves a reserve of space to changes of single
// entries, and is refused with ErrDiskFull rather than touch it.
type Replacement struct {
	store      *Store
	source     string
	dir        string
	generation generation
	sorter     sorter
	stream     *stream // takes the place of the sorter where the list comes sorted
	reasons    *reasonChange
	added      uint64 // removals included
	duplicates uint64
	pace       func(entries int) error // nil: as fast as it goes

	staged   bool // Stage was called
	complete bool // and had no error
	ingested bool
	done     bool
	state    SourceState // the counts; the rest comes with Commit
	index    index
	digest   digest
}

// Replace begins a list; source is 1 to 128 octets. A Replacement must be
// ended by Commit or Abort.
func (s *Store) Replace(source string) (*Replacement, error) {
	if err := validSource(source); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return nil, err
	}
	if s.replacing[source] {
		return nil, fmt.Errorf("store: source %q is %w: wait until the other import has ended", source, ErrBusy)
	}
	s.stagings++
	r := &Replacement{
		store: s, source: source, state: SourceState{Name: source},
		dir:     s.fs.PathJoin(s.dir, stagingDir, strconv.Itoa(s.stagings)),
		reasons: newReasonTable().change(s.maxReasons),
	}
	r.sorter = sorter{fs: s.fs, dir: r.dir, limit: sortChunk, room: s.Room}
	if err := s.Room(0); err != nil {
		return nil, err
	}
	if err := s.fs.MkdirAll(r.dir, 0o755); err != nil {
		return nil, s.failure.name(err)
	}
	g, err := s.newGeneration(source)
	if err != nil {
		return nil, err
	}
	r.generation = g
	s.replacing[source] = true
	return r, nil
}

// Add takes an entry; the error says what is wrong with it, and the next one
// can be added all the same, unless the error is an *Error.
func (r *Replacement) Add(e *eir.Entry) error {
	if err := e.Validate(); err != nil {
		return err
	}
	return r.add(e, "")
}

// AddMalformed takes what the list says of an identity that is no IMEI, 1 to
// MaxMalformed octets as the list wrote it; the entry's Target is zero. It is
// kept and counted, so that no line is lost, and answers no query.
func (r *Replacement) AddMalformed(identity string, e *eir.Entry) error {
	l := Listed{*e, identity}
	if identity == "" {
		return errors.New("a malformed identity has an octet at least")
	}
	if err := l.validate(); err != nil {
		return err
	}
	return r.add(e, identity)
}

func (r *Replacement) add(e *eir.Entry, malformed string) error {
	reason := r.reasons.number(e.Reason)
	if r.stream != nil {
		if err := r.stream.add(e, malformed, reason); err != nil {
			return err
		}
		r.added++
		return nil
	}
	return r.append(e, malformed, reason)
}

// Remove takes back what was added with this Target before; what is added with
// it later counts again. A list that comes sorted names each Target once.
func (r *Replacement) Remove(t *eir.Target) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if r.stream != nil {
		return fmt.Errorf("store: a sorted list takes no removals")
	}
	return r.append(&eir.Entry{Target: *t}, "", 0)
}

// append hands an entry to the sorter; one without a status is a removal.
func (r *Replacement) append(e *eir.Entry, malformed string, reason uint32) error {
	s := &r.sorter
	off := len(s.arena)
	var n int
	s.arena, n = appendItem(s.arena, e, malformed, reason)
	r.added++
	return r.store.failure.name(s.add(off, n))
}

// appendItem appends an entry as it is sorted and written: place, identity and
// payload. The first n octets are its key.
func appendItem(b []byte, e *eir.Entry, malformed string, reason uint32) (item []byte, n int) {
	off := len(b)
	if malformed != "" {
		b = appendMalformed(b, malformed)
	} else {
		b = appendPlace(b, &e.Target)
	}
	b = appendIdentity(b, &e.Target)
	n = len(b) - off
	return appendPayload(b, e, reason), n
}

// Staged is what a list holds that is not in force yet.
type Staged struct {
	// State is the source's as Commit makes it, but for the Version.
	State SourceState `json:"state"`
	// Duplicates counts what was added or removed and came again later with
	// the same Target.
	Duplicates uint64 `json:"duplicates"`
	// Previous is the list in force; its Sequence is 0 where there is none.
	Previous SourceState `json:"previous"`
}

// Stage sorts the list and hands it to Pebble under a generation that nobody
// reads yet. A full disk is an error here, and the store goes on; so is an
// *OverlapError.
func (r *Replacement) Stage() (Staged, error) {
	if r.staged || r.done {
		return Staged{}, fmt.Errorf("store: the list of %q was staged already", r.source)
	}
	r.staged = true
	if err := r.write(); err != nil {
		return Staged{}, r.name(err)
	}
	r.complete = true
	previous, _ := r.store.Source(r.source)
	return Staged{State: r.state, Duplicates: r.duplicates, Previous: previous}, nil
}

func (r *Replacement) write() error {
	s := r.store
	var w *listWriter
	var err error
	if r.stream != nil {
		w, err = r.stream.writer, r.stream.end()
	} else {
		w = r.newListWriter("sorting")
		w.total = r.added
		err = r.sorter.merge(w.entry)
	}
	if err := w.end(err); err != nil {
		return err
	}
	r.sorter, r.stream = sorter{}, nil
	r.digest = w.digest
	if r.index, err = w.index.finish(); err == nil {
		err = r.index.ranges.overlap(r.source, span{0, uint64(eir.MaxIMEI)})
	}
	if err != nil || len(w.tables.paths) == 0 {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	r.ingested = true
	return s.failure.guard(func() error { return s.db.Ingest(context.Background(), w.tables.paths) })
}

// Commit puts the staged list in force: one synced batch points the source to
// it and sets its sequence. A source that is new may begin at any sequence;
// else v.Sequence is 0 or the last plus one. After an error the Replacement
// must be aborted, or committed with another Version.
func (r *Replacement) Commit(v Version) (SourceState, error) {
	s := r.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return SourceState{}, err
	}
	if !r.complete || r.done {
		return SourceState{}, fmt.Errorf("store: the list of %q is not staged", r.source)
	}
	last := s.view.Load().source(r.source)
	before := r.state
	if last != nil && last.generation == r.generation {
		r.done = true // it was of unknown outcome, and done
		return last.state, errors.Join(s.end(r))
	}
	if last != nil {
		before.Sequence = last.state.Sequence
	}
	state, err := v.after(before, true)
	if err != nil {
		return SourceState{}, err
	}
	batch := s.db.NewBatch()
	next := newSource(state, r.generation, r.reasons.texts, r.digest, r.index)
	all, _, own := next.own()
	if err := s.commit(batch, next, &v, all, own); err != nil {
		return SourceState{}, err
	}
	s.reasons[r.source] = r.reasons.keep()
	r.done = true
	if err := s.end(r); err != nil {
		s.failure.Errorf("store: clearing what the list of %q was sorted in: %v", r.source, err)
	}
	if last != nil {
		// A crash before this, or an error in it, leaves it to the next Open.
		if err := s.failure.guard(func() error { return s.drop(last.generation) }); err != nil {
			s.failure.Errorf("store: dropping the last list of %q: %v", r.source, err)
		}
		s.tablesChanged()
		s.recheck()
	}
	return state, nil
}

// Abort gives up what is not committed; after Commit it does nothing.
func (r *Replacement) Abort() error {
	s := r.store
	if r.stream != nil {
		r.stream.stop() // it may be paced, so not with the lock held
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// What a closed store leaves is removed by the next Open: the directory is
	// another process's by now.
	if r.done || s.view.Load() == nil {
		return nil
	}
	r.done = true
	err := s.end(r)
	if src := s.view.Load().source(r.source); src != nil && src.generation == r.generation {
		return err // the outcome of its Commit was not known, and it is in force
	}
	if r.ingested && s.writable() == nil {
		err = errors.Join(err, s.failure.guard(func() error { return s.drop(r.generation) }))
	}
	return err
}

// end makes room for the source's next Replacement.
func (s *Store) end(r *Replacement) error {
	delete(s.replacing, r.source)
	return s.failure.name(s.fs.RemoveAll(r.dir))
}
