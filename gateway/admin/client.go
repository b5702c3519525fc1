package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"paperweight/store"
)

// Client speaks to the admin port of a running node.
type Client struct {
	base string
	http *http.Client
}

// NewClient returns a Client for a URL as http://127.0.0.1:9313.
func NewClient(base string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("%q is no URL of an admin port: use http://127.0.0.1:9313", base)
	}
	// The port is on loopback: a proxy could not reach it.
	transport := &http.Transport{Proxy: nil}
	return &Client{base: strings.TrimSuffix(base, "/") + "/api/v1/", http: &http.Client{Transport: transport}}, nil
}

// Unreachable says that nobody answers at the URL.
type Unreachable struct {
	URL   string
	Cause error
}

func (u *Unreachable) Error() string { return fmt.Sprintf("no node answers at %s: %v", u.URL, u.Cause) }

func (u *Unreachable) Unwrap() error { return u.Cause }

// Unanswered says that a node was asked for a change and did not answer to the
// end, so that nobody here knows whether it is in force.
type Unanswered struct{ Cause error }

func (u *Unanswered) Error() string {
	return fmt.Sprintf("the node's answer did not come (%v): whether what was asked is in force is not known\n  `paperweight list sources` tells when each list was changed last, and by which sequence", u.Cause)
}

func (u *Unanswered) Unwrap() error { return u.Cause }

// changes reports whether a request may change what is in force.
func changes(method, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	return method != http.MethodGet && !slices.Contains([]string{"explain", "feeds/try", "feeds/verify"}, path)
}

// Add is Node.Add.
func (c *Client) Add(ctx context.Context, e Entry) (store.Applied, error) {
	return call[store.Applied](ctx, c, http.MethodPost, "list", e)
}

// Remove is Node.Remove.
func (c *Client) Remove(ctx context.Context, t Target) (store.Applied, error) {
	return call[store.Applied](ctx, c, http.MethodDelete, "list", t)
}

// ImportOwn is Node.ImportOwn.
func (c *Client) ImportOwn(ctx context.Context, job OwnImport) (OwnImported, error) {
	query := url.Values{"name": {job.Name}, "replace": {strconv.FormatBool(job.Replace)}, "dry_run": {strconv.FormatBool(job.DryRun)}}
	r, err := c.do(ctx, http.MethodPost, "list/import?"+query.Encode(), "text/csv", job.Content)
	if err != nil {
		return OwnImported{}, err
	}
	return decoded[OwnImported](c, r)
}

// Accept is Node.Accept.
func (c *Client) Accept(ctx context.Context, a Accepting) (Accepted, error) {
	return call[Accepted](ctx, c, http.MethodPost, "sources/accept", a)
}

// Sources is Node.Sources.
func (c *Client) Sources(ctx context.Context) ([]store.SourceState, error) {
	return call[[]store.SourceState](ctx, c, http.MethodGet, "sources", nil)
}

// Explain is Node.Explain.
func (c *Client) Explain(ctx context.Context, q Question) (Explanation, error) {
	return call[Explanation](ctx, c, http.MethodPost, "explain", q)
}

// Show is Node.Show.
func (c *Client) Show(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		r, err := c.do(ctx, http.MethodGet, "list", "", nil)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		defer r.Body.Close()
		d := json.NewDecoder(r.Body)
		for {
			var l struct {
				Entry
				*Refusal
			}
			err := d.Decode(&l)
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil && l.Refusal != nil {
				err = l.Refusal
			}
			if !yield(l.Entry, err) || err != nil {
				return
			}
		}
	}
}

func call[T any](ctx context.Context, c *Client, method, path string, body any) (T, error) {
	var v T
	var b []byte
	if body != nil {
		var err error
		if b, err = json.Marshal(body); err != nil {
			return v, err
		}
	}
	r, err := c.do(ctx, method, path, "application/json", bytes.NewReader(b))
	if err != nil {
		return v, err
	}
	return decoded[T](c, r)
}

func decoded[T any](c *Client, r *http.Response) (v T, err error) {
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		return v, fmt.Errorf("the answer of %s is not what a node says: %w", c.base, err)
	}
	return v, nil
}

// do sends a request and returns an answer of status 200; anything else is an
// error, a *Refusal where the node says why.
func (c *Client) do(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	r, err := c.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		var dialled *net.OpError
		if changes(method, path) && !(errors.As(err, &dialled) && dialled.Op == "dial") {
			return nil, &Unanswered{err}
		}
		return nil, &Unreachable{URL: strings.TrimSuffix(c.base, "/api/v1/"), Cause: err}
	}
	if r.StatusCode == http.StatusOK {
		return r, nil
	}
	defer r.Body.Close()
	refused := &Refusal{status: r.StatusCode}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(refused); err != nil || refused.Message == "" {
		return nil, fmt.Errorf("%s answers %s: is it the admin port of a node?", c.base, r.Status)
	}
	return nil, refused
}
