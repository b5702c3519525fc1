package feed

// Difference is what an update does to a list.
type Difference struct {
	// First says that the source had no list: nothing else but After and
	// Protected was measured then.
	First bool `json:"first,omitempty"`
	// Before and After are the entries of the list.
	Before uint64 `json:"before"`
	After  uint64 `json:"after"`
	// Added, Changed and Removed count entries.
	Added   uint64 `json:"added"`
	Changed uint64 `json:"changed"`
	Removed uint64 `json:"removed"`
	// Blocked becomes prohibited or loses a permission, Freed the opposite.
	Blocked Tally `json:"blocked"`
	Freed   Tally `json:"freed"`
	// Protected counts the entries that reach into protected ranges.
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

func (t Tally) plus(u Tally) Tally { return Tally{t.Entries + u.Entries, t.IMEIs + u.IMEIs} }

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
	// Old and New are the statuses, "" where the entry was not or is not.
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
	Reason string `json:"reason,omitempty"`
}
