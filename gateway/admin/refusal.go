package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"paperweight/store"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

// Refusal is a request that can't be fulfilled as it stands.
type Refusal struct {
	Message string `json:"error"`
	// Hint is what to do; it may be empty.
	Hint string `json:"hint,omitempty"`
	// Missing: what was to be removed is not there.
	Missing bool `json:"missing,omitempty"`
	// Held are the findings of an import that waits for confirmation.
	Held *intake.Held `json:"held,omitempty"`
	// Outcome is "unknown" where nobody knows whether the change is in force;
	// otherwise, with a Refusal, it is not.
	Outcome string `json:"outcome,omitempty"`
	// Problems are the first of a file that is taken whole or not at all.
	Problems []listfile.Problem `json:"problems,omitempty"`

	status int
}

// unknown is an Outcome.
const unknown = "unknown"

func (r *Refusal) Error() string {
	text := r.Message
	for i := range r.Problems {
		text += "\n  " + r.Problems[i].Error()
	}
	if r.Hint != "" {
		text += "\n  " + r.Hint
	}
	return text
}

// refusal turns an error into what is answered. This is the one place where
// an error becomes a status.
func refusal(err error) *Refusal {
	var r *Refusal
	var held *intake.Held
	var large *http.MaxBytesError
	var file *listfile.FileError
	var run *intake.Refused
	switch {
	case errors.As(err, &r):
		if r.status == 0 {
			r.status = http.StatusBadRequest
		}
		if r.Missing {
			r.status = http.StatusNotFound
		}
		return r
	case errors.As(err, &held):
		return &Refusal{Message: err.Error(), Held: held, status: http.StatusConflict}
	case errors.As(err, &large):
		return &Refusal{Message: err.Error(), Hint: "the configuration key admin.max_upload sets the limit for imports", status: http.StatusRequestEntityTooLarge}
	case errors.Is(err, store.ErrUnknownOutcome):
		return &Refusal{Message: err.Error(), Outcome: unknown, status: http.StatusServiceUnavailable,
			Hint: "whether the change is in force is not known until the store writes again or is opened again: look then with `paperweight list show` or `paperweight list sources`"}
	case errors.Is(err, context.Canceled):
		// The client is there to be told, so it is the node that ends.
		return &Refusal{Message: "the node is stopping: what was asked was given up, and nothing of it is in force",
			Hint: "ask again when it runs", status: http.StatusServiceUnavailable}
	case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrSequenceGap), errors.Is(err, store.ErrStepBack):
		return &Refusal{Message: err.Error(), status: http.StatusConflict}
	case errors.Is(err, store.ErrDiskFull), errors.Is(err, store.ErrFailed), errors.Is(err, store.ErrCorrupt), errors.Is(err, store.ErrShort), errors.Is(err, store.ErrClosed), errors.Is(err, store.ErrNoAccess):
		return &Refusal{Message: err.Error(), status: http.StatusServiceUnavailable}
	case errors.As(err, &file), errors.As(err, &run), errors.Is(err, store.ErrOverlap):
		return &Refusal{Message: err.Error(), status: http.StatusBadRequest}
	}
	return &Refusal{Message: err.Error(), status: http.StatusInternalServerError}
}

func refuse(w http.ResponseWriter, err error) {
	r := refusal(err)
	answer(w, r.status, r)
}

// answer writes JSON. A client that is gone needs no answer, so the error of
// the write is nobody's.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
