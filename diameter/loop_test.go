package diameter

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// tape is a net.Conn that plays its input in pieces and then ends.
type tape struct {
	input  []byte
	piece  int
	output []byte
	keep   bool // the output
}

func (p *tape) Read(b []byte) (int, error) {
	if len(p.input) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.piece)], p.input)
	p.input = p.input[n:]
	return n, nil
}

func (p *tape) Write(b []byte) (int, error) {
	if p.keep {
		p.output = append(p.output, b...)
	}
	return len(b), nil
}

func (p *tape) Close() error                     { return nil }
func (p *tape) LocalAddr() net.Addr              { return loopback }
func (p *tape) RemoteAddr() net.Addr             { return loopback }
func (p *tape) SetDeadline(time.Time) error      { return nil }
func (p *tape) SetReadDeadline(time.Time) error  { return nil }
func (p *tape) SetWriteDeadline(time.Time) error { return nil }

var loopback = net.TCPAddrFromAddrPort(netAddr("127.0.0.1:3868"))

// The loop allocates nothing for a check: a hundred requests in one read, from
// the octets to the octets, counted and published.
func TestLoopAllocatesNothing(t *testing.T) {
	loopAllocatesNothing(t, lab(), 25*101)
}

// Nor where there are rates, and realms: half of them are refused.
func TestGateAllocatesNothing(t *testing.T) {
	cfg := lab()
	cfg.AnyLoopback, cfg.MaxRate = false, 800
	cfg.Peers = []Peer{{Host: "mme.epc.example.org", Realm: "epc.example.org", MaxRate: 1 << 30}}
	loopAllocatesNothing(t, cfg, 0)
}

// wantUnknown is how many were answered so; 0 is some.
func loopAllocatesNothing(t *testing.T, cfg Config, wantUnknown uint64) {
	t.Helper()
	s, err := New(cfg, byLastDigit, Events{Batch: func(int, time.Duration) {}})
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(s, &tape{}, addrPort(loopback))
	c.in = make([]byte, bufferSize)
	c.w = copy(c.in, cer("mme.epc.example.org", "epc.example.org", wire.AppS13))
	c.batch()
	var batch []byte
	for i := range uint32(100) {
		one := ecr(i, "0010170000000"+string('1'+byte(i%4)))
		if i%2 == 0 {
			one = with(one, func(b []byte) []byte {
				b = wire.AppendUint32(b, wire.DRMP, 0, 0, i%16)
				return wire.AppendAVP(b, wire.OCSupportedFeatures, 0, 0, "")
			})
		}
		batch = append(batch, one...)
	}
	allocs := testing.AllocsPerRun(100, func() {
		c.now = time.Now()
		c.w = copy(c.in, batch)
		c.batch()
		c.shown.publish(&c.count)
	})
	if allocs != 0 {
		t.Errorf("%v allocations for 100 requests", allocs)
	}
	if got := c.count[countStatus+int(eir.Unknown)]; got != wantUnknown && (wantUnknown != 0 || got == 0) {
		t.Errorf("%d were unknown: the loop did not answer", got)
	}
}

// Whatever arrives, in whatever pieces, before or after the CER: the loop ends,
// and what it wrote is whole messages, not one of them an answer to an answer.
func FuzzConnection(f *testing.F) {
	for _, b := range [][]byte{
		unhex(goldenECR), unhex(goldenECA), dwr(1), dpr(1), answerTo(dwr(1)), answerTo(dpr(1)),
		cer("mme.epc.example.org", "epc.example.org", wire.AppS13),
		cer("mme.epc.example.org", "epc.example.org", 1), ecr(1, "0010170000000x"),
		bytes.Join([][]byte{dwr(1), ecr(1, goldenIMEI), dpr(2), ecr(2, goldenIMEI)}, nil),
		unhex(goldenECR)[:100], {2, 0, 0, 20}, make([]byte, 40),
	} {
		f.Add(b, true, uint16(1000))
		f.Add(b, false, uint16(7))
	}
	s, err := New(lab(), byLastDigit, Events{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, opened bool, piece uint16) {
		p := &tape{input: data, piece: int(piece) + 1, keep: true}
		if opened {
			p.input = append(cer("mme.epc.example.org", "epc.example.org", wire.AppS13), data...)
		}
		requests := 0
		for b := p.input; ; requests++ {
			n, err := wire.Frame(b, DefaultMaxMessage)
			if n == 0 || err != nil {
				break
			}
			b = b[n:]
		}
		// A worker that hangs is killed without a word when its time is up;
		// one that panics leaves its input.
		hung := time.AfterFunc(5*time.Second, func() { panic("the loop does not end") })
		s.take(p)
		s.running.Wait()
		hung.Stop()
		answers := 0
		for b := p.output; len(b) > 0; {
			n, err := wire.Frame(b, wire.MaxMessage)
			if err != nil || n == 0 {
				t.Fatalf("the output is no message: %v\n%x", err, b)
			}
			if h, _ := wire.ParseHeader(b); !h.Request() {
				answers++
			}
			b = b[n:]
		}
		// One more than whole messages: the one that broke the stream.
		if answers > requests+1 {
			t.Errorf("%d answers to %d messages", answers, requests)
		}
	})
}

