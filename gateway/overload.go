package main

import (
	"time"

	"go.uber.org/zap"

	"paperweight/diameter"
)

const (
	// overloadWatch is how often the refusals are looked at, overloadAgain how
	// often an overload that goes on is told of, and overloadOver after how
	// long without a refusal it is over.
	overloadWatch = time.Second
	overloadAgain = time.Minute
	overloadOver  = 10 * time.Second
)

// overload tells of the times in which checks were refused with 3004 or 5012.
type overload struct {
	log    *zap.Logger
	before diameter.Shed // up to this overload
	seen   diameter.Shed
	// began is when this overload did, zero where there is none; last is when
	// a refusal was seen, and told when it was told of.
	began, last, told time.Time
}

// look is called now and then with how many were refused in all.
func (o *overload) look(now time.Time, shed diameter.Shed) {
	if shed != o.seen {
		if o.began.IsZero() {
			o.began, o.before = now, o.seen
		}
		o.seen, o.last = shed, now
	}
	switch {
	case o.began.IsZero():
	case now.Sub(o.last) >= overloadOver:
		o.log.Info("the overload is over", o.refused(o.last)...)
		o.began, o.told = time.Time{}, time.Time{}
	case o.told.IsZero():
		o.told = now
		o.log.Warn("overload: more checks come than are let in, the excess gets 3004 or 5012", o.refused(now)...)
	case now.Sub(o.told) >= overloadAgain:
		o.told = now
		o.log.Warn("the overload goes on", o.refused(now)...)
	}
}

// refused says for how long it has gone on, and how many were refused since, by cause.
func (o *overload) refused(until time.Time) []zap.Field {
	fields := []zap.Field{zap.Duration("for", until.Sub(o.began))}
	for i, cause := range diameter.ShedCauses {
		if n := o.seen[i] - o.before[i]; n > 0 {
			fields = append(fields, zap.Uint64(cause, n))
		}
	}
	return fields
}
