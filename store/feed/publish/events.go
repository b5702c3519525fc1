package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"
)

const (
	// lookEvery is how often Watch looks at timestamp.json; alive is how
	// often a listener hears that the connection stands; maxListeners is how
	// many there are at most, since each costs a connection.
	lookEvery    = 100 * time.Millisecond
	alive        = 15 * time.Second
	maxListeners = 4096
)

// hub tells listeners of publications.
type hub struct {
	mu        sync.Mutex // guards what follows
	version   int64
	changed   chan struct{} // closed with the next version
	listeners int
	ended     bool
}

// state returns the version and what is closed with the next; nil where no
// other will come.
func (h *hub) state() (int64, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.changed == nil && !h.ended {
		h.changed = make(chan struct{})
	}
	return h.version, h.changed
}

func (h *hub) publish(version int64, end bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.version, h.ended = version, end
	if h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
}

// enter counts a listener in or out.
func (h *hub) enter(n int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners+n > maxListeners {
		return false
	}
	h.listeners += n
	return true
}

// Watch looks for new publications, of whatever process, until ctx ends; then
// it ends the streams of /events, which a server's Shutdown would wait for.
// It looks at the file's name ten times a second: that works on every file
// system, and a rename is what makes a publication.
func (s *Site) Watch(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var last os.FileInfo
	version := int64(0)
	defer func() { s.heard.publish(version, true) }()
	for {
		info, err := s.root.Stat("timestamp.json")
		if err == nil && (last == nil || !os.SameFile(last, info) || !last.ModTime().Equal(info.ModTime())) {
			if v, err := s.timestamp(); err == nil && v != version {
				version, last = v, info
				s.heard.publish(v, false)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// timestamp reads the version that is published.
func (s *Site) timestamp() (int64, error) {
	text, err := s.root.ReadFile("timestamp.json")
	if err != nil {
		return 0, err
	}
	var t struct {
		Signed struct {
			Version int64 `json:"version"`
		} `json:"signed"`
	}
	return t.Signed.Version, json.Unmarshal(text, &t)
}

// events writes the stream of /events.
func (s *Site) events(w http.ResponseWriter, r *http.Request) {
	if !s.heard.enter(1) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many listeners: poll", http.StatusServiceUnavailable)
		return
	}
	defer s.heard.enter(-1)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // else a proxy may keep it until it is long
	to := http.NewResponseController(w)
	beat := time.NewTicker(alive)
	defer beat.Stop()
	for told := int64(0); ; {
		version, changed := s.heard.state()
		to.SetWriteDeadline(time.Now().Add(stalled)) // where it can't be set, there is none
		text := ": alive\n\n"
		if version != told {
			text = fmt.Sprintf("event: timestamp\nid: %d\ndata: %d\n\n", version, version)
			told = version
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return
		}
		if err := to.Flush(); err != nil || changed == nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		case <-beat.C:
		}
	}
}
