package trust

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Open fetches a target into a file of the folder spool and returns it, open
// at its beginning, once its length and hash are the signed ones. The file has
// no name any more: it is gone once it is closed, or with the process.
//
// A file, and not a reader that tells at its end whether what it gave was
// true: so no octet that was not signed reaches a decompressor or a parser,
// another mirror can take over without the consumer's knowledge, and a slow
// one does not hold a half-written list open. It costs one write of the packed
// target to disk and no memory.
func (c *Client) Open(ctx context.Context, t Target, spool string) (*os.File, error) {
	limit := c.limits.Target
	if t.Role == Deltas {
		limit = min(limit, c.limits.Delta)
	}
	if t.Length > limit {
		return nil, faultf(ErrTooLong, t.Name, "%d octets; the limit is %d", t.Length, limit)
	}
	var passed []error
	opened := time.Now()
	for _, m := range c.mirrors {
		began := time.Now()
		f, err := c.openAt(ctx, m, t, spool)
		if err == nil {
			return f, nil
		}
		passed = append(passed, err)
		var remote *Error // a full disk is no mirror's fault
		if ctx.Err() != nil || !errors.As(err, &remote) {
			break
		}
		m.rested = c.asked.Add(time.Since(opened) + max(rest, restShare*time.Since(began)))
	}
	return nil, errors.Join(passed...)
}

func (c *Client) openAt(ctx context.Context, m Mirror, t Target, spool string) (f *os.File, err error) {
	if f, err = os.CreateTemp(spool, "target-*"); err != nil {
		return nil, fmt.Errorf("feed: spooling %s: %w", t.Name, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			f = nil
		}
	}()
	// Unlinked while open: a crash leaves nothing behind.
	if err := os.Remove(f.Name()); err != nil {
		return f, fmt.Errorf("feed: spooling %s: %w", t.Name, err)
	}
	if err := c.copy(ctx, m, t, f); err != nil {
		return f, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return f, fmt.Errorf("feed: spooling %s: %w", t.Name, err)
	}
	return f, nil
}

// copy writes the target to f and gives the verdict.
func (c *Client) copy(caller context.Context, m Mirror, t Target, f *os.File) error {
	name := targetFile(t.Name, t.SHA256[:])
	whole := c.limits.Request + time.Duration(float64(t.Length)/float64(c.limits.Rate)*float64(time.Second))
	ctx, cancel := context.WithTimeoutCause(caller, whole, fmt.Errorf("its %d bytes did not come within %v", t.Length, whole.Round(time.Second)))
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	idle := time.AfterFunc(c.limits.Idle, func() { stop(fmt.Errorf("nothing came for %v", c.limits.Idle)) })
	defer idle.Stop()

	resp, err := m.Get(ctx, name, "")
	if err != nil {
		return c.slow(caller, ctx, name, m, err)
	}
	defer resp.Body.Close()
	if resp.Length >= 0 && resp.Length != t.Length {
		return mirrorFault(ErrMismatch, name, m, "%d octets announced, %d signed", resp.Length, t.Length)
	}
	hash := sha256.New()
	buf := make([]byte, 256<<10)
	for n := int64(0); ; {
		k, err := resp.Body.Read(buf)
		if k > 0 {
			idle.Reset(c.limits.Idle)
		}
		// One octet too many is as bad as an endless stream of them.
		if n += int64(k); n > t.Length {
			return mirrorFault(ErrTooLong, name, m, "it goes on past the %d octets signed", t.Length)
		}
		hash.Write(buf[:k])
		if _, err := f.Write(buf[:k]); err != nil {
			return fmt.Errorf("feed: spooling %s: %w", t.Name, err)
		}
		if err == io.EOF && n < t.Length {
			return mirrorFault(ErrMismatch, name, m, "it ends after %d of %d octets", n, t.Length)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return c.slow(caller, ctx, name, m, err)
		}
	}
	if [32]byte(hash.Sum(nil)) != t.SHA256 {
		return mirrorFault(ErrMismatch, name, m, "the hash is %x", hash.Sum(nil))
	}
	return nil
}

func mirrorFault(kind error, file string, m Mirror, format string, args ...any) error {
	return &Error{Kind: kind, File: file, Mirror: m.String(), Cause: fmt.Errorf(format, args...)}
}
