package main

import (
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"paperweight/diameter"
	"paperweight/eir"
)

const (
	// spellWatch is how often counters are looked at, spellAgain how often what goes on
	// is told of again, and spellOver after how long without any more it is over.
	spellWatch = time.Second
	spellAgain = time.Minute
	spellOver  = 10 * time.Second
)

// spell tells in the log of a time in which counters rose that should not: of its begin,
// each minute, and of its end. Whatever they count itself is never logged.
type spell struct {
	log                 *zap.Logger
	level               zapcore.Level
	begins, goesOn, end string
	names               []string // of the counters

	before, seen []uint64 // up to this spell, and now
	// began is when this spell did, zero where there is none; last is when a
	// counter rose, and told when it was told of.
	began, last, told time.Time
}

// look is called now and then with the counters.
func (s *spell) look(now time.Time, counts ...uint64) {
	if s.seen == nil {
		s.seen = make([]uint64, len(s.names))
		s.before = make([]uint64, len(s.names))
	}
	for i, n := range counts {
		if n == s.seen[i] {
			continue
		}
		if s.began.IsZero() {
			s.began = now
			copy(s.before, s.seen)
		}
		s.last, s.seen[i] = now, n
	}
	switch {
	case s.began.IsZero():
	case now.Sub(s.last) >= spellOver:
		s.log.Info(s.end, s.since(s.last)...)
		s.began, s.told = time.Time{}, time.Time{}
	case s.told.IsZero():
		s.told = now
		s.log.Log(s.level, s.begins, s.since(now)...)
	case now.Sub(s.told) >= spellAgain:
		s.told = now
		s.log.Log(s.level, s.goesOn, s.since(now)...)
	}
}

// since says for how long the spell has gone on, if it has, and by how much each
// counter has risen.
func (s *spell) since(until time.Time) []zap.Field {
	var fields []zap.Field
	if long := until.Sub(s.began); long > 0 {
		fields = append(fields, zap.Duration("for", long))
	}
	for i, name := range s.names {
		if n := s.seen[i] - s.before[i]; n > 0 {
			fields = append(fields, zap.Uint64(name, n))
		}
	}
	return fields
}

// spells are what a node's checks may suffer.
type spells struct{ overload, failure spell }

func newSpells(log *zap.Logger) *spells {
	return &spells{
		overload: spell{
			log: log.Named("diameter"), level: zapcore.WarnLevel, names: diameter.ShedCauses[:],
			begins: "overload: more checks come than are let in, the excess gets 3004 or 5012",
			goesOn: "the overload goes on", end: "the overload is over",
		},
		failure: spell{
			log: log.Named("store"), level: zapcore.ErrorLevel, names: []string{"checks"},
			begins: "the lists can't be read: checks are answered by policy.store_failure; look at the disk, and `paperweight explain` says why",
			goesOn: "the lists still can't be read", end: "the lists can be read again, or nobody asks",
		},
	}
}

func (s *spells) look(now time.Time, st diameter.Stats) {
	s.overload.look(now, st.Shed[:]...)
	s.failure.look(now, st.Rules[eir.RuleStoreFailure])
}
