package publish

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// published serves an authority's feed.
func serve(t *testing.T, a *authority) (*Site, string) {
	t.Helper()
	site, err := NewSite(a.dir)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(site)
	server.Config = site.Server()
	server.Start()
	ctx, stop := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() { defer close(watched); site.Watch(ctx) }()
	t.Cleanup(func() {
		stop()
		<-watched
		server.Close()
		site.Close()
	})
	return site, server.URL
}

func get(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func TestTheSiteServesWhatIsPublishedAndNothingElse(t *testing.T) {
	a := newAuthority(t, Config{})
	a.publish("20260301_blacklist.csv", blacklist(1, 2))
	_, url := serve(t, a)
	snapshots, _ := a.targets()
	file := "/snapshot/" + filepath.Base(a.path(&snapshots[0]))
	public := filepath.Join(a.dir, "public")
	for name, text := range map[string]string{".hidden": "x", "tmp-1": "x", "notes.txt": "x"} {
		if err := os.WriteFile(filepath.Join(public, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(a.dir, "keys", "root-1.pem"), filepath.Join(public, "99.root.json")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/timestamp.json", 200}, {"HEAD", "/timestamp.json", 200}, {"GET", "/root.json", 200}, {"GET", "/1.root.json", 200},
		{"GET", file, 200}, {"HEAD", file, 200},
		{"GET", "/", 404}, {"GET", "/snapshot/", 404}, {"GET", "/snapshot", 404}, {"GET", "/../keys/root-1.pem", 404},
		{"GET", "/%2e%2e/keys/root-1.pem", 404}, {"GET", "/.hidden", 404}, {"GET", "/tmp-1", 404}, {"GET", "/notes.txt", 404},
		{"GET", "/9.root.json", 404}, {"GET", "/99.root.json", 500},
		{"POST", "/timestamp.json", 405}, {"PUT", file, 405}, {"DELETE", file, 405}, {"HEAD", "/events", 404},
	} {
		resp, text := get(t, c.method, url+c.path)
		if resp.StatusCode != c.status {
			t.Errorf("%s %s: %s", c.method, c.path, resp.Status)
		}
		if strings.Contains(text, "PRIVATE KEY") {
			t.Fatalf("%s %s gives a key away", c.method, c.path)
		}
	}
}

func TestAFileIsSentOnce(t *testing.T) {
	a := newAuthority(t, Config{})
	a.publish("20260301_blacklist.csv", blacklist(1, 2))
	_, url := serve(t, a)
	snapshots, _ := a.targets()
	for _, path := range []string{"/timestamp.json", "/snapshot/" + filepath.Base(a.path(&snapshots[0]))} {
		first, text := get(t, "GET", url+path)
		tag := first.Header.Get("ETag")
		if again, rest := get(t, "GET", url+path, "If-None-Match", tag); tag == "" || again.StatusCode != 304 || rest != "" {
			t.Errorf("%s: %s, %d octets", path, again.Status, len(rest))
		}
		if part, rest := get(t, "GET", url+path, "Range", "bytes=10-", "If-Range", tag); part.StatusCode != 206 || rest != text[10:] {
			t.Errorf("%s in ranges: %s", path, part.Status)
		}
	}
	before, _ := get(t, "GET", url+"/timestamp.json")
	a.publish("20260302_blacklist.csv", blacklist(1))
	if after, _ := get(t, "GET", url+"/timestamp.json", "If-None-Match", before.Header.Get("ETag")); after.StatusCode != 200 {
		t.Errorf("a new publication: %s", after.Status)
	}
}

func TestWhoListensHearsOfAPublication(t *testing.T) {
	a := newAuthority(t, Config{})
	site, url := serve(t, a)
	resp, err := http.Get(url + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(resp.Body); in.Scan(); {
			if strings.HasPrefix(in.Text(), "data: ") {
				lines <- in.Text()
			}
		}
	}()
	if got := <-lines; got != "data: 1" || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("at the beginning: %q", got)
	}
	a.publish("20260301_blacklist.csv", blacklist(1))
	if got := <-lines; got != "data: 2" {
		t.Errorf("after a publication: %q", got)
	}
	// Without this a server's Shutdown would wait for every listener.
	site.heard.publish(3, true)
	<-lines
	if _, open := <-lines; open {
		t.Error("the stream did not end")
	}
}

func TestListenersAreLimited(t *testing.T) {
	site := &Site{}
	site.heard.listeners = maxListeners
	w := httptest.NewRecorder()
	site.ServeHTTP(w, httptest.NewRequest("GET", "/events", nil))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d", w.Code)
	}
	site.heard.listeners--
	ctx, stop := context.WithTimeout(context.Background(), time.Millisecond)
	defer stop()
	w = httptest.NewRecorder()
	site.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/events", nil))
	if w.Code != http.StatusOK || site.heard.listeners != maxListeners-1 {
		t.Errorf("%d, %d listen", w.Code, site.heard.listeners)
	}
}
