package intake

import "strings"

// Finding is one reason to hold an import.
type Finding struct {
	// What was measured: "entries", "prohibited", "prohibited IMEIs", "bad
	// lines", "list date", "operators" or "delta parts".
	What string `json:"what"`
	// Previous and Now are the figures, where there are figures.
	Previous uint64 `json:"previous"`
	Now      uint64 `json:"now"`
	// Message says what is unusual and which limit it passes.
	Message string `json:"message"`
}

// Held is the error of an import that was read and not applied, because it
// looks like a mistake. Nothing was changed.
type Held struct {
	Source   string    `json:"source"`
	Findings []Finding `json:"findings"`
}

func (h *Held) Error() string {
	all := make([]string, len(h.Findings))
	for i, f := range h.Findings {
		all[i] = f.Message
	}
	return "the import into source " + h.Source + " is held and nothing was changed: " + strings.Join(all, "; ") +
		". If this is right, run the same import again with --confirm"
}

// Refused is the error of an import that can't be what was meant; to confirm
// it does not help. Nothing was changed.
type Refused struct {
	// Message says what is wrong and what to do.
	Message string
	// Kind is store.ErrSequenceGap or store.ErrStepBack where a delta does
	// not follow what was applied last; else nil.
	Kind error
}

func (r *Refused) Error() string { return r.Message }

// Unwrap gives errors.Is the kind.
func (r *Refused) Unwrap() error { return r.Kind }
