package publish

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Site hands out a feed's public directory over HTTP: a small web server for a
// laboratory or behind a cache. It answers GET and HEAD, conditionally and in
// ranges, and never lists folders.
//
// GET /events is a stream of server-sent events. One named "timestamp", whose
// data is the version of timestamp.json, comes at its beginning and with each
// publication; a comment comes every 15 seconds. It is unsigned: whoever hears
// it polls, and believes what he finds then.
type Site struct {
	root  *os.Root
	heard hub
}

// NewSite returns the site of a feed's directory. Nothing outside of its
// public folder can be asked for, by links neither.
func NewSite(dir string) (*Site, error) {
	root, err := os.OpenRoot(filepath.Join(dir, "public"))
	if err != nil {
		return nil, fmt.Errorf("feed: nothing is published: %w", err)
	}
	return &Site{root: root}, nil
}

// Close closes the folder.
func (s *Site) Close() error { return s.root.Close() }

// served are the names that a feed publishes; what else lies in the folder (a
// file on its way, a laboratory's mistake) is nobody's business.
var served = regexp.MustCompile(`^(root|timestamp|[0-9]+\.[a-z][a-z-]*)\.json$|^(snapshot|delta)/[0-9a-f]{64}\.[A-Za-z0-9][A-Za-z0-9._-]*$`)

// ServeHTTP answers a request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "GET and HEAD alone", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "events" && r.Method == http.MethodGet {
		s.events(w, r)
		return
	}
	err := fs.ErrNotExist
	if served.MatchString(name) {
		err = s.file(w, r, name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
	case err != nil:
		http.Error(w, "can't be read", http.StatusInternalServerError)
	}
}

func (s *Site) file(w http.ResponseWriter, r *http.Request, name string) error {
	f, err := s.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return errors.Join(fs.ErrNotExist, err)
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Type", "application/octet-stream")
	if strings.HasSuffix(name, ".json") {
		h.Set("Content-Type", "application/json")
	}
	if name != "timestamp.json" && name != "root.json" {
		// Its name has its hash or its version: it never becomes another.
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("ETag", `"`+name+`"`)
		http.ServeContent(w, r, "", info.ModTime(), &paced{f, http.NewResponseController(w)})
		return nil
	}
	// The tag is of the content, so that two servers behind one address, or
	// a folder that was copied, agree.
	text, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(text)))
	// No modification time: two publications of one second would share it.
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
	return nil
}

// stalled is how long a client may take none of what is sent to it.
const stalled = 30 * time.Second

// paced moves the deadline of writing on with each piece read: a client may be
// slow for as long as it is not dead.
type paced struct {
	f  *os.File
	to *http.ResponseController
}

// Read implements io.Reader.
func (p *paced) Read(b []byte) (int, error) {
	p.to.SetWriteDeadline(time.Now().Add(stalled)) // where it can't be set, there is none
	return p.f.Read(b)
}

// Seek implements io.Seeker.
func (p *paced) Seek(offset int64, whence int) (int64, error) { return p.f.Seek(offset, whence) }

// Server returns an HTTP server for the site with limits on what a client may
// cost; the caller gives it a listener, with TLS or without.
func (s *Site) Server() *http.Server {
	return &http.Server{Handler: s,
		ReadHeaderTimeout: 10 * time.Second, WriteTimeout: stalled, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
}
