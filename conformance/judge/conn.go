package judge

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"syscall"
	"time"

	"paperweight/conformance/octets"
)

// Conn is one connection of a case.
type Conn struct {
	t  *T
	n  int
	nc net.Conn
	// Host is the Origin-Host that we claim on it.
	Host string
	// CEA is the answer by which it was opened.
	CEA Answer
	// Deaf: a DWR of the subject is not answered by itself.
	Deaf bool

	in      []byte // read, and no message yet
	chunk   []byte
	hop     uint32
	session int
	closed  bool
	early   map[uint32]Answer // answers that somebody will wait for, by Hop-by-Hop
	kept    int               // octets of the answers that are kept
	hangUp  func() bool       // takes back that the end of the run closes it
}

// What is kept of answers that nobody has waited for yet: a subject that never
// stops to send must not fill our memory.
const (
	mostKept       = 4096
	mostKeptOctets = 1 << 24
)

func (c *Conn) take(nc net.Conn) {
	c.nc = nc
	c.chunk = make([]byte, 64<<10)
	c.hop = rand.Uint32() | 1
	c.early = map[uint32]Answer{}
}

// State is what became of a wait for a message.
type State int

const (
	// Came: a message.
	Came State = iota
	// Closed: the subject ended the connection.
	Closed
	// Nothing: the time is up.
	Nothing
)

// Close hangs up.
func (c *Conn) Close() {
	if c.nc != nil {
		c.hangUp()
		c.nc.Close()
	}
}

// Reset hangs up without a farewell: by a reset over TCP, an ABORT over SCTP.
func (c *Conn) Reset() {
	if s, ok := c.nc.(interface{ SetLinger(seconds int) error }); ok {
		_ = s.SetLinger(0)
	}
	c.Close()
}

// CloseWrite ends our half of the stream; false where the transport can't.
func (c *Conn) CloseWrite() bool {
	half, ok := c.nc.(interface{ CloseWrite() error })
	return ok && half.CloseWrite() == nil
}

// Send sends octets. That the subject does not take them is no failure yet: it
// may have hung up, which the next read finds.
func (c *Conn) Send(b []byte) {
	c.t.note(Event{Conn: c.n, What: "sent", Octets: b})
	c.wrote(c.Write(b))
}

// SendPieces sends octets in pieces, each by a write of its own.
func (c *Conn) SendPieces(pieces ...[]byte) {
	c.t.note(Event{Conn: c.n, What: "sent", Octets: slices.Concat(pieces...), Note: fmt.Sprintf("in %d pieces", len(pieces))})
	for _, p := range pieces {
		if err := c.Write(p); err != nil {
			c.wrote(err)
			return
		}
	}
}

