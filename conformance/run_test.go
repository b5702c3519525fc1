package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"paperweight/conformance/callee"
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
		{"no certificate in PEM", []string{"--target", "x:1", "--transport", "tls", "--tls-ca", bad}},
		{"belong together", []string{"--target", "x:1", "--transport", "tls", "--tls-ca", bad, "--tls-cert", "c.pem"}},
		{"--junit: open nowhere/", []string{"--target", "x:1", "--junit", "nowhere/report.xml"}},
		{"--html: open nowhere/", []string{"--target", "x:1", "--html", "nowhere/report.html"}},
		{"HOST:PORT", []string{"--target", "192.0.2.1"}},
		{"HOST:PORT", []string{"--target", "2001:db8::1"}},
		{"--timeout", []string{"--target", "x:1", "--timeout", "0s"}},
		{"--jobs", []string{"--target", "x:1", "--jobs", "0"}},
		{"pigeon", []string{"--target", "x:1", "--transport", "pigeon"}},
	} {
		_, err := run(append([]string{"run"}, c.args...)...)
		var found *failure
		if err == nil || !strings.Contains(err.Error(), c.words) || errors.As(err, &found) {
			t.Errorf("%v: %v, want an error of use with %q", c.args, err, c.words)
		}
	}
}

// Who answers no CER can't be judged, which is no failure of a case.
func TestRunOfWhatIsNoEIR(t *testing.T) {
	for words, serve := range map[string]func(net.Conn){
		"nothing on connection 1":   func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"came on connection 1":      func(c net.Conn) { _, _ = io.Copy(c, c) }, // an echo
		"begin no Diameter message": func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") },
		"closed on connection 1":    func(net.Conn) {},
	} {
		_, err := run("run", "--target", callee.Serve(t, serve), "--timeout", "100ms")
		var found *failure
		if err == nil || !strings.Contains(err.Error(), "can't be judged") || !strings.Contains(err.Error(), words) || errors.As(err, &found) {
			t.Errorf("%v, want an error that it can't be judged, with %q", err, words)
		}
	}
	_, err := run("run", "--target", fmt.Sprintf("127.0.0.1:%d", freePort(t)), "--timeout", "100ms")
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("nobody there: %v", err)
	}
}

// A run that judges nothing is no success.
func TestRunOfNothing(t *testing.T) {
	target := callee.Serve(t, callee.Open("eir.test", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }))
	out, err := run("run", "--target", target, "--section", "ts29272/6.2.1.3")
	var found *failure
	if err == nil || !strings.Contains(err.Error(), "could be run") || errors.As(err, &found) || !strings.Contains(out, ": not judged\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// A run that is stopped writes what it has, and is no success.
func TestStoppedRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int32
	target := callee.Serve(t, callee.Open("eir.test", func(c net.Conn) {
		if calls.Add(1) > 1 { // the first was to see who is there
			cancel()
		}
		_, _ = io.Copy(io.Discard, c)
	}))
	name := filepath.Join(t.TempDir(), "report.xml")
	c := command()
	c.SetArgs([]string{"run", "--target", target, "--timeout", "1h", "--section", "rfc6733/5.5", "--junit", name})
	c.SetOut(io.Discard)
	err := c.ExecuteContext(ctx)
	var found *failure
	if err == nil || !strings.HasPrefix(err.Error(), "stopped: ") || errors.As(err, &found) {
		t.Errorf("%v, want that it was stopped", err)
	}
	if b, err := os.ReadFile(name); err != nil || !strings.Contains(string(b), "not run: the run was stopped") {
		t.Errorf("%v\n%s", err, b)
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
