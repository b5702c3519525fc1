package interop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// capture is all that goes over one port of loopback, as tshark records it.
type capture struct {
	*process
	file string
	port int
}

// startCapture returns once packets are being recorded. The port must have no
// listener yet, or one that takes a connection that says nothing.
func startCapture(t *testing.T, port int) *capture {
	t.Helper()
	c := &capture{file: filepath.Join(t.TempDir(), "capture.pcapng"), port: port}
	c.process = start(t, "tshark", "-q", "-i", "lo", "-f", fmt.Sprintf("tcp port %d", port), "-w", c.file)
	c.flush(t)
	return c
}

// flush returns once everything sent before it is in the file: the recorder
// writes packets in order, so it sends packets until the file has grown.
func (c *capture) flush(t *testing.T) {
	t.Helper()
	before := int64(-1)
	until(t, "tshark records on loopback", func() bool {
		if c.ended() {
			t.Fatalf("tshark ended: %v (it needs the right to capture)", c.err)
		}
		if conn, err := net.DialTimeout("tcp", loopback(c.port), time.Second); err == nil {
			conn.Close()
		}
		info, err := os.Stat(c.file)
		if err != nil {
			return false
		}
		if before < 0 {
			before = info.Size()
		}
		return before > 0 && info.Size() > before
	})
}

// finish ends the recording.
func (c *capture) finish(t *testing.T) {
	t.Helper()
	c.flush(t)
	c.stop(t, syscall.SIGINT)
}

// ours matches what the register sent; faults, of that, what the dissector
// can't read as Diameter or has a complaint about: malformed, or an expert
// note of the severity warning (0x600000) or error (0x800000).
const (
	ours   = "tcp.srcport == %d && tcp.len > 0"
	faults = "(!diameter || _ws.malformed || _ws.expert.severity >= 0x600000)"
)

// fromUs are the messages of the register's that also match the filter; each
// is one line: its number, the command code, and every complaint about it.
func (c *capture) fromUs(t *testing.T, filter string) []string {
	t.Helper()
	return dissect(t, c.file, c.port, fmt.Sprintf(ours, c.port)+" && "+filter)
}

// dissect has Wireshark read a file, with the port as Diameter's, and returns
// the packets that match. TCP's own complaints are not asked for: this is
// about what Diameter peers say.
func dissect(t *testing.T, file string, port int, filter string) []string {
	t.Helper()
	out, err := exec.Command("tshark", "-r", file, "-d", fmt.Sprintf("tcp.port==%d,diameter", port),
		"-o", "tcp.analyze_sequence_numbers:FALSE", "-Y", filter,
		"-T", "fields", "-e", "frame.number", "-e", "diameter.cmd.code", "-e", "_ws.expert.message").Output()
	if err != nil {
		t.Fatalf("tshark -r %s -Y %q: %v", file, filter, err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

// clean fails the test for each complaint about what the register sent, and
// where it sent less than the given number of packets.
func (c *capture) clean(t *testing.T, atLeast int) {
	t.Helper()
	if sent := c.fromUs(t, "diameter"); len(sent) < atLeast {
		t.Errorf("the dissector saw %d Diameter packets of the register's, want at least %d", len(sent), atLeast)
	}
	for _, complaint := range c.fromUs(t, faults) {
		t.Errorf("the dissector complains of what the register sent (packet, command, why): %s", complaint)
	}
}
