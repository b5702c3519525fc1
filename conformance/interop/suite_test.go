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
	files := map[string]string{
		"freeDiameter.conf": conf,
		"subject.yaml":      fmt.Sprintf("peers: {realm: %s, count: %d}\n", realm, peers),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	daemon := start(t, "freeDiameterd", "-c", filepath.Join(dir, "freeDiameter.conf"))
	daemon.says(t, "daemon initialized")
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
