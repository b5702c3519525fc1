package intake

import (
	"paperweight/store"
	"paperweight/store/listfile"
)

// Result says what an import did, or would have done.
type Result struct {
	Source string          `json:"source"`
	Format listfile.Format `json:"format"`
	// Files were read, archives' members by "ARCHIVE:NAME"; Skipped lists
	// the members of archives that were not, each with the reason.
	Files   []string `json:"files"`
	Skipped []string `json:"skipped,omitempty"`
	// Whole says that the list was replaced, not changed.
	Whole bool `json:"whole"`
	// Lines were read, headers and blank lines included. Records is how many
	// said something; Passed how many say that nothing changes (a subscriber
	// not seen again); Bad how many were left out; Warnings how many fields.
	Lines    uint64 `json:"lines"`
	Records  uint64 `json:"records"`
	Passed   uint64 `json:"passed"`
	Bad      uint64 `json:"bad"`
	Warnings uint64 `json:"warnings"`
	// Duplicates counts records whose target came again later: the later
	// one counts.
	Duplicates uint64 `json:"duplicates"`
	// Added, Changed, Removed and Missing (a removal of what was not listed)
	// describe a change; they are 0 for a whole list.
	Added   uint64 `json:"added"`
	Changed uint64 `json:"changed"`
	Removed uint64 `json:"removed"`
	Missing uint64 `json:"missing"`
	// Problems are the first ten; Report has all.
	Problems []listfile.Problem `json:"problems,omitempty"`
	// Previous is the source before; its Sequence is 0 where it is new.
	Previous store.SourceState `json:"previous"`
	// State is the source now; where Applied is false it is Previous.
	State   store.SourceState `json:"state"`
	Applied bool              `json:"applied"`
	// Held says why nothing was applied, Confirmed what Job.Confirm passed.
	Held      []Finding `json:"held,omitempty"`
	Confirmed []Finding `json:"confirmed,omitempty"`
}

// Phase is what an import is doing.
type Phase string

const (
	// Reading files, counted in their bytes.
	Reading Phase = "read"
	// Writing sorts and writes what was read; nothing is in force yet.
	Writing Phase = "write"
	// Applying puts it in force.
	Applying Phase = "apply"
)

// Progress is how far an import is.
type Progress struct {
	Phase Phase `json:"phase"`
	// File is the one that is being read.
	File string `json:"file,omitempty"`
	// Bytes of Total were read; both are packed bytes where a file is packed.
	Bytes int64 `json:"bytes"`
	Total int64 `json:"total"`
	// Lines and Problems were met so far.
	Lines    uint64 `json:"lines"`
	Problems uint64 `json:"problems"`
}

// Events are called by Run, in its goroutine. Each may be nil.
type Events struct {
	// Progress is called at every change of phase or file and every few
	// thousand lines; it must not block.
	Progress func(Progress)
}
