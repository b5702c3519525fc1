package feed

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"paperweight/store"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// rest is how long a node that failed by itself lets be: with a disk that is
// full it would fetch the same hundreds of megabytes with each poll.
type rest struct {
	pause time.Duration // 0: nothing failed
	until time.Time
	why   error
	last  format.Hash // of the files, the last one's
}

const (
	firstRest = time.Minute
	lastRest  = time.Hour
)

// over returns why it is not over for some files. Where others are to be fetched
// it is, unless no file at all can be kept.
func (r *rest) over(now time.Time, way []target) error {
	if r.pause == 0 || r.last != way[len(way)-1].SHA256 && !full(r.why) {
		return nil
	}
	// A clock that was set back does not make it longer.
	if left := r.until.Sub(now); left > 0 && left <= r.pause {
		return fmt.Errorf("%w (nothing is fetched before %s)", r.why, r.until.UTC().Format(time.RFC3339))
	}
	return nil
}

// after takes note of what came of files that were fetched.
func (r *rest) after(now time.Time, way []target, err error) {
	switch {
	case err == nil:
		*r = rest{}
	case own(err):
		r.pause = min(max(firstRest, 2*r.pause), lastRest)
		r.until, r.why, r.last = now.Add(r.pause), err, way[len(way)-1].SHA256
	}
}

// own says that it is this node that failed, and no file and no mirror.
func own(err error) bool {
	var mirror *trust.Error
	var file *refusedError
	var list *DivergedError
	var held *HoldError
	if errors.As(err, &held) || errors.As(err, &file) || errors.As(err, &list) {
		return false
	}
	return full(err) || !errors.As(err, &mirror)
}

func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, store.ErrDiskFull)
}

// named names a full disk as the store does.
func (f *Follower) named(err error) error {
	if !full(err) || errors.Is(err, store.ErrDiskFull) {
		return err
	}
	return &store.Error{Kind: store.ErrDiskFull, Path: f.config.Dir, Cause: err,
		Remedy: "What is in force stays. Free space on this file system."}
}
