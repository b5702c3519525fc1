package publish

import (
	"context"
	"errors"
	"net/http"
)

// Site hands out a feed's public directory over HTTP: a small web server for a
// laboratory or behind a cache. It answers GET and HEAD, conditionally, and
// never lists folders. GET /events is a stream of server-sent events, one
// named "timestamp" with its version for each publication, and one when it
// begins; whoever hears it polls.
type Site struct{}

// NewSite returns the site of a feed's directory.
func NewSite(dir string) (*Site, error) { return nil, errors.New("publish: not built yet") }

// Watch looks for new publications, of whatever process, until ctx ends.
func (s *Site) Watch(ctx context.Context) error { return errors.New("publish: not built yet") }

// ServeHTTP answers a request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// Server returns an HTTP server for the site with limits on what a client may
// cost; the caller gives it a listener, with TLS or without.
func (s *Site) Server() *http.Server { return &http.Server{Handler: s} }
