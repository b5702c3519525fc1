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
store: {data: %q, cache_bytes: 1048576}
log: {level: warn}
`, r.tcp, r.tls, node.ownCert, node.ownKey, node.ca, admin, filepath.Join(dir, "data")))
	commands := drives(dir, program, config)
	shell(t, commands.Start)
	t.Cleanup(func() {
		shell(t, "kill -KILL $(cat "+dir+"/pid); while [ -e "+dir+"/pid ]; do sleep 0.02; done")
		if said, err := os.ReadFile(filepath.Join(dir, "log")); t.Failed() {
			t.Logf("the register said: %v\n%s", err, said)
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
	list, unread := longList(t)
	for _, name := range []string{filepath.Join(dir, "paperweight.csv"), list} {
		if out, err := exec.Command(program, "import", "--admin", "http://"+admin, name).CombinedOutput(); err != nil {
			t.Fatalf("import: %v\n%s", err, out)
		}
	}
	s.Declares = judge.Declarations{
		Watchdog: 6 * time.Second, CERTimeout: 2 * time.Second, MaxMessage: 65536, PeerTable: true,
		Unknown: "unknown", NoIMSI: "prohibited", StoreFailure: "unable",
		Malformed: map[string]string{
			"absent": "invalid", "empty": "invalid", "blank": "invalid", "null": "invalid", "too_short": "invalid", "too_long": "invalid",
			"hexadecimal": "invalid", "symbols": "invalid", "letters": "invalid", "other_octets": "invalid",
			"all_zero": "unknown", "repeated_digit": "unknown",
		},
	}
	r.undriven = writeSubject(t, dir, "undriven.yaml", s)
	s.Drive = judge.Drive{PeerRate: rate, Commands: commands, Within: 30 * time.Second, Unread: unread}
	r.subject = writeSubject(t, dir, "complete.yaml", s)
	return r
}

// drives are the commands that drive a register whose data is below dir. Who
// started it waits for its end and then takes its pid away.
//
// The store is broken as a file system breaks it: its tables lose their contents
// while the register has them open.
func drives(dir, program, config string) judge.Commands {
	line := strings.NewReplacer("DIR", dir, "PROGRAM", program, "CONFIG", config).Replace
	return judge.Commands{
		Start:      line(`(PROGRAM serve --config CONFIG >>DIR/log 2>&1 & echo $! >DIR/pid; wait $!; rm DIR/pid) >/dev/null 2>&1 &`),
		Stop:       line(`kill -TERM $(cat DIR/pid); while [ -e DIR/pid ]; do sleep 0.02; done`),
		BreakStore: line(`mkdir DIR/whole && cp DIR/data/tables/*.sst DIR/whole && for f in DIR/data/tables/*.sst; do : >$f || exit 1; done`),
		MendStore:  line(`for f in DIR/whole/*; do cat $f >DIR/data/tables/${f##*/} || exit 1; done; rm -r DIR/whole`),
	}
}

func shell(t *testing.T, line string) {
	t.Helper()
	if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, out)
	}
}

// longList writes a list of prohibited equipment of which the register's cache
// holds a tenth at most, and returns some of it, each of another part.
func longList(t *testing.T) (name string, some []string) {
	t.Helper()
	const entries = 1_500_000
	b := []byte("imei,block_date,reasons\n")
	for i := range entries {
		imei := fmt.Sprintf("%08d%06d", 101060+i/100_000, i%100_000*7)
		if i%50_000 == 25_000 && i < entries/3 {
			some = append(some, imei)
		}
		b = fmt.Appendf(b, "%s,20260101,conformance suite\n", imei)
	}
	return write(t, t.TempDir(), "20260101_000000_blacklist.csv", b), some
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
	pid := filepath.Join(dir, "pid")
	target := keepRunning(t, program, write(t, dir, "list", []byte(list.String())), pid)
	// It ends at once, and is started again without being asked for.
	s.Drive.Commands = judge.Commands{Stop: "sleep 0.3; kill -TERM $(cat " + pid + ")", Start: "true"}
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
func keepRunning(t *testing.T, program, list, pid string) string {
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
			c := exec.Command("sh", "-c", `ulimit -v 4000000; echo $$ >"$3"; exec "$0" -listen "$1" -list "$2"`, program, target, list, pid)
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
