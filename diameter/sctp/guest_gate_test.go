//go:build sctpguest

package sctp_test

import (
	"testing"
	"time"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// slow is a register that reads a disk for each check.
type slow struct{ register }

func (s slow) Check(q eir.Query) eir.Verdict {
	time.Sleep(3 * time.Millisecond)
	return s.register.Check(q)
}

// A line that stands because checks are slow is refused over SCTP, too: what the
// kernel keeps for a reader is more than one read takes, though each message in
// it is a system call of its own, and though the system's default is less. Then
// it is gone, and who comes next is answered.
func TestStandingLineIsRefused(t *testing.T) {
	sysctl(t, "net/core/rmem_default", "65536")
	n := serveAs(t, slow{}, 20*time.Millisecond, "127.0.0.1:0")
	c := n.open(t)
	const checks = 1500
	go func() {
		for hop := range uint32(checks) {
			if _, err := c.file.Write(ecr(t, hop)); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	results := make(map[uint32]int)
	for range checks {
		results[resultCode(c.answer(wire.MEIdentityCheck))]++
	}
	t.Logf("%d answered, %d refused", results[wire.DiameterSuccess], results[wire.DiameterTooBusy])
	if min(results[wire.DiameterSuccess], results[wire.DiameterTooBusy]) < checks/20 {
		t.Error("want some of both")
	}
	c.send(ecr(t, 1))
	if code := resultCode(c.answer(wire.MEIdentityCheck)); code != wire.DiameterSuccess {
		t.Errorf("after the line: %d", code)
	}
}
