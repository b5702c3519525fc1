package store

import (
	"time"

	"paperweight/store/disk"
)

// gateEvents park the writer where the disk refuses a call, and let it go on.
func (s *Store) gateEvents() disk.Events {
	return disk.Events{
		Parked: func(err error, final bool) {
			if final {
				s.failure.failForGood(err)
			} else {
				s.failure.fail(err)
			}
		},
		Resumed: func() { go s.resume() },
	}
}

// resumeEvery is how often it is looked whether what was parked is done.
const resumeEvery = time.Millisecond

// resume takes changes again once the disk has done all that it refused. What
// was parked is done by then, though its caller was told that the
// outcome is not known: so what is in force is read anew, as by Open. Checks are
// answered from the last view meanwhile. A disk that refuses again while it does
// so makes the next resume; one works at a time.
func (s *Store) resume() {
	s.resuming.Lock()
	defer s.resuming.Unlock()
	for s.failure.writing.Load() > 0 {
		time.Sleep(resumeEvery)
	}
	// A writer that was between writable and guard has left; one that comes now is
	// refused. So nobody writes, though the lock is not held: the disk may
	// refuse again, and nobody is to wait for that.
	s.mu.Lock()
	last := s.view.Load()
	s.mu.Unlock()
	if last == nil || s.failure.err() == nil || s.gate.Err() != nil {
		return // closed or never open; resumed already; or it resumes again
	}
	v, err := s.reload(last)
	if err != nil {
		s.failure.Errorf("store: the disk takes writes again, and the store can't: %v. Start again: what was acknowledged is there.", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		_ = v.snapshot.Close() // Close told why it left it all
		return
	}
	s.failure.begin()
	// Parked before that was told to the phase that has just ended.
	if err := s.gate.Err(); err != nil {
		s.gateEvents().Parked(err, s.gate.Final())
		_ = v.snapshot.Close() // the next resume reads what is in force anew
		return
	}
	s.swap(v)
	if s.events.Recovered != nil {
		s.events.Recovered()
	}
}

// reload makes a view of what the tables hold now.
func (s *Store) reload(last *view) (*view, error) {
	acked, err := s.readAcknowledged()
	if err != nil {
		return nil, err
	}
	v, err := s.load(acked)
	if err != nil {
		return nil, err
	}
	for _, src := range v.sources {
		if was := last.source(src.Name); was != nil && was.generation == src.generation {
			src.damage = was.damage
		}
	}
	return v, s.acknowledgeAnew(v.sources)
}
