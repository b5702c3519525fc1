package feed

import (
	"cmp"
	"math"

	"paperweight/eir"
	"paperweight/store/feed/format"
)

// word is what an entry says of whoever it covers: nothing is the zero value.
type word struct {
	// level is above 0 where it is prohibited, below where it has a permission.
	level int
	// until is when that ends, in Unix seconds.
	until int64
}

// wordOf is what an entry says now. One that has ended says nothing. A
// permission is the opposite of a prohibition. Equipment that is tracked is
// served as if it were not listed, but where that outranks a prohibition: as
// an exception, or inside a prohibited range.
func (m *measure) wordOf(e *format.Entry) (word, error) {
	w := word{until: math.MaxInt64}
	if e.Until != 0 {
		if w.until = e.Until; e.Until <= m.now {
			return word{}, nil
		}
	}
	switch e.Status {
	case eir.Prohibited:
		w.level = 2
	case eir.Permitted:
		w.level = -2
	case eir.Tracked:
		over := e.Kind.Exception()
		if !over {
			if err := m.readRanges(); err != nil {
				return w, err
			}
			over = m.barred.over(&e.Target)
		}
		if over {
			w.level = -1
		}
	}
	if w.level == 0 {
		return word{}, nil
	}
	return w, nil
}

// turn is above 0 where the next word blocks more than this one or for longer,
// below where it frees, and 0 where it does neither.
func (w word) turn(next word) int {
	if n := cmp.Compare(next.level, w.level); n != 0 {
		return n
	}
	return w.level * cmp.Compare(next.until, w.until)
}

// readRanges reads the ranges once. Where they can't be read, all equipment
// counts as barred by one: too much is held rather than too little.
func (m *measure) readRanges() (err error) {
	if m.barred != nil {
		return nil
	}
	if m.barred, err = newBarred(m.ranges, m.now); unreadable(err) {
		m.barred, err = &barred{[]block{{0, eir.MaxIMEI, math.MaxUint64}}}, nil
	}
	return err
}

// spoken is what an entry says, for people.
func spoken(e *format.Entry) string {
	if e.Until == 0 {
		return e.Status.String()
	}
	return e.Status.String() + " until " + eir.FormatTime(e.Until)
}
