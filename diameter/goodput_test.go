package diameter

import (
	"bufio"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// goodputDeadline is how long after it was due an answer is still of use.
const goodputDeadline = 500 * time.Millisecond

// BenchmarkGoodput offers 1, 2 and 4 times the capacity, whatever becomes of it
// (an open loop: each request has its time, and its answer is late from then
// on), and shows how many were answered with success in time, as a share of the
// capacity. Two capacities: one that the operator set (MaxRate), and one that
// checks have which take 20 us of a core each.
func BenchmarkGoodput(b *testing.B) {
	b.Run("rate", func(b *testing.B) {
		cfg := lab()
		cfg.MaxRate = 20_000
		offer(b, cfg, constant, float64(cfg.MaxRate))
	})
	slow := checkFunc(func(q eir.Query) eir.Verdict {
		spin(20 * time.Microsecond)
		return constant(q)
	})
	b.Run("slow-checks", func(b *testing.B) { offer(b, lab(), slow, 0) })
	b.Run("slow-checks-without-the-gate", func(b *testing.B) {
		cfg := lab()
		cfg.MaxBacklog = time.Hour
		offer(b, cfg, slow, 0)
	})
}

// offer measures the capacity where it is 0, and offers it and more.
func offer(b *testing.B, cfg Config, checker Checker, capacity float64) {
	if capacity == 0 {
		n := start(b, cfg, checker)
		begun, count := time.Now(), 20_000
		var done sync.WaitGroup
		for i := range benchConns {
			m := n.dial(b)
			m.exchange(fmt.Sprintf("mme%d.epc.example.org", i), "epc.example.org")
			done.Go(func() {
				if err := ask(m.conn, count/benchConns); err != nil {
					b.Error(err)
				}
			})
		}
		done.Wait()
		capacity = float64(count) / time.Since(begun).Seconds()
	}
	b.ReportMetric(capacity, "capacity/s")
	for _, times := range []int{1, 2, 4} {
		good, refused := goodput(b, start(b, cfg, checker), capacity*float64(times), 3*time.Second)
		b.ReportMetric(good/capacity, fmt.Sprintf("good-at-%dx", times))
		b.ReportMetric(refused/capacity, fmt.Sprintf("refused-at-%dx", times))
	}
}

// goodput offers rate requests a second over some connections, and returns how
// many a second were answered in time, and refused.
func goodput(b *testing.B, n *node, rate float64, last time.Duration) (good, refused float64) {
	var inTime, busy atomic.Int64
	var done sync.WaitGroup
	interval := time.Duration(float64(benchConns) / rate * float64(time.Second))
	count := int(last / interval)
	for i := range benchConns {
		m := n.dial(b)
		m.exchange(fmt.Sprintf("mme%d.epc.example.org", i), "epc.example.org")
		began := time.Now()
		done.Go(func() {
			batch := make([]byte, 0, 1<<20)
			for sent := 0; sent < count; {
				due := min(count, int(time.Since(began)/interval)+1)
				batch = batch[:0]
				for ; sent < due && len(batch) < 1<<19; sent++ {
					batch = append(batch, ecr(uint32(sent), goldenIMEI)...)
				}
				if _, err := m.conn.Write(batch); err != nil {
					return // the end of the measurement
				}
				time.Sleep(time.Millisecond)
			}
		})
		done.Go(func() {
			in := bufio.NewReaderSize(m.conn, 1<<16)
			msg := make([]byte, 512)
			m.conn.SetReadDeadline(began.Add(last + goodputDeadline))
			for {
				if _, err := io.ReadFull(in, msg[:wire.HeaderLen]); err != nil {
					break
				}
				h, _ := wire.ParseHeader(msg)
				if _, err := io.ReadFull(in, msg[wire.HeaderLen:h.Length]); err != nil {
					break
				}
				if h.Flags&wire.FlagError != 0 {
					busy.Add(1)
				} else if time.Since(began.Add(time.Duration(h.HopByHop)*interval)) <= goodputDeadline {
					inTime.Add(1)
				}
			}
			m.conn.Close()
		})
	}
	done.Wait()
	return float64(inTime.Load()) / last.Seconds(), float64(busy.Load()) / last.Seconds()
}
