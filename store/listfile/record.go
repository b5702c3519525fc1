package listfile

import "paperweight/eir"

// Op is what a record asks for.
type Op uint8

const (
	// Put lists the entry, in the place of one with the same target.
	Put Op = iota
	// Remove takes the entry with this target off the list.
	Remove
	// Pass says that the line lists nothing, and means it: a stolen phone
	// that was recovered. Next does not return such records.
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
