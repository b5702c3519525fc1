package feed

import "math"

// Difference is what an update does to a list.
type Difference struct {
	// First says that the source had no list: nothing else but After and
	// Protected was measured then.
	First bool `json:"first,omitempty"`
	// Unread says that the list in force could not be read, so that nothing but
	// the sizes was compared: Added or Removed is the least that it can be, of
	// Protected all entries count, and nothing else was measured.
	Unread bool `json:"unread,omitempty"`
	// Before and After are the entries of the list.
	Before uint64 `json:"before"`
	After  uint64 `json:"after"`
	// Added, Changed and Removed count entries.
	Added   uint64 `json:"added"`
	Changed uint64 `json:"changed"`
	Removed uint64 `json:"removed"`
	// Ranges counts what was added that every check looks through: ranges,
	// TACs, and exceptions by range or by IMSI alone.
	Ranges uint64 `json:"ranges,omitempty"`
	// Blocked becomes prohibited or loses a permission, Freed the opposite,
	// now or by an end that moves. What is tracked and outranks a prohibition,
	// as an exception or inside a prohibited range, has a permission.
	Blocked Tally `json:"blocked"`
	Freed   Tally `json:"freed"`
	// Protected counts the entries that reach into what is protected.
	Protected uint64 `json:"protected"`
	// TACs and Reasons divide Blocked and Freed, the largest parts first.
	// An entry counts for the TAC that it begins in.
	TACs    []Part `json:"tacs,omitempty"`
	Reasons []Part `json:"reasons,omitempty"`
	// Sample are some of the changes, from the whole of the update; those
	// of protected equipment first. For an operator's eyes, not for a log.
	Sample []Sample `json:"sample,omitempty"`
}

// Tally counts entries, and the equipment that they cover.
type Tally struct {
	Entries uint64 `json:"entries"`
	IMEIs   uint64 `json:"imeis"`
}

// plus adds. A sum that is too large stays at the largest: were it to begin
// anew, it would pass below every bound.
func (t Tally) plus(u Tally) Tally { return Tally{sum(t.Entries, u.Entries), sum(t.IMEIs, u.IMEIs)} }

func sum(a, b uint64) uint64 {
	if b > math.MaxUint64-a {
		return math.MaxUint64
	}
	return a + b
}

// Part is what falls to one TAC or reason.
type Part struct {
	Name    string `json:"name"`
	Blocked Tally  `json:"blocked"`
	Freed   Tally  `json:"freed"`
}

// Sample is one change.
type Sample struct {
	// Target is what `list add` would take.
	Target string `json:"target"`
	// Old and New are the statuses, with their end where they have one, ""
	// where the entry was not or is not.
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
	Reason string `json:"reason,omitempty"`
}
