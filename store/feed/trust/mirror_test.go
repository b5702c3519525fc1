package trust

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What web servers answer, and what it is to a node.
func TestStatusCodes(t *testing.T) {
	l := newLab(t)
	for _, c := range []struct {
		path string
		code int
		want error // nil: the feed is read all the same
	}{
		{"/2.root.json", http.StatusForbidden, nil}, // an object store that may not be listed
		{"/2.root.json", http.StatusGone, nil},
		{"/2.root.json", http.StatusInternalServerError, ErrUnreachable},
		{"/2.root.json", http.StatusFound, ErrRedirect},
		{"/timestamp.json", http.StatusForbidden, ErrNotFound},
		{"/timestamp.json", http.StatusNotFound, ErrNotFound},
		{"/timestamp.json", http.StatusNotModified, ErrUnreachable}, // nobody asked
		{"/timestamp.json", http.StatusPartialContent, ErrUnreachable},
		{"/timestamp.json", http.StatusServiceUnavailable, ErrUnreachable},
		{"/timestamp.json", http.StatusMovedPermanently, ErrRedirect},
		{"/1.snapshot.json", http.StatusTemporaryRedirect, ErrRedirect},
		{"/1.deltas.json", http.StatusForbidden, ErrNotFound},
	} {
		followed := false
		mux := http.NewServeMux()
		mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { followed = true })
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != c.path {
				http.FileServer(http.Dir(l.public())).ServeHTTP(w, r)
				return
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.code)
		})
		web := httptest.NewServer(mux)
		_, err := newNode(t, l.anchor(t), Limits{}, web.URL).refresh(t, today)
		web.Close()
		if !errors.Is(err, c.want) || c.want != nil && !strings.Contains(err.Error(), web.URL) {
			t.Errorf("%d for %s: %v, want %v", c.code, c.path, err, c.want)
		}
		if followed {
			t.Errorf("%d for %s was followed", c.code, c.path)
		}
	}
}

func TestMirrorAddresses(t *testing.T) {
	for _, bad := range []string{"", "ftp://host/", "host/path", "http://", "file://host/path", "file:", "http://a b/"} {
		if _, err := NewMirror(bad, nil); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	m, err := NewMirror("https://user:secret@feed.example.org/eir", nil)
	if err != nil || strings.Contains(m.String(), "secret") {
		t.Errorf("address shown: %v, %v", m, err)
	}
}

func TestHTTPS(t *testing.T) {
	l := newLab(t)
	web := httptest.NewUnstartedServer(http.FileServer(http.Dir(l.public())))
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	trusting, err := NewMirror(web.URL, web.Client().Transport)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nodeAt(t, l.anchor(t), Limits{}, trusting).refresh(t, today); err != nil {
		t.Error(err)
	}
	// TLS protects nothing that is signed; yet who asks for it shall have it.
	if _, err := newNode(t, l.anchor(t), Limits{}, web.URL).refresh(t, today); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a certificate nobody trusts: %v", err)
	}
}

// tagging serves files as common web servers do: their tag is made of the
// second of the last change and the length.
func tagging(dir string, unchanged *atomic.Int32) http.Handler {
	files := http.FileServer(http.Dir(dir))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if info, err := os.Stat(dir + r.URL.Path); err == nil {
			w.Header().Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().Unix(), info.Size()))
		}
		rec := &codeOf{ResponseWriter: w}
		files.ServeHTTP(rec, r)
		if rec.code == http.StatusNotModified {
			unchanged.Add(1)
		}
	})
}

type codeOf struct {
	http.ResponseWriter
	code int
}

func (c *codeOf) WriteHeader(code int) {
	c.code = code
	c.ResponseWriter.WriteHeader(code)
}

// Many publications within one second are all seen, though the web server's
// tags count in seconds; and an unchanged timestamp is not sent again.
func TestConditionalRequests(t *testing.T) {
	l := newLab(t)
	var unchanged atomic.Int32
	web := httptest.NewServer(tagging(l.public(), &unchanged))
	defer web.Close()
	n := newNode(t, l.anchor(t), Limits{}, web.URL)
	for i := range int64(5) {
		for range 3 {
			u, err := n.refresh(t, today)
			if err != nil || u.Version != i+1 {
				t.Fatalf("version %d: got %d, %v", i+1, u.Version, err)
			}
		}
		l.publish(t, today)
	}
	if got := unchanged.Load(); got != 10 {
		t.Errorf("%d answers of 15 said that nothing changed; 10 times nothing had", got)
	}

	// A state that was not committed must not be taken for known.
	older := n.state
	if _, err := n.refresh(t, today); err != nil {
		t.Fatal(err)
	}
	for _, n.state = range []State{older, nil} {
		if u, err := n.refresh(t, today); err != nil || u.Version != 6 {
			t.Errorf("after the state was not kept: version %d, %v", u.Version, err)
		}
	}
	// An unchanged timestamp gets no younger: a freeze by 304.
	_, err := n.refresh(t, today.Add(4*day))
	var fault *Error
	if !errors.As(err, &fault) || fault.Kind != ErrExpired || fault.File != Timestamp {
		t.Errorf("304 after its date: %v", err)
	}
}

// One mirror that lags, one that is down, one that is crooked and one that is
// honest: every node converges, whatever it asks first.
func TestMirrors(t *testing.T) {
	l := newLab(t)
	l.add(t, Deltas, "delta/1", "a change", today)
	l.publish(t, today)
	lagging := l.files(t)
	l.add(t, Deltas, "delta/2", "another", today)
	l.publish(t, today)
	honest := l.files(t)
	crooked := l.files(t)
	crooked["timestamp.json"] = forged(t, crooked["timestamp.json"], l.keysOf(t, Deltas), func(*timestampMeta) {})
	down := body(-1, func([]byte) (int, error) { return 0, errors.New("connection reset") })

	mirrors := []Mirror{lagging, down, crooked, honest}
	for first := range mirrors {
		n := nodeAt(t, honest["root.json"], Limits{}, append(mirrors[first:len(mirrors):len(mirrors)], mirrors[:first]...)...)
		var u Update
		for i := range 5 { // the honest one is among any four in a row
			var err error
			if u, err = n.refresh(t, today.Add(time.Duration(i)*time.Second)); err != nil {
				t.Fatalf("mirrors from %d, poll %d: %v", first, i, err)
			}
		}
		if len(u.Targets) != 2 {
			t.Errorf("mirrors from %d: %v", first, u.Targets)
		}
		if got := n.content(t, u.Targets["delta/2"]); got != "another" {
			t.Errorf("delta/2 is %q", got)
		}
	}
	if _, err := nodeAt(t, honest["root.json"], Limits{}, down, crooked).refresh(t, today); !errors.Is(err, ErrUnreachable) || !errors.Is(err, ErrSignature) {
		t.Errorf("no mirror left: %v", err)
	}
}

// A mirror that failed is asked after the others for a while.
func TestTiredMirror(t *testing.T) {
	l := newLab(t)
	asked := 0
	down := odd(func(context.Context) (*Response, error) { asked++; return nil, errors.New("down") })
	n := nodeAt(t, l.anchor(t), Limits{}, down, l.files(t))
	for i := range 60 {
		if _, err := n.refresh(t, today.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("a mirror that is down was asked %d times in a minute", asked)
	}
	if _, err := n.refresh(t, today.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := n.refresh(t, today.Add(2*time.Minute)); err != nil || asked != 2 {
		t.Errorf("then: asked %d times, %v", asked, err)
	}
}
