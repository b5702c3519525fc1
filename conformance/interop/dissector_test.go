package interop

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// goldenECA is DIAMETER_SUCCESS and BLACKLISTED, faultless.
const goldenECA = "010000b040000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c010000240000010c4000000c000007d1000001154000000c00000001000001084000001b6569722e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700000005a5c0000010000028af00000001"

// The assertion of clean can fail: the same filter finds a fault put into a
// message, and none in the message as it was.
func TestDissectorFindsFaults(t *testing.T) {
	gate(t, diameterTools...)
	golden, err := hex.DecodeString(goldenECA)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int, b ...byte) []byte {
		return slices.Replace(slices.Clone(golden), at, at+len(b), b...)
	}
	sessionID, last := 20, len(golden)-16
	for _, c := range []struct {
		name  string
		msg   []byte
		fault bool
	}{
		{"as it was", golden, false},
		{"version 2", changed(0, 2), true},
		{"a reserved command flag", changed(4, 0x41), true},
		{"a reserved AVP flag", changed(sessionID+4, 0x41), true},
		{"an AVP of length 4", changed(sessionID+5, 0, 0, 4), true},
		{"an AVP longer than its message", changed(last+5, 0, 0, 0x20), true},
		{"an Equipment-Status of 2 bytes", changed(last+5, 0, 0, 14), true},
		{"an AVP that nobody knows", changed(last, 0, 0x7f, 0xff, 0xff), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			const port = 3868
			file := packet(t, c.msg, port)
			found, err := dissect(file, port, ours(port)+faults)
			if err != nil {
				t.Fatal(err)
			}
			if (len(found) > 0) != c.fault {
				t.Errorf("faults found: %q, want some: %v", found, c.fault)
			}
		})
	}
}

// packet writes a capture file of one packet from the port.
func packet(t *testing.T, payload []byte, port int) string {
	t.Helper()
	dir := t.TempDir()
	dump, file := filepath.Join(dir, "dump"), filepath.Join(dir, "capture.pcapng")
	if err := os.WriteFile(dump, fmt.Appendf(nil, "000000 % x\n", payload), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("text2pcap", "-T", fmt.Sprintf("%d,40000", port), dump, file).CombinedOutput()
	if err != nil {
		t.Fatalf("text2pcap: %v\n%s", err, out)
	}
	return file
}
