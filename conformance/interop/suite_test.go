package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The conformance suite judges a daemon that is not ours, as far as a relay
// with nobody behind it can be judged: how it meets, watches and parts from a
// peer. What it does not keep is listed with reasons, and nothing else may fail.
func TestSuiteJudgesFreeDiameter(t *testing.T) {
	gate(t)
	dir := t.TempDir()
	suite := filepath.Join(dir, "conformance")
	if out, err := exec.Command("go", "build", "-o", suite, "paperweight/conformance").CombinedOutput(); err != nil {
		t.Fatalf("building the suite: %v\n%s", err, out)
	}
	const peers = 64
	port := freePort(t)
	conf := fmt.Sprintf("Identity = %q;\nRealm = %q;\nPort = %d;\nSecPort = 0;\nNo_SCTP;\nNo_IPv6;\nTwTimer = 6;\n", draHost, realm, port)
	for i := range peers {
		// Port 1 refuses the daemon's own attempts to connect.
		conf += fmt.Sprintf("ConnectPeer = \"suite-%03d.%s\" { ConnectTo = \"127.0.0.1\"; No_TLS; Port = 1; };\n", i+1, realm)
	}
	// Who started it waits for its end and then takes its pid away.
	line := strings.NewReplacer("DIR", dir).Replace
	begin := line("(freeDiameterd -c DIR/freeDiameter.conf >>DIR/log 2>&1 & echo $! >DIR/pid; wait $!; rm DIR/pid) >/dev/null 2>&1 &")
	end := line("kill -TERM $(cat DIR/pid); while [ -e DIR/pid ]; do sleep 0.05; done")
	files := map[string]string{
		"freeDiameter.conf": conf,
		"subject.yaml": fmt.Sprintf(`peers: {realm: %s, count: %d}
drive:
  commands: {start: %q, stop: %q}
`, realm, peers, begin, end),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("sh", "-c", begin).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", begin, err, out)
	}
	log := func() string {
		said, _ := os.ReadFile(filepath.Join(dir, "log")) // none yet
		return string(said)
	}
	t.Cleanup(func() {
		out, err := exec.Command("sh", "-c", strings.Replace(end, "TERM", "KILL", 1)).CombinedOutput()
		if t.Failed() || err != nil {
			t.Errorf("the daemon said:\n%s\nand its end: %v\n%s", log(), err, out)
		}
	})
	until(t, "the daemon is initialized", func() bool { return strings.Contains(log(), "daemon initialized") })
	// One case at a time: between two of them the relay would relay.
	out, err := exec.Command(suite, "run", "--target", loopback(port), "--subject", filepath.Join(dir, "subject.yaml"),
		"--section", "rfc6733/5.3.1,rfc6733/5.3.2,rfc6733/4.5,rfc6733/5.3.5,rfc6733/5.3.6,rfc6733/5.4,rfc6733/5.5,rfc6733/5.6.1",
		"--strict", "--jobs", "1", "--expect-failures", filepath.Join("..", "testdata", "freediameterd.yaml")).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	t.Log(lines[len(lines)-1])
}
