package trust

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Mirror is where published files come from.
type Mirror interface {
	// Get opens a file by its path. A non-empty etag asks for it only where
	// it differs from the one of that tag. ctx bounds the reading of the
	// body as well. Errors: ErrNotFound, ErrRedirect, ErrUnreachable.
	Get(ctx context.Context, path, etag string) (*Response, error)
	// String is the mirror's address, without a password.
	String() string
}

// Response is a file on its way.
type Response struct {
	// Unchanged says that the file is the one of the tag asked with; then
	// there is no Body.
	Unchanged bool
	Body      io.ReadCloser
	// Length is the announced length in octets, -1 where none is.
	Length int64
	// ETag names this content at this mirror; "" where the mirror has none.
	ETag string
}

// NewMirror returns the mirror at an http, https or file URL; files may lie on
// media carried by hand. The transport carries TLS and proxy settings; nil is
// http.DefaultTransport. It is not used for files.
func NewMirror(address string, transport http.RoundTripper) (Mirror, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("feed: mirror: %w", err)
	}
	switch {
	case u.Scheme == "file" && (u.Host == "" || u.Host == "localhost") && u.Path != "":
		transport = http.NewFileTransport(http.Dir(u.Path))
		u = &url.URL{Scheme: "file", Path: "/"}
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
	default:
		return nil, fmt.Errorf("feed: mirror %q: use https://HOST/PATH, http://HOST/PATH or file:///PATH", u.Redacted())
	}
	return &webMirror{
		base:    u,
		address: redacted(address),
		client: http.Client{
			Transport: transport,
			// What is signed may come from anywhere, but where a node
			// connects to is for its operator to say.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Redacted()
}

type webMirror struct {
	base    *url.URL
	address string
	client  http.Client
}

func (m *webMirror) String() string { return m.address }

func (m *webMirror) Get(ctx context.Context, path, etag string) (*Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.base.JoinPath(path).String(), nil)
	if err != nil {
		return nil, err
	}
	// Files are compressed where that pays: what a mirror packs again would
	// only be unpacked here without need.
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("Cache-Control", "no-cache")
	if etag != "" {
		// Not If-Modified-Since: its seconds hide a second publication.
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := m.client.Do(req)
	if err != nil {
		var sent *url.Error // it repeats the address
		if errors.As(err, &sent) {
			err = sent.Err
		}
		return nil, m.fault(ErrUnreachable, path, err)
	}
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		return &Response{Body: resp.Body, Length: resp.ContentLength, ETag: resp.Header.Get("ETag")}, nil
	case code == http.StatusNotModified && etag != "":
		err = nil
	case code == http.StatusNotFound, code == http.StatusGone, code == http.StatusForbidden:
		// An object store that may not be listed answers 403 for what it
		// does not have, the next root above all.
		err = m.fault(ErrNotFound, path, errors.New(resp.Status))
	case code >= 300 && code < 400 && code != http.StatusNotModified:
		err = m.fault(ErrRedirect, path, fmt.Errorf("%s to %q: name that as the mirror if it is meant",
			resp.Status, redacted(resp.Header.Get("Location"))))
	default:
		err = m.fault(ErrUnreachable, path, errors.New(resp.Status))
	}
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	return &Response{Unchanged: true}, nil
}

func (m *webMirror) fault(kind error, path string, cause error) error {
	return &Error{Kind: kind, File: path, Mirror: m.address, Cause: cause}
}
