package listfile

import "paperweight/eir"

// Op is what a record asks for.
type Op uint8

const (
	// Put lists the entry, in the place of one with the same target.
	Put Op = iota
	// Remove takes the entry with this target off the list: the one that is
	// in force, or in a whole list the one of an earlier line.
	Remove
	// Pass changes nothing, and means it: a subscriber who was not seen
	// again. Next does not return such records.
	Pass
)

// Record is what a line says.
type Record struct {
	Op Op
	// Entry is valid where Op is Put; where it is Remove, its Target is.
	Entry eir.Entry
	// Line is where it stood.
	Line int
}