// Deadlines are moved by the clock, not by the traffic: a thousand batches move
// them a handful of times.
func TestDeadlinesAreMovedSeldom(t *testing.T) {
	s, err := New(lab(), byLastDigit, Events{})
	if err != nil {
		t.Fatal(err)
	}
	one := unhex(goldenECR)
	p := &deadlines{tape: tape{piece: len(one)}}
	p.input = append(cer("mme.epc.example.org", "epc.example.org", wire.AppS13), bytes.Repeat(one, 1000)...)
	s.take(p)
	s.running.Wait()
	if batches := s.Stats().Batches; batches < 1000 || p.moved > 100 {
		t.Errorf("%d batches moved the deadlines %d times", batches, p.moved)
	}
}

// deadlines is a tape that counts how often they are moved.
type deadlines struct {
	tape
	moved int
}

func (d *deadlines) SetReadDeadline(time.Time) error  { d.moved++; return nil }
func (d *deadlines) SetWriteDeadline(time.Time) error { d.moved++; return nil }

// The buffers follow the traffic: small at rest, large in use, small again after
// an interval of silence, with what is half read kept.
func TestBuffersFollowTheTraffic(t *testing.T) {
	s, err := New(lab(), byLastDigit, Events{})
	if err != nil {
		t.Fatal(err)
	}
	p := &tape{piece: bufferSize}
	one := unhex(goldenECR)
	p.input = append(cer("mme.epc.example.org", "epc.example.org", wire.AppS13), bytes.Repeat(one, 2000)...)
	p.input = append(p.input, one[:100]...)
	c := newConn(s, p, addrPort(loopback))
	if len(c.in) != restSize || cap(c.out) != 0 {
		t.Errorf("at first %d and %d octets", len(c.in), cap(c.out))
	}
	for len(p.input) > 0 {
		n, _ := p.Read(c.in[c.w:])
		c.w += n
		c.batch()
	}
	if len(c.in) != bufferSize || c.count[countMessagesIn] != 2001 {
		t.Errorf("in use %d octets, %d messages", len(c.in), c.count[countMessagesIn])
	}
	c.now = c.watchdog.Deadline()
	c.expire()
	if len(c.in) != restSize || cap(c.out) > restSize || !bytes.Equal(c.in[c.r:c.w], one[:100]) {
		t.Errorf("at rest %d and %d octets, %x is left", len(c.in), cap(c.out), c.in[c.r:c.w])
	}
	c.w += copy(c.in[c.w:], one[100:])
	c.batch()
	if c.count[countMessagesIn] != 2002 {
		t.Error("the message that was cut is lost")
	}
}

// However much one read brings, no more output is held than 48 KiB and the
// answer that passed them.
func TestOutputIsBounded(t *testing.T) {
	s, err := New(lab(), byLastDigit, Events{})
	if err != nil {
		t.Fatal(err)
	}
	const count = 5000
	p := &writes{tape: tape{piece: bufferSize}}
	p.input = append(cer("mme.epc.example.org", "epc.example.org", wire.AppS13), bytes.Repeat(dwr(1), count)...)
	s.take(p)
	s.running.Wait()
	if n := s.Stats().MessagesOut; n != count+1 {
		t.Errorf("%d answers", n)
	}
	if p.largest <= flushAt || p.largest > flushAt+200 {
		t.Errorf("the largest write has %d octets", p.largest)
	}
}

// writes is a tape that remembers its largest write.
type writes struct {
	tape
	largest int
}

func (w *writes) Write(b []byte) (int, error) {
	w.largest = max(w.largest, len(b))
	return len(b), nil
}
