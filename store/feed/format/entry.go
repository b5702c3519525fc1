package format

import (
	"cmp"
	"fmt"

	"paperweight/eir"
)

// MaxMalformed is the length of the longest malformed identity, in octets.
const MaxMalformed = 16

// Entry is one entry of a list: an eir.Entry, or one whose identity is no IMEI
// and stands in Malformed as the list wrote it.
type Entry struct {
	eir.Entry
	// Malformed is 1 to 16 of the octets 0 to 9, A to F, a to f, * and #,
	// kept as written, that are not 14, 15 or 16 digits. Where it is not
	// empty the Target is zero: such an entry answers no query, and it is
	// here so that no line of a national list is lost.
	Malformed string
}

// Validate reports what is wrong with the entry, in words for whoever wrote it.
func (e *Entry) Validate() error {
	if e.Malformed != "" {
		if e.Target != (eir.Target{}) {
			return fmt.Errorf("a malformed identity has no target beside it")
		}
		if err := validateMalformed(e.Malformed); err != nil {
			return err
		}
		// What is said of the identity is held to the same limits.
		as := e.Entry
		as.Kind = eir.Exact
		if err := as.Validate(); err != nil {
			return err
		}
		return e.validateMoments()
	}
	if err := e.Entry.Validate(); err != nil {
		return err
	}
	if e.IMSI != 0 && (e.IMSI.Len() > 15 || uint64(e.IMSI)&imsiValue >= imsiLimit[e.IMSI.Len()]) {
		return fmt.Errorf("an IMSI has at most 15 digits")
	}
	if e.SVNs[1]>>(100-64) != 0 {
		return fmt.Errorf("a software version is 00 to 99")
	}
	return e.validateMoments()
}

// maxMoment bounds dates, far beyond all use, so that their packed form fits
// 64 bits.
const maxMoment = 1 << 60

func (e *Entry) validateMoments() error {
	if e.Date < -maxMoment || e.Date > maxMoment || e.Until < -maxMoment || e.Until > maxMoment {
		return fmt.Errorf("a date is within 2^60 seconds of 1970")
	}
	return nil
}

const imsiValue = 1<<50 - 1

// imsiLimit is the first number that has more digits than the index.
var imsiLimit = [16]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

func validateMalformed(s string) error {
	if len(s) > MaxMalformed {
		return fmt.Errorf("a malformed identity has %d octets, %d are allowed", len(s), MaxMalformed)
	}
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c-'0' <= 9:
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'f', c == '*', c == '#':
		default:
			return fmt.Errorf("a malformed identity is of hexadecimal digits, * and #, not %q", c)
		}
	}
	// One phone must not be listed under two identities.
	if digits == len(s) && digits >= 14 {
		return fmt.Errorf("%d digits are an IMEI, not a malformed identity", digits)
	}
	return nil
}

// class is a part of a list that is sorted by one kind of place.
type class uint8

const (
	classEnd        class = iota // no class: the end mark
	classEquipment               // by IMEI
	classMalformed               // by the text of the identity
	classRange                   // by the first IMEI, then the last
	classSubscriber              // by the packed IMSI
	numClasses
)

// classes says of each eir.Kind where it lies; 0 is the malformed identity's.
var classes = [...]class{
	0:                classMalformed,
	eir.Exact:        classEquipment,
	eir.ByTAC:        classRange,
	eir.Range:        classRange,
	eir.Pair:         classEquipment,
	eir.RangePair:    classRange,
	eir.BySubscriber: classSubscriber,
}

// place is the number by which a class is sorted first.
func (e *Entry) place() uint64 {
	if e.Kind == eir.BySubscriber {
		return uint64(e.IMSI)
	}
	return uint64(e.From)
}

// Compare gives the order of the entries in a file, which is that of the keys
// of a store; equal is one entry, listed twice. Both must be valid.
func Compare(a, b *Entry) int {
	if n := cmp.Compare(classes[a.Kind], classes[b.Kind]); n != 0 {
		return n
	}
	if n := cmp.Compare(a.place(), b.place()); n != 0 {
		return n
	}
	if n := cmp.Compare(a.To, b.To); n != 0 {
		return n
	}
	if n := cmp.Compare(a.Kind, b.Kind); n != 0 {
		return n
	}
	// An entry for any SVN stands before those that are limited to some.
	if l, m := a.SVNs.Any(), b.SVNs.Any(); l != m {
		if l {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.IMSI, b.IMSI), cmp.Compare(a.SVNs[0], b.SVNs[0]),
		cmp.Compare(a.SVNs[1], b.SVNs[1]), cmp.Compare(a.Malformed, b.Malformed))
}

// Op says what a Change does to a list.
type Op uint8

const (
	// Added: the list did not name it. All changes of a snapshot are this.
	Added Op = iota + 1
	// Changed: something else is said of it.
	Changed
	// Removed: the list does not name it any more.
	Removed
)

func (o Op) String() string {
	switch o {
	case Added:
		return "added"
	case Changed:
		return "changed"
	case Removed:
		return "removed"
	}
	return fmt.Sprintf("op(%d)", uint8(o))
}

// Change is one step from a list to the next. Old is what the list said
// (Changed, Removed), New what it says (Added, Changed); the other is zero.
// Where both are there, they compare equal and are not the same.
type Change struct {
	Op       Op
	Old, New Entry
}

// Key is the entry by which the change is sorted.
func (c *Change) Key() *Entry {
	if c.Op == Removed {
		return &c.Old
	}
	return &c.New
}

func (c *Change) validate() error {
	if c.Op < Added || c.Op > Removed {
		return fmt.Errorf("a change adds, changes or removes, not %s", c.Op)
	}
	if c.Op != Added {
		if err := c.Old.Validate(); err != nil {
			return err
		}
	}
	if c.Op != Removed {
		if err := c.New.Validate(); err != nil {
			return err
		}
	}
	if c.Op == Changed {
		switch {
		case Compare(&c.Old, &c.New) != 0:
			return fmt.Errorf("what is changed is one entry, not two")
		case c.Old == c.New:
			return fmt.Errorf("the change changes nothing")
		}
	}
	return nil
}
