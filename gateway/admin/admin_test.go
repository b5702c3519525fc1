package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"paperweight/diameter"
	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/intake"
)

// noon is when everything happens.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// running is a server on a store of its own, with a client of it.
type running struct {
	url    string
	client *Client
	server *Server
	spool  string
}

func run(t *testing.T, change func(*Options)) running {
	t.Helper()
	st, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	register, err := eir.New(st, eir.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Node:  &Node{Store: st, Register: register, Limits: intake.DefaultLimits(), Now: func() time.Time { return noon }},
		Spool: t.TempDir(), MaxUpload: 1 << 20,
		Checks:  func() []Check { return nil },
		Peers:   func() []diameter.PeerState { return []diameter.PeerState{{Host: "mme.example.org"}} },
		Metrics: http.NotFoundHandler(),
		Log:     zap.NewNop(),
	}
	if change != nil {
		change(&o)
	}
	s := NewServer(o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
		left, err := os.ReadDir(o.Spool)
		if err != nil || len(left) > 0 {
			t.Errorf("uploads are left behind: %v, %v", left, err)
		}
	})
	url := "http://" + l.Addr().String()
	client, err := NewClient(url)
	if err != nil {
		t.Fatal(err)
	}
	return running{url, client, s, o.Spool}
}

// request sends a request and returns its status and body.
func request(t *testing.T, method, url, body string, change func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(text)
}

func TestWhoMayAsk(t *testing.T) {
	n := run(t, nil)
	add := `{"equipment":"00440100000001","status":"prohibited","reason":"x"}`
	for name, test := range map[string]struct {
		method, path string
		change       func(*http.Request)
		want         int
	}{
		"this machine":              {"GET", "/healthz", nil, 200},
		"by the name localhost":     {"GET", "/healthz", func(r *http.Request) { r.Host = "localhost:9313" }, 200},
		"by another loopback":       {"GET", "/healthz", func(r *http.Request) { r.Host = "[::1]:9313" }, 200},
		"a rebound name":            {"GET", "/api/v1/list", func(r *http.Request) { r.Host = "evil.example" }, 403},
		"a rebound name, metrics":   {"GET", "/metrics", func(r *http.Request) { r.Host = "evil.example:9313" }, 403},
		"localhost as a label":      {"GET", "/healthz", func(r *http.Request) { r.Host = "localhost.evil.example" }, 403},
		"an address off loopback":   {"GET", "/healthz", func(r *http.Request) { r.Host = "192.0.2.1:9313" }, 403},
		"a page of another origin":  {"POST", "/api/v1/list", func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, 403},
		"a browser's cross-site":    {"DELETE", "/api/v1/list", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		"a page of the same origin": {"POST", "/api/v1/list", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }, 200},
	} {
		body := ""
		if test.method != "GET" {
			body = add
		}
		status, text := request(t, test.method, n.url+test.path, body, test.change)
		if status != test.want {
			t.Errorf("%s: status %d, want %d: %s", name, status, test.want, text)
		}
		if status == 403 && !strings.Contains(text, `"error":`) {
			t.Errorf("%s: the refusal says nothing: %s", name, text)
		}
	}
}

func TestOnlyOnLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:0": true, "127.8.8.8:1": true, "[::1]:9313": true,
		"0.0.0.0:9313": false, "[::]:9313": false, "192.0.2.1:9313": false, "localhost:9313": false,
	} {
		if err := CheckListen(address); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := NewServer(Options{Metrics: http.NotFoundHandler(), Log: zap.NewNop()}).Serve(l); err == nil || !strings.Contains(err.Error(), "no authentication") {
		t.Errorf("a listener on every address: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	n := run(t, nil)
	form := func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=b") }
	file := func(content string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\r\n" + content + "\r\n--b--\r\n"
	}
	for name, test := range map[string]struct {
		method, path, body string
		change             func(*http.Request)
		status             int
		want               string
	}{
		"no JSON":                    {"POST", "/api/v1/list", "x", nil, 400, "not the JSON that is expected"},
		"an unknown field":           {"POST", "/api/v1/list", `{"imei":"00440100000001"}`, nil, 400, `unknown field`},
		"a long body":                {"POST", "/api/v1/list", `{"reason":"` + strings.Repeat("x", maxBody) + `"}`, nil, 413, "more than 65536 octets"},
		"no status":                  {"POST", "/api/v1/list", `{"equipment":"00440100000001"}`, nil, 400, "permitted, tracked or prohibited"},
		"a status that is an answer": {"POST", "/api/v1/list", `{"equipment":"00440100000001","status":"invalid"}`, nil, 400, "permitted, tracked or prohibited"},
		"not an entry":               {"DELETE", "/api/v1/list", `{"equipment":"00440100000001"}`, nil, 404, "is no entry of the operator's own"},
		"another method":             {"PUT", "/api/v1/list", "", nil, 405, "Method Not Allowed"},
		"another path":               {"GET", "/api/v2/list", "", nil, 404, "not found"},
		"no form":                    {"POST", "/api/v1/import", "imei\n", nil, 400, "multipart/form-data"},
		"no file":                    {"POST", "/api/v1/import", "--b--\r\n", form, 400, "no file was sent"},
		"a field for a file":         {"POST", "/api/v1/import", "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b--\r\n", form, 400, "is no file"},
		"half a form":                {"POST", "/api/v1/import", file("imei")[:80], form, 400, "the upload broke off"},
		"too large an upload":        {"POST", "/api/v1/import", file(strings.Repeat("x", 1<<20)), form, 413, "admin.max_upload"},
		"no header":                  {"POST", "/api/v1/import", file("00440100000001,,\n"), form, 400, "the header is missing"},
		"no such format":             {"POST", "/api/v1/import?format=nope", file("imei"), form, 400, `"error":"no list format`},
	} {
		status, text := request(t, test.method, n.url+test.path, test.body, test.change)
		if status != test.status || !strings.Contains(text, test.want) {
			t.Errorf("%s: %d %s, want %d and %q", name, status, text, test.status, test.want)
		}
	}
}

// TestClientIsNode holds the client to the node: what one of them says of an
// entry, the other must.
func TestClientIsNode(t *testing.T) {
	n := run(t, nil)
	ctx := context.Background()
	later := noon.Add(time.Hour)
	entries := []Entry{
		{Target: Target{Equipment: "00440100000001", SVN: "07,08"}, Status: eir.Prohibited, Reason: "stolen", Reference: "r1", Until: &later},
		{Target: Target{Equipment: "00440100"}, Status: eir.Tracked},
		{Target: Target{Equipment: "00440100000100-00440100000199"}, Status: eir.Permitted},
		{Target: Target{Equipment: "00440100000001", IMSI: "001010123456789"}, Status: eir.Permitted},
		{Target: Target{Equipment: "00440100000100-00440100000199", IMSI: "00101*"}, Status: eir.Permitted},
		{Target: Target{IMSI: "001019999999999"}, Status: eir.Permitted},
	}
	listed := map[Target]Entry{}
	for _, e := range entries {
		if _, err := n.client.Add(ctx, e); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		e.Date = &noon
		listed[e.Target] = e
	}
	shown := map[Target]Entry{}
	for e, err := range n.client.Show(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		shown[e.Target] = e
	}
	if diff := cmp.Diff(listed, shown); diff != "" {
		t.Errorf("-listed +shown:\n%s", diff)
	}
	remote, err := n.client.Explain(ctx, Question{IMEI: "00440100000001", SVN: "07", IMSI: "001010123456789"})
	if err != nil {
		t.Fatal(err)
	}
	local, err := n.server.options.Node.Explain(ctx, Question{IMEI: "00440100000001", SVN: "07", IMSI: "001010123456789"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(local, remote); diff != "" {
		t.Errorf("-node +client:\n%s", diff)
	}
	_, text := request(t, "GET", n.url+"/api/v1/explain?imei=00440100000001&svn=07&imsi=001010123456789", "", nil)
	var got Explanation
	if err := json.Unmarshal([]byte(text), &got); err != nil || !cmp.Equal(local, got) {
		t.Errorf("GET explain says %s, %v", text, err)
	}
	for target := range shown {
		if _, err := n.client.Remove(ctx, target); err != nil {
			t.Errorf("%+v: %v", target, err)
		}
	}
	sources, err := n.client.Sources(ctx)
	if err != nil || len(sources) != 1 || sources[0].Entries != 0 || sources[0].Sequence != 12 {
		t.Errorf("sources %+v, %v", sources, err)
	}
}

func TestImport(t *testing.T) {
	n := run(t, nil)
	path := filepath.Join(t.TempDir(), "barred.csv")
	list := "imei\n" + strings.Repeat("00440100000001\n", 3) + "x\n"
	if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	var phases []intake.Phase
	result, err := n.client.Import(context.Background(), Job{
		Files: []intake.File{intake.Path(path)}, Format: "barred", Source: "here", Report: &report,
		Progress: func(p intake.Progress) { phases = append(phases, p.Phase) },
	})
	if err != nil || !result.Applied || result.Source != "here" || result.State.Entries != 1 || result.Bad != 1 || result.Files[0] != "barred.csv" {
		t.Errorf("result %+v, %v", result, err)
	}
	lines := strings.Split(strings.TrimSpace(report.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"line":5`) || !strings.HasPrefix(lines[1], `{"summary":`) {
		t.Errorf("report:\n%s", report.String())
	}
	if len(phases) == 0 || phases[0] != Sending {
		t.Errorf("phases %v", phases)
	}
	if err := os.WriteFile(path, []byte("imei\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = n.client.Import(context.Background(), Job{Files: []intake.File{intake.Path(path)}, Format: "barred", Source: "here"})
	var held *intake.Held
	if !errors.As(err, &held) || held.Source != "here" || len(held.Findings) == 0 {
		t.Errorf("an empty list: %v, want it held", err)
	}
	_, err = n.client.Import(context.Background(), Job{Files: []intake.File{intake.Path(path + "x")}})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestOneImportAtATime holds an upload open while another comes.
func TestOneImportAtATime(t *testing.T) {
	n := run(t, nil)
	body, upload := io.Pipe()
	r, err := http.NewRequest("POST", n.url+"/api/v1/import", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	first := make(chan int, 1)
	go func() {
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Error(err)
			first <- 0
			return
		}
		a.Body.Close()
		first <- a.StatusCode
	}()
	if _, err := io.WriteString(upload, "--b\r\n"); err != nil {
		t.Fatal(err)
	}
	for len(n.server.importing) == 0 {
		time.Sleep(time.Millisecond)
	}
	status, text := request(t, "POST", n.url+"/api/v1/import", "--b--\r\n", func(r *http.Request) {
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	})
	if status != 409 || !strings.Contains(text, "another import or what-if is running") {
		t.Errorf("the second import: %d %s", status, text)
	}
	upload.Close()
	if status := <-first; status != 400 {
		t.Errorf("the first import, cut short: %d", status)
	}
}

// TestShutdownEndsUploads holds an upload open while the server stops: the
// cleanup of run would hang, were it waited for.
func TestShutdownEndsUploads(t *testing.T) {
	n := run(t, nil)
	body, upload := io.Pipe()
	defer upload.Close()
	r, err := http.NewRequest("POST", n.url+"/api/v1/import", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	told := make(chan string, 1)
	go func() {
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			told <- err.Error()
			return
		}
		defer a.Body.Close()
		text, _ := io.ReadAll(a.Body)
		told <- string(text)
	}()
	part := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\r\n" + strings.Repeat("x", 1<<10)
	if _, err := io.WriteString(upload, part); err != nil {
		t.Fatal(err)
	}
	for len(n.server.importing) == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := n.server.Shutdown(ctx); err != nil {
		t.Errorf("the upload held it up: %v", err)
	}
	if text := <-told; !strings.Contains(text, "the node is stopping") {
		t.Errorf("the client is told %s", text)
	}
}

func TestNoNode(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	c, err := NewClient(other.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sources(context.Background()); err == nil || !strings.Contains(err.Error(), "is it the admin port of a node?") {
		t.Errorf("another server: %v", err)
	}
	other.Close()
	var u *Unreachable
	if _, err := c.Sources(context.Background()); !errors.As(err, &u) || u.URL != other.URL {
		t.Errorf("no server: %v", err)
	}
	for _, bad := range []string{"127.0.0.1:9313", "https://127.0.0.1", "http://", "file:///x"} {
		if _, err := NewClient(bad); err == nil {
			t.Errorf("%s is taken for a URL", bad)
		}
	}
}
