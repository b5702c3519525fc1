package diameter

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paperweight/diameter/wire"
)

// nested is a DWR of grouped AVPs one inside the other, size octets in all.
func nested(size int) []byte {
	b := wire.AppendHeader(nil, &wire.Header{Version: 1, Flags: wire.FlagRequest, Command: wire.DeviceWatchdog, HopByHop: 1})
	for left := size - wire.HeaderLen; left >= wire.AVPHeaderLen; left -= wire.AVPHeaderLen {
		b = binary.BigEndian.AppendUint32(b, wire.FailedAVP)
		b = binary.BigEndian.AppendUint32(b, uint32(wire.FlagMandatory)<<24|uint32(min(left, 1<<24-1)))
	}
	b = b[:len(b)&^3]
	wire.FinishMessage(b, 0)
	return b
}

// flat is an ECR with as many empty AVPs as fit.
func flat(size int) []byte {
	b := unhex(goldenECR)
	for len(b)+wire.AVPHeaderLen <= size {
		b = binary.BigEndian.AppendUint32(b, 0xfffe)
		b = binary.BigEndian.AppendUint32(b, wire.AVPHeaderLen)
	}
	wire.FinishMessage(b, 0)
	return b
}

// edited is the golden ECR with octets put at a place.
func edited(at int, octets ...byte) []byte {
	b := unhex(goldenECR)
	copy(b[at:], octets)
	return b
}

// attacks are what takes other servers down, or costs them seconds, and every
// malformed form of a length.
func attacks() map[string][]byte {
	const firstAVP = wire.HeaderLen // Session-Id
	const terminal = 184            // Terminal-Information, with V
	a := map[string][]byte{
		"nested Failed-AVP, 8 MB":         nested(8 << 20),
		"nested Failed-AVP, 512 kB":       nested(512 << 10),
		"nested Failed-AVP, 128 kB":       nested(128 << 10),
		"nested Failed-AVP, 60 kB":        nested(60 << 10),
		"flat, 16 MB":                     flat(1<<24 - 4),
		"flat, 60 kB":                     flat(60 << 10),
		"AVP length 0":                    edited(firstAVP+5, 0, 0, 0),
		"AVP length 7":                    edited(firstAVP+5, 0, 0, 7),
		"AVP length beyond the message":   edited(firstAVP+5, 0xff, 0xff, 0xff),
		"AVP with V and length 8":         edited(terminal+5, 0, 0, 8),
		"AVP inside beyond its group":     edited(terminal+12+5, 0, 0, 200),
		"message length not a fourth":     edited(1, 0, 0, 0xfd),
		"message length 0, version alone": {1},
		"version 0":                       make([]byte, 1000),
		"all ones":                        []byte(strings.Repeat("\xff", 1000)),
	}
	for length := range 20 {
		a[fmt.Sprintf("message length %d", length)] = edited(1, 0, 0, byte(length))
	}
	return a
}

// TestAttacks: whatever comes, before the CER or after it, it ends with an
// answer or the end of its connection; memory stays within a few messages, and
// another peer's checks are answered meanwhile, each of them. Run with -v it
// prints what each cost.
func TestAttacks(t *testing.T) {
	for _, limit := range []int{DefaultMaxMessage, wire.MaxMessage} {
		cfg := lab()
		cfg.MaxMessage = limit
		n := start(t, cfg, byLastDigit)
		asked, stop := n.keepAsking(t)
		for name, octets := range attacks() {
			for _, opened := range []bool{false, true} {
				began := asked.Load()
				took, memory := n.attack(t, octets, opened)
				for asked.Load() == began { // the other peer is alive
					time.Sleep(time.Millisecond)
				}
				t.Logf("cap %7d, opened %-5v %-32s %9d octets: %8v, %6d kB allocated", limit, opened, name, len(octets), took.Round(10*time.Microsecond), memory>>10)
				// The input doubles up to the cap, the answer repeats a little.
				if bound := uint64(4*limit + 2<<20); memory > bound {
					t.Errorf("%s, opened %v: %d octets were allocated, more than %d", name, opened, memory, bound)
				}
			}
		}
		stop()
	}
}

// keepAsking has a peer that asks and wants its answers, one after the other.
func (n *node) keepAsking(t *testing.T) (asked *atomic.Int64, stop func()) {
	t.Helper()
	m := n.dial(t)
	m.exchange("bystander.epc.example.org", "epc.example.org")
	asked = new(atomic.Int64)
	var ended atomic.Bool
	var done sync.WaitGroup
	done.Go(func() {
		for !ended.Load() {
			m.send(ecr(1, "00101700000003"))
			if msg := m.read(); msg == nil || resultCode(msg) != wire.DiameterSuccess {
				t.Errorf("the bystander got %x", msg)
				return
			}
			asked.Add(1)
			time.Sleep(time.Millisecond) // what it allocates counts as the attack's
		}
	})
	return asked, func() { ended.Store(true); done.Wait() }
}

// attack sends octets and ends its side, and returns once the server has ended
// the connection: how long that took, and what was allocated, the bystander's
// share included.
func (n *node) attack(t *testing.T, octets []byte, opened bool) (time.Duration, uint64) {
	t.Helper()
	m := n.dial(t)
	if opened {
		m.exchange("attacker.epc.example.org", "epc.example.org")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	go func() {
		m.conn.Write(octets) // a reset may cut it
		m.conn.(*net.TCPConn).CloseWrite()
	}()
	m.conn.SetReadDeadline(began.Add(20 * time.Second))
	if _, err := io.Copy(io.Discard, m.conn); err != nil && strings.Contains(err.Error(), "timeout") {
		t.Errorf("the connection does not end")
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	m.conn.Close()
	if opened {
		await(t, n.closed)
	}
	return took, after.TotalAlloc - before.TotalAlloc
}
