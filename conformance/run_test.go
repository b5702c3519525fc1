package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paperweight/conformance/suite"
)

func TestListOfCases(t *testing.T) {
	out, err := run("run", "--list")
	if n := strings.Count(out, "\n"); err != nil || n != len(suite.Cases()) {
		t.Errorf("%d lines, %v; want %d", n, err, len(suite.Cases()))
	}
	out, err = run("run", "--list", "--section", "rfc6733/5.3,ts29272/7.4.3.4")
	if err != nil || !strings.Contains(out, "rfc6733/5.3.1/without-vendor-id ") || !strings.Contains(out, "ts29272/7.4.3.4/unknown ") || strings.Contains(out, "rfc6733/5.4") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	bad := write(t, dir, "bad.yaml", []byte("equipmint: {}\n"))
	stale := write(t, dir, "stale.yaml", []byte("rfc6733/5.3/no-such-case: gone\n"))
	for _, c := range []struct {
		words string
		args  []string
	}{
		{"--target", nil},
		{"rfc9999", []string{"--target", "x:1", "--section", "rfc9999"}},
		{"equipmint", []string{"--target", "x:1", "--subject", bad}},
		{"no-such-case", []string{"--target", "x:1", "--expect-failures", stale}},
		{"--tls-ca", []string{"--target", "x:1", "--transport", "tls"}},
		{"pigeon", []string{"--target", "x:1", "--transport", "pigeon"}},
	} {
		_, err := run(append([]string{"run"}, c.args...)...)
		var found *failure
		if err == nil || !strings.Contains(err.Error(), c.words) || errors.As(err, &found) {
			t.Errorf("%v: %v, want an error of use with %q", c.args, err, c.words)
		}
	}
}

// Who answers nothing can't be judged, which is no failure of a case; reports
// are written of what can be.
func TestRunOfASilentSubject(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = run("run", "--target", l.Addr().String(), "--timeout", "50ms")
	if err == nil || !strings.Contains(err.Error(), "can't be judged") {
		t.Errorf("%v, want an error that it can't be judged", err)
	}
}

func TestSubjectInitLeavesFilesAlone(t *testing.T) {
	dir := t.TempDir()
	out, err := run("subject", "--init", "--dir", dir, "--from", "192.0.2.7")
	if err != nil || strings.Count(out, "\n") != 6 {
		t.Fatalf("%v\n%s", err, out)
	}
	peers, err := os.ReadFile(filepath.Join(dir, "peers.yaml"))
	if err != nil || !strings.Contains(string(peers), `suite-256.epc.example.org, realm: epc.example.org, addresses: ["192.0.2.7"]`) {
		t.Errorf("%v\n%s", err, peers)
	}
	if _, err := run("subject", "--init", "--dir", dir); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second time: %v, want that the files exist", err)
	}
}
