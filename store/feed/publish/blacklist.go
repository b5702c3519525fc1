package publish

// Blacklist says what became of the list in the layout of DIRBS.
type Blacklist struct {
	Target
	// LeftOut are the entries that the layout can't say: tracked and
	// permitted ones, ranges and exceptions.
	LeftOut uint64 `json:"left_out"`
}
