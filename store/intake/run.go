package intake

import (
	"context"
	"errors"

	"paperweight/store"
)

// Run reads the files of a Job and applies them as one change.
func Run(ctx context.Context, st *store.Store, job Job, ev Events) (Result, error) {
	return Result{}, errors.New("intake: not built yet")
}
