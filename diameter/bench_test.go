package diameter

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"testing"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

const (
	benchConns       = 4
	benchOutstanding = 64
)

var constant = checkFunc(func(q eir.Query) eir.Verdict {
	return eir.Verdict{Status: eir.Prohibited, Rule: eir.RuleExact, Form: q.Form}
})

// BenchmarkClosedLoop is four connections that keep 64 requests outstanding
// each, against the server with a constant verdict and against an echo of the
// same message sizes and batching: what the sockets themselves cost.
func BenchmarkClosedLoop(b *testing.B) {
	b.Run("server", func(b *testing.B) {
		n := start(b, lab(), constant)
		var conns []net.Conn
		for i := range benchConns {
			m := n.dial(b)
			m.exchange("mme"+strconv.Itoa(i)+".epc.example.org", "epc.example.org")
			conns = append(conns, m.conn)
		}
		closedLoop(b, conns)
	})
	b.Run("tls", func(b *testing.B) {
		a := newAuthority(b, "one")
		n, _ := startTLS(b, a, lab(), constant)
		var conns []net.Conn
		for i := range benchConns {
			host := "mme" + strconv.Itoa(i) + ".epc.example.org"
			m := n.dialTLS(b, as(a, a.issue([]string{host})))
			m.exchange(host, "epc.example.org")
			conns = append(conns, m.conn)
		}
		closedLoop(b, conns)
	})
	b.Run("echo", func(b *testing.B) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		var conns []net.Conn
		for range benchConns {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			theirs, err := l.Accept()
			if err != nil {
				b.Fatal(err)
			}
			go echo(theirs)
			conns = append(conns, c)
		}
		closedLoop(b, conns)
	})
}

// echo answers each request with the golden ECA, as many in one write as
// requests came with one read.
func echo(c net.Conn) {
	defer c.Close()
	request, answer := len(unhex(goldenECR)), unhex(goldenECA)
	in, out := make([]byte, bufferSize), make([]byte, 0, bufferSize)
	held := 0
	for {
		n, err := c.Read(in[held:])
		if err != nil {
			return
		}
		n += held
		out = out[:0]
		r := 0
		for ; n-r >= request; r += request {
			out = append(out, answer...)
		}
		held = copy(in, in[r:n])
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

func closedLoop(b *testing.B, conns []net.Conn) {
	b.ReportAllocs()
	b.ResetTimer()
	var done sync.WaitGroup
	for i, c := range conns {
		share := b.N / len(conns)
		if i == 0 {
			share += b.N % len(conns)
		}
		done.Go(func() {
			if err := ask(c, share); err != nil {
				b.Error(err)
			}
		})
	}
	done.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "checks/s")
}

// ask keeps up to 64 requests outstanding until count are answered.
func ask(c net.Conn, count int) error {
	requests := bytes.Repeat(unhex(goldenECR), benchOutstanding)
	size, answer := len(requests)/benchOutstanding, len(unhex(goldenECA))
	in := make([]byte, benchOutstanding*answer)
	sent := min(count, benchOutstanding)
	if _, err := c.Write(requests[:sent*size]); err != nil {
		return err
	}
	for octets, answered := 0, 0; answered < count; {
		n, err := c.Read(in)
		if err != nil {
			return err
		}
		octets += n
		more := min(octets/answer-answered, count-sent)
		answered = octets / answer
		if more == 0 {
			continue
		}
		sent += more
		if _, err := c.Write(requests[:more*size]); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkLoop is the connection's loop without sockets: framing, scan, a
// constant verdict, the answer and the counters, for batches of two sizes.
func BenchmarkLoop(b *testing.B) {
	for _, size := range []int{1, 64} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			s, err := New(lab(), constant, Events{})
			if err != nil {
				b.Fatal(err)
			}
			p := &endless{unit: bytes.Repeat(unhex(goldenECR), size), left: b.N / size}
			p.first = cer("mme.epc.example.org", "epc.example.org", wire.AppS13)
			b.ReportAllocs()
			b.ResetTimer()
			s.take(p)
			s.running.Wait()
			if answered := s.Stats().Statuses[eir.Prohibited]; answered != uint64(b.N/size*size) {
				b.Errorf("%d checks were answered of %d", answered, b.N)
			}
		})
	}
}

// endless is a connection that brings the same octets again and again.
type endless struct {
	tape
	first, unit []byte
	rest        []byte // of a unit that did not fit
	left        int
}

func (p *endless) Read(b []byte) (int, error) {
	if p.first != nil {
		n := copy(b, p.first)
		p.first = nil
		return n, nil
	}
	if len(p.rest) == 0 {
		if p.left--; p.left < 0 {
			return 0, io.EOF
		}
		p.rest = p.unit
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// BenchmarkFamiliar is what each call costs under Server.mu, whatever the table.
func BenchmarkFamiliar(b *testing.B) {
	peers := make([]Peer, 10_000)
	for i := range peers {
		peers[i] = Peer{Host: fmt.Sprint(i), Addresses: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)}}
	}
	var t table
	t.set(peers)
	stranger := netip.MustParseAddr("192.0.2.1")
	for b.Loop() {
		if t.familiar(stranger) {
			b.Fatal("familiar")
		}
	}
}
