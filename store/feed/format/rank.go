package format

// Rank is a number for sorting: of two entries with different ones, Compare
// puts that with the lesser first. It tells most entries of a list apart.
func (e *Entry) Rank() uint64 { return uint64(classes[e.Kind])<<60 | e.place() }
