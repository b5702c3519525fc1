package interop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// patience bounds each wait for a program that is alive; no test depends on
// how much of it is used.
const patience = 60 * time.Second

// diameterTools are a relay and a dissector.
var diameterTools = []string{"freeDiameterd", "tshark", "text2pcap"}

// gate lets a test run where its tools are promised to be.
func gate(t *testing.T, tools ...string) {
	t.Helper()
	if os.Getenv("PAPERWEIGHT_INTEROP") != "1" {
		t.Skipf("not run: set PAPERWEIGHT_INTEROP=1 where %v are installed", tools)
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("PAPERWEIGHT_INTEROP=1 is set and a tool is missing: %v", err)
		}
	}
}

// until waits for a condition that some other program brings about.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// freePort returns a port of loopback that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// program builds the register once and returns where it is.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "paperweight-interop")
	if err != nil {
		return "", err
	}
	built := filepath.Join(dir, "paperweight")
	out, err := exec.Command("go", "build", "-o", built, "paperweight/gateway").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the register: %w\n%s", err, out)
	}
	return built, nil
})

// TestMain removes what program built.
func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv("PAPERWEIGHT_INTEROP") == "1" {
		if built, err := program(); err == nil {
			os.RemoveAll(filepath.Dir(built))
		}
	}
	os.Exit(code)
}
