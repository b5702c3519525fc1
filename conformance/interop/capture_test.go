package interop

import (
	"fmt"
	"net"
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

// startCapture returns once packets are being recorded.
func startCapture(t *testing.T, port int) *capture {
	t.Helper()
	c := &capture{file: filepath.Join(t.TempDir(), "capture.pcapng"), port: port}
	c.process = start(t, "tshark", "-q", "-i", "lo", "-f", fmt.Sprintf("tcp port %d", port), "-w", c.file)
	c.mark(t)
	return c
}

// mark returns once everything sent before it is in the file. The recorder
// keeps packets in order, so it makes a connection, which nobody need accept,
// from a port of its own, and waits until that is recorded.
func (c *capture) mark(t *testing.T) {
	t.Helper()
	until(t, "tshark records on loopback", func() bool {
		from := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: freePort(t)}
		dialer := net.Dialer{LocalAddr: from, Timeout: time.Second}
		if conn, err := dialer.Dial("tcp", loopback(c.port)); err == nil {
			conn.Close()
		}
		for range 5 {
			if c.ended() {
				t.Fatalf("tshark ended: %v (it needs the right to capture)", c.err)
			}
			if c.has(fmt.Sprintf("tcp.srcport == %d", from.Port)) {
				return true
			}
			time.Sleep(50 * time.Millisecond)
		}
		return false // it was sent before the recording began
	})
}

// has reports whether the file, which may be being written, has a packet that
// matches.
func (c *capture) has(filter string) bool {
	found, _ := dissect(c.file, c.port, filter)
	return len(found) > 0
}

// finish ends the recording.
func (c *capture) finish(t *testing.T) {
	t.Helper()
	c.mark(t)
	c.stop(t, syscall.SIGINT)
}

// faults match, of Diameter peers' packets, what the dissector can't read as
// Diameter or has a complaint about: malformed, or an expert note of the
// severity warning (0x600000) or error (0x800000).
const faults = "(!diameter || _ws.malformed || _ws.expert.severity >= 0x600000)"

// ours matches the packets that the register sent, from a port.
func ours(port int) string { return fmt.Sprintf("tcp.srcport == %d && tcp.len > 0 && ", port) }

// fromUs are the packets of the register's that also match the filter, once
// the recording is finished.
func (c *capture) fromUs(t *testing.T, filter string) []string {
	t.Helper()
	found, err := dissect(c.file, c.port, ours(c.port)+filter)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// dissect has Wireshark read a file, with the port as Diameter's, and returns
// the packets that match, each as one line: its number, its command code, and
// every complaint about it. TCP's own complaints are not asked for: this is
// about what Diameter peers say.
func dissect(file string, port int, filter string) ([]string, error) {
	out, err := exec.Command("tshark", "-r", file, "-d", fmt.Sprintf("tcp.port==%d,diameter", port),
		"-o", "tcp.analyze_sequence_numbers:FALSE", "-Y", filter,
		"-T", "fields", "-e", "frame.number", "-e", "diameter.cmd.code", "-e", "_ws.expert.message").Output()
	if err != nil {
		err = fmt.Errorf("tshark -r %s -Y %q: %w", file, filter, err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' }), err
}

// emptyGroup is what the dissector says of the answer to a request without
// Terminal-Information. It is what was asked for:
//
// RFC 6733 7.1.5, DIAMETER_MISSING_AVP: the Failed-AVP has an example of the
// missing AVP whose value "should be of correct minimum length and contain
// zeroes"; of a group whose members are all optional that is no octet.
const emptyGroup = "Data is empty"

// clean fails the test for each complaint about what the register sent, where
// it sent less than the given number of packets, and where another number
// than the one given earned the complaint emptyGroup and no other.
func (c *capture) clean(t *testing.T, atLeast, emptyGroups int) {
	t.Helper()
	if sent := c.fromUs(t, "diameter"); len(sent) < atLeast {
		t.Errorf("the dissector saw %d Diameter packets of the register's, want at least %d", len(sent), atLeast)
	}
	empty := 0
	for _, complaint := range c.fromUs(t, faults) {
		if strings.HasSuffix(complaint, "\t"+emptyGroup) {
			empty++
			continue
		}
		t.Errorf("the dissector complains of what the register sent (packet, command, why): %s", complaint)
	}
	if empty != emptyGroups {
		t.Errorf("%d answers with an empty group in Failed-AVP, want %d", empty, emptyGroups)
	}
}
