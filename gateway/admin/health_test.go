package admin

import (
	"errors"
	"strings"
	"testing"
)

// Who asks whether checks should come here is told yes while they are answered
// rightly, and in every case of what else is missing.
func TestHealth(t *testing.T) {
	checks := []Check{NewCheck("serving", true, nil), NewCheck("changes", false, errors.New("disk full"))}
	n := run(t, func(o *Options) { o.Checks = func() []Check { return checks } })
	asked := func(path string, status int, want string) {
		t.Helper()
		if got, text := request(t, "GET", n.url+path, "", nil); got != status || text != want+"\n" {
			t.Errorf("%s: %d %s, want %d %s", path, got, text, status, want)
		}
	}
	asked("/readyz", 200, `{"status":"ready"}`)
	asked("/readyz?verbose", 200, `{"status":"ready","checks":[{"check":"serving","ok":true,"needed":true},{"check":"changes","ok":false,"why":"disk full","needed":false}]}`)
	checks[0] = NewCheck("serving", true, errors.New("stopping"))
	asked("/readyz", 503, `{"error":"stopping"}`)
	asked("/readyz?verbose", 503, `{"error":"stopping","checks":[{"check":"serving","ok":false,"why":"stopping","needed":true},{"check":"changes","ok":false,"why":"disk full","needed":false}]}`)
	if status, text := request(t, "GET", n.url+"/healthz", "", nil); status != 200 || !strings.Contains(text, "alive") {
		t.Errorf("healthz: %d %s", status, text)
	}
	if status, text := request(t, "GET", n.url+"/api/v1/peers", "", nil); status != 200 || !strings.Contains(text, "mme.example.org") {
		t.Errorf("peers: %d %s", status, text)
	}
}
