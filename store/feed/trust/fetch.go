package trust

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// fetch reads a metadata file of at most limit octets.
func (w *walk) fetch(name string, limit int64) ([]byte, error) {
	text, _, err := w.get(name, "", limit)
	return text, err
}

// fetchTimestamp reads the timestamp, or takes the state's where the mirror
// says that it did not change.
func (w *walk) fetchTimestamp() ([]byte, error) {
	// A tag counts only for what the caller committed: else a mirror's
	// "unchanged" would mean a timestamp that this state does not hold.
	stored, etag := w.state[Timestamp], ""
	if stored != nil && bytes.Equal(stored, w.mirror.tagged) {
		etag = w.mirror.etag
	}
	text, tag, err := w.get(fileName(Timestamp, 0), etag, w.client.limits.Metadata/100)
	if err != nil {
		return nil, err
	}
	if text == nil {
		return stored, nil
	}
	w.mirror.etag, w.mirror.tagged = tag, text
	return text, nil
}

// get reads a whole metadata file; nil where etag says that it did not change.
func (w *walk) get(name, etag string, limit int64) (text []byte, tag string, err error) {
	ctx, cancel := context.WithTimeoutCause(w.ctx, w.client.limits.Request, fmt.Errorf("it did not come within %v", w.client.limits.Request))
	defer cancel()
	resp, err := w.mirror.Get(ctx, name, etag)
	if err != nil {
		return nil, "", w.client.slow(w.ctx, ctx, name, w.mirror, err)
	}
	if resp.Unchanged {
		return nil, etag, nil
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, "", w.client.slow(w.ctx, ctx, name, w.mirror, err)
	}
	if int64(len(text)) > limit {
		return nil, "", faultf(ErrTooLong, name, "over %d octets", limit)
	}
	return text, resp.ETag, nil
}

// slow types an error that ended a request: the caller's own end of it, the
// request's limit, or the mirror's failure.
func (c *Client) slow(caller, request context.Context, name string, m Mirror, err error) error {
	var known *Error
	switch {
	case caller.Err() != nil:
		return context.Cause(caller)
	case request.Err() != nil:
		return &Error{Kind: ErrTooSlow, File: name, Mirror: m.String(), Cause: context.Cause(request)}
	case errors.As(err, &known):
		return err
	}
	return &Error{Kind: ErrUnreachable, File: name, Mirror: m.String(), Cause: err}
}
