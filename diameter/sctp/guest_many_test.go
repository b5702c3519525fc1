//go:build sctpguest

package sctp_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"paperweight/diameter/wire"
)

// figure reads a number of a file of /proc.
func figure(t *testing.T, file, key string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var n int
		if rest, ok := strings.CutPrefix(line, key+":"); ok {
			if _, err := fmt.Sscan(rest, &n); err == nil {
				return n
			}
		}
	}
	t.Fatalf("%s has no %s", file, key)
	return 0
}

// A thousand peers: none holds a thread, and each is answered.
func TestThousandAssociations(t *testing.T) {
	const peers = 1000
	limit := unix.Rlimit{Cur: 4096, Max: 4096}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	n := serve(t, "127.0.0.1:0")
	runtime.GC()
	resident, available := figure(t, "/proc/self/status", "VmRSS"), figure(t, "/proc/meminfo", "MemAvailable")
	clients := make([]*client, peers)
	for i := range clients {
		clients[i] = dial(t, n.at)
		clients[i].exchange(fmt.Sprintf("mme%d.epc.example.org", i))
	}
	threads := figure(t, "/proc/self/status", "Threads")
	runtime.GC()
	t.Logf("%d associations: %d threads; with their other ends, in this process as well: %d KiB of memory each, %d KiB with the kernel's",
		peers, threads, (figure(t, "/proc/self/status", "VmRSS")-resident)/peers, (available-figure(t, "/proc/meminfo", "MemAvailable"))/peers)
	// The clients' calls to connect block, one at a time.
	if threads > 50 {
		t.Errorf("%d threads for %d associations", threads, peers)
	}
	took := make([]time.Duration, peers)
	for i, c := range clients {
		at := time.Now()
		c.send(ecr(t, uint32(i)))
		c.answer(wire.MEIdentityCheck)
		took[i] = time.Since(at)
	}
	slices.Sort(took)
	t.Logf("one check of each: p50 %v, p99 %v", took[peers/2], took[peers*99/100])
	for i, c := range clients {
		c.send(ecr(t, uint32(i)))
	}
	for i, c := range clients {
		if h, _ := wire.ParseHeader(c.answer(wire.MEIdentityCheck)); h.HopByHop != uint32(i) {
			t.Fatalf("peer %d was answered %d", i, h.HopByHop)
		}
	}
	for _, c := range clients {
		c.file.Close()
	}
	for range peers {
		await(t, n.closed)
	}
}
