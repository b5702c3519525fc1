package intake

import (
	"io"
	"os"
	"time"

	"paperweight/store/listfile"
)

// Job is one import.
type Job struct {
	// Files are read in this order. Those of a whole-list format are one
	// list together; those of a delta are the parts of one run.
	Files []File
	// Format is what the files are; empty: by their names and headers.
	Format listfile.Format
	// Source is whose list it is; empty: Layout.List of the format.
	Source string
	// Confirm applies what would be held.
	Confirm bool
	// Limits are the thresholds; nil: DefaultLimits.
	Limits *Limits
	// Report receives one JSON object a line: every listfile.Problem, then
	// the Result as {"summary":{...}}. Nil: no report. A report that can't
	// be written fails the import.
	Report io.Writer
	// At is the time of the change.
	At time.Time
}

// File is one file of a Job. A zip is read from its end and every file twice
// (the headers of all before the lines of the first), so a stream has to be put
// into a temporary file first.
type File struct {
	// Name says what a DIRBS file is, and is what reports call it.
	Name string
	// Open is called once; Run closes what it returns.
	Open func() (listfile.Content, error)
}

// Path is a file on disk.
func Path(path string) File {
	return File{Name: path, Open: func() (listfile.Content, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		return f, nil
	}}
}
