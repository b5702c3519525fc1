package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"paperweight/conformance/judge"
)

// build builds a program of this module.
func build(t *testing.T, name, from string) string {
	t.Helper()
	built := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", built, from).CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", from, err, out)
	}
	return built
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// prepare writes what subject --init writes, and returns the subject and where
// the files are.
func prepare(t *testing.T) (judge.Subject, string) {
	t.Helper()
	dir := t.TempDir()
	if _, err := run("subject", "--init", "--dir", dir); err != nil {
		t.Fatal(err)
	}
	s, err := judge.ReadSubject(filepath.Join(dir, "subject.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// write writes a file into a folder and returns its name.
func write(t *testing.T, dir, name string, text []byte) string {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func writeSubject(t *testing.T, dir, name string, s judge.Subject) string {
	t.Helper()
	b, err := yaml.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, dir, name, b)
}

// register is a running node of ours, prepared for the suite: where it listens,
// what subject.yaml says of it (undriven is the same without how to drive it),
// and the suite's certificate.
type register struct{ tcp, tls, subject, undriven, ca, cert, key string }

// startRegister starts a program as `paperweight serve` with the shortest
// timers there are and a peer table, and imports the lists of the suite.
func startRegister(t *testing.T, program string) register {
	t.Helper()
	s, dir := prepare(t)
	at := func() string { return fmt.Sprintf("127.0.0.1:%d", freePort(t)) }
	r := register{tcp: at(), tls: at()}
	admin := at()
	node := issue(t, dir, s)
	r.ca, r.cert, r.key = node.ca, node.cert, node.key
	peers, err := os.ReadFile(filepath.Join(dir, "peers.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const rate = 2000
	peers = bytes.ReplaceAll(peers, []byte("]}"), fmt.Appendf(nil, "], max_rate: %d}", rate))
	config := write(t, dir, "config.yaml", fmt.Appendf(peers, `  listen: [%q]
  tls: {listen: [%q], cert: %q, key: %q, ca: %q}
  cer_timeout: 2s
  watchdog: 6s
admin: {listen: %q}
store: {data: %q}
log: {level: warn}
`, r.tcp, r.tls, node.ownCert, node.ownKey, node.ca, admin, filepath.Join(dir, "data")))
	var said strings.Builder
	c := exec.Command(program, "serve", "--config", config)
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("the register said:\n%s", &said)
		}
	})
	for until := time.Now().Add(time.Minute); ; {
		if a, err := http.Get("http://" + admin + "/readyz"); err == nil {
			a.Body.Close()
			if a.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Now().After(until) {
			t.Fatal("the register does not become ready")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if out, err := exec.Command(program, "import", "--admin", "http://"+admin, filepath.Join(dir, "paperweight.csv")).CombinedOutput(); err != nil {
		t.Fatalf("import: %v\n%s", err, out)
	}
	s.Declares = judge.Declarations{
		Watchdog: 6 * time.Second, CERTimeout: 2 * time.Second, MaxMessage: 65536, PeerTable: true,
		Unknown: "unknown", NoIMSI: "prohibited",
		Malformed: map[string]string{
			"absent": "invalid", "empty": "invalid", "blank": "invalid", "null": "invalid", "too_short": "invalid", "too_long": "invalid",
			"hexadecimal": "invalid", "symbols": "invalid", "letters": "invalid", "other_octets": "invalid",
			"all_zero": "unknown", "repeated_digit": "unknown",
		},
	}
	r.undriven = writeSubject(t, dir, "undriven.yaml", s)
	s.Drive = judge.Drive{PeerRate: rate}
	r.subject = writeSubject(t, dir, "complete.yaml", s)
	return r
}

// Our own register keeps every clause, also those that only recommend, over
// each transport that this machine has.
func TestRegisterConforms(t *testing.T) {
	program := build(t, "paperweight", "paperweight/gateway")
	t.Run("tcp", func(t *testing.T) {
		t.Parallel()
		r := startRegister(t, program)
		out, err := run("run", "--target", r.tcp, "--subject", r.subject, "--strict", "--timeout", "20s")
		judged(t, out, err, "rfc6733/13.") // of TLS
	})
	t.Run("tls", func(t *testing.T) {
		t.Parallel()
		r := startRegister(t, program)
		out, err := run("run", "--target", r.tls, "--subject", r.subject, "--strict", "--timeout", "20s",
			"--transport", "tls", "--host", "eir.epc.example.org", "--tls-ca", r.ca, "--tls-cert", r.cert, "--tls-key", r.key)
		judged(t, out, err, "")
	})
}

// judged fails the test where a run did, or where a case was not run whose ID
// does not begin with notRun.
func judged(t *testing.T, out string, err error, notRun string) {
	t.Helper()
	for line := range strings.Lines(out) {
		if id, ok := strings.CutPrefix(line, "not run   "); ok && (notRun == "" || !strings.HasPrefix(id, notRun)) {
			t.Error(line)
		}
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	t.Log(lines[len(lines)-1])
}

// A server as most people would write it fails what its list says, and nothing
// else: the suite can fail.
func TestBareGoDiameterFails(t *testing.T) {
	program := build(t, "bare", "paperweight/conformance/testdata/baregodiameter")
	s, dir := prepare(t)
	var list strings.Builder
	for status, imeis := range map[string][]string{"prohibited": append(s.Equipment.Prohibited, s.Equipment.Pair.IMEI), "tracked": s.Equipment.Tracked, "permitted": s.Equipment.Permitted} {
		for _, imei := range imeis {
			fmt.Fprintf(&list, "%s,%s\n", status, imei)
		}
	}
	target := keepRunning(t, program, write(t, dir, "list", []byte(list.String())))
	out, err := run("run", "--target", target, "--subject", writeSubject(t, dir, "complete.yaml", s), "--strict", "--timeout", "3s", "--jobs", "24",
		"--expect-failures", filepath.Join("testdata", "baregodiameter", "expected.yaml"))
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	t.Log(lines[len(lines)-1])
	if n := strings.Count(out, "\nexpected "); n < 100 {
		t.Errorf("%d failures; the list holds over 100", n)
	}
}

// keepRunning runs the bare server, as a service manager would: where it ends it
// is started again. Its memory is bounded: one of the attacks asks for all there is.
func keepRunning(t *testing.T, program, list string) string {
	t.Helper()
	target := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	listens := make(chan struct{})
	var (
		once    sync.Once
		mu      sync.Mutex
		current *exec.Cmd // guarded by mu
		stopped bool      // guarded by mu
		done    = make(chan struct{})
	)
	go func() {
		defer close(done)
		for {
			c := exec.Command("sh", "-c", `ulimit -v 4000000; exec "$0" -listen "$1" -list "$2"`, program, target, list)
			out, err := c.StdoutPipe()
			mu.Lock()
			if stopped || err != nil || c.Start() != nil {
				mu.Unlock()
				return
			}
			current = c
			mu.Unlock()
			if bufio.NewScanner(out).Scan() {
				once.Do(func() { close(listens) })
			}
			_ = c.Wait()
		}
	}()
	t.Cleanup(func() {
		mu.Lock()
		stopped = true
		if current != nil {
			_ = current.Process.Kill()
		}
		mu.Unlock()
		<-done
	})
	select {
	case <-listens:
	case <-done:
		t.Fatal("the bare server can't be started")
	}
	return target
}