// wrote tells why octets were not taken, where the next read can't.
func (c *Conn) wrote(err error) {
	switch {
	case errors.Is(err, syscall.EMSGSIZE):
		c.t.NotRun("the transport takes no message as long as that: %v", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.t.note(Event{Conn: c.n, What: "error", Note: "not all was taken: no 64 KiB within " + c.t.Timeout.String()})
	}
}

// Write is Send without a word in the transcript: for octets in pieces.
func (c *Conn) Write(b []byte) error { return c.WriteWithin(b, c.t.Timeout) }

// Next returns the next message, whatever it is.
func (c *Conn) Next(wait time.Duration) (Answer, State) {
	until := time.Now().Add(wait)
	for {
		n, err := octets.Frame(c.in)
		if err != nil {
			c.t.note(Event{Conn: c.n, What: "came", Octets: c.in})
			c.t.Expect(false, "messages of Diameter: %v", err)
		}
		if n > 0 {
			b := slices.Clone(c.in[:n]) // what is kept of it must not keep the rest
			c.in = c.in[n:]
			c.t.note(Event{Conn: c.n, What: "came", Octets: b})
			m, err := octets.Parse(b)
			c.t.Expect(err == nil, "a message whose AVPs can be read: %v", err)
			return Answer{Message: m, Raw: b}, Came
		}
		if c.closed {
			return Answer{}, Closed
		}
		_ = c.nc.SetReadDeadline(until)
		n, err = c.nc.Read(c.chunk)
		c.in = append(c.in, c.chunk[:n]...)
		switch {
		case err == nil || n > 0:
		case errors.Is(err, os.ErrDeadlineExceeded):
			c.t.note(Event{Conn: c.n, What: "nothing", Note: "within " + wait.String()})
			return Answer{}, Nothing
		default:
			c.closed = true
			note := "by the subject"
			if !errors.Is(err, io.EOF) {
				note = err.Error()
			}
			c.t.note(Event{Conn: c.n, What: "closed", Note: note})
		}
	}
}

// NextAnswer returns the next answer. Requests of the subject are not what it
// waits for: a DWR is answered, unless the connection is Deaf.
func (c *Conn) NextAnswer(wait time.Duration) (Answer, State) {
	for until := time.Now().Add(wait); ; {
		a, state := c.Next(time.Until(until))
		if state != Came || a.Flags&octets.Request == 0 {
			return a, state
		}
		if a.Command == octets.DeviceWatchdog && !c.Deaf {
			c.Send(c.DWA(a).Bytes())
		}
	}
}

// Ask sends a request and returns its answer.
func (c *Conn) Ask(m octets.Message) Answer {
	c.Send(m.Bytes())
	return c.Await(m)
}

// Await returns the answer to a request that was sent. It goes by the
// Hop-by-Hop Identifier; where an answer of the right command has one that
// nobody sent, it is taken all the same, since this is for other cases to judge.
func (c *Conn) Await(m octets.Message) Answer {
	if a, ok := c.early[m.HopByHop]; ok {
		delete(c.early, m.HopByHop)
		c.kept -= len(a.Raw)
		return a
	}
	for until := time.Now().Add(c.t.Timeout); ; {
		a, state := c.NextAnswer(time.Until(until))
		c.t.Expect(state == Came, "an answer to the request with Hop-by-Hop Identifier %#x", m.HopByHop)
		if a.HopByHop == m.HopByHop || a.Command == m.Command && c.hop-a.HopByHop > 1<<16 {
			return a
		}
		c.keep(a, len(c.early))
		c.early[a.HopByHop] = a
	}
}

// keep accounts for an answer that is kept beside n others.
func (c *Conn) keep(a Answer, n int) {
	c.kept += len(a.Raw)
	c.t.Expect(n < mostKept && c.kept <= mostKeptOctets, "no endless answers: %d came that were not asked for, of %d octets in all", n+1, c.kept)
}

// Silence expects that nothing which was sent before is answered, on a
// connection that is open: by a DWR, whose answer comes next.
func (c *Conn) Silence(what string) {
	m := c.DWR()
	c.Send(m.Bytes())
	a, state := c.NextAnswer(c.t.Timeout)
	c.t.Expect(state == Came && a.HopByHop == m.HopByHop, "no answer to %s, and then one to a DWR", what)
}

// UntilClosed returns the answers that come before the subject hangs up, and
// whether it does.
func (c *Conn) UntilClosed() (answers []Answer, closed bool) {
	for until := time.Now().Add(c.t.Timeout); ; {
		a, state := c.NextAnswer(time.Until(until))
		if state != Came {
			return answers, state == Closed
		}
		c.keep(a, len(answers))
		answers = append(answers, a)
	}
}

// RemoteAddr is the address that was called.
func (c *Conn) RemoteAddr() string { return c.nc.RemoteAddr().String() }

// WriteWithin is Write with another patience: for each 64 KiB of a stream, since a
// link may be slow.
func (c *Conn) WriteWithin(b []byte, wait time.Duration) error {
	piece := 64 << 10
	if NeedStream(c.t.Setup) != "" {
		piece = len(b) // a message that is cut would be two
	}
	for p := range slices.Chunk(b, max(piece, 1)) {
		_ = c.nc.SetWriteDeadline(time.Now().Add(wait))
		if _, err := c.nc.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// Raw returns whatever octets come, Diameter or not, until the subject hangs up
// or the time is up; of many, the first.
func (c *Conn) Raw() []byte {
	_ = c.nc.SetReadDeadline(time.Now().Add(c.t.Timeout))
	b, _ := io.ReadAll(io.LimitReader(c.nc, mostKept))
	c.t.note(Event{Conn: c.n, What: "came", Octets: b})
	return b
}

// TLSVersion returns the version of TLS; 0 where there is none.
func (c *Conn) TLSVersion() uint16 {
	if s, ok := c.nc.(*tls.Conn); ok {
		return s.ConnectionState().Version
	}
	return 0
}
