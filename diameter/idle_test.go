package diameter

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"paperweight/diameter/wire"
)

// idleEnv names the server that this process is to be the idle peers of, and how
// many: "ADDRESS COUNT". See BenchmarkIdlePeers.
const idleEnv = "PAPERWEIGHT_IDLE_PEERS"

func TestMain(m *testing.M) {
	if s := os.Getenv(idleEnv); s != "" {
		address, count, _ := strings.Cut(s, " ")
		if err := idlePeers(address, count); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// idlePeers opens so many peers, says so, and keeps them, answering each DWR,
// until its standard input ends.
func idlePeers(address, count string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	turn := make(chan struct{}, 32)
	failed := make(chan error, n)
	var opened sync.WaitGroup
	for i := range n {
		turn <- struct{}{}
		opened.Go(func() {
			defer func() { <-turn }()
			if err := idlePeer(address, fmt.Sprintf("p%d.epc.example.org", i)); err != nil {
				failed <- err
			}
		})
	}
	opened.Wait()
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d failed, the first: %w", len(failed), n, <-failed)
	}
	fmt.Println("open")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func idlePeer(address, host string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	if _, err := c.Write(cer(host, "epc.example.org", wire.AppS13)); err != nil {
		return err
	}
	in := make([]byte, 512)
	if n, err := c.Read(in); err != nil || resultCode(in[:n]) != wire.DiameterSuccess {
		return fmt.Errorf("%s: CEA %d: %w", host, resultCode(in[:n]), err)
	}
	go func() {
		for {
			n, err := c.Read(in)
			if err != nil {
				return
			}
			if h, ok := wire.ParseHeader(in[:n]); ok && h.Request() {
				c.Write(answerTo(in[:n]))
			}
		}
	}()
	return nil
}

// BenchmarkIdlePeers shows what peers that say nothing cost: memory and threads
// of the process, and the time of another peer's checks while each of them is
// asked for a sign of life every six seconds. The peers are another process.
// `make idle-peers` has ten thousand; one iteration is one check.
func BenchmarkIdlePeers(b *testing.B) {
	count := 1000
	if s := os.Getenv("IDLE_PEERS"); s != "" {
		var err error
		if count, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	cfg := lab()
	cfg.MaxConns, cfg.Tw = count+100, 6*time.Second
	n := start(b, cfg, constant)
	go func() { // nobody else reads what the node tells
		for {
			select {
			case <-n.opened:
			case <-n.closed:
			}
		}
	}()
	debug.FreeOSMemory() // of the run before, with a single check
	before := status(b)
	peers := exec.Command(os.Args[0])
	peers.Env = append(os.Environ(), idleEnv+"="+n.addr+" "+strconv.Itoa(count))
	stdin, err := peers.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := peers.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := peers.Start(); err != nil {
		b.Fatal(err)
	}
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "open\n" {
		b.Fatal(line)
	}
	after := status(b)

	m := n.dial(b)
	m.exchange("mme.epc.example.org", "epc.example.org")
	took := make([]time.Duration, 0, b.N)
	b.ResetTimer()
	for i := range b.N {
		began := time.Now()
		m.send(ecr(uint32(i), goldenIMEI))
		m.read()
		took = append(took, time.Since(began))
	}
	b.StopTimer()
	if got := n.Stats().Peers; got != count+1 {
		b.Errorf("%d peers are open", got)
	}
	slices.Sort(took)
	b.ReportMetric(float64(after["VmRSS"]-before["VmRSS"])/float64(count), "kB/peer")
	b.ReportMetric(float64(after["Threads"]), "threads")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	stdin.Close()
	if err := peers.Wait(); err != nil {
		b.Error(err)
	}
}

// status reads what the system says of this process.
func status(t testing.TB) map[string]int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]int{}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		if f := strings.Fields(rest); len(f) > 0 {
			values[name], _ = strconv.Atoi(f[0])
		}
	}
	return values
}
