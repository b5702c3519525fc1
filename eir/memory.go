package eir

// Memory is Lists in RAM: a slice of matches, read from end to end. It serves
// tests and small registers; package store is for real ones.
type Memory []Match

// Find hands over every entry.
func (m Memory) Find(d *Decision) error {
	for i := range m {
		d.Consider(&m[i])
	}
	return nil
}

// Loaded reports whether there is any entry.
func (m Memory) Loaded() bool { return len(m) > 0 }
