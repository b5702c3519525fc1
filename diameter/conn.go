package diameter

import (
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"paperweight/diameter/peer"
	"paperweight/diameter/s13"
	"paperweight/diameter/wire"
)

const (
	// bufferSize is how much a connection reads at once, when much comes.
	bufferSize = 64 << 10
	// restSize is what it has while little does: ten thousand peers that say
	// nothing must not cost a gigabyte.
	restSize = 4 << 10
	// flushAt is how much output is written without waiting for the input
	// to be drained: it bounds the memory that a slow reader holds.
	flushAt = 48 << 10
	// lingerFor bounds the wait for a peer to read a parting error.
	lingerFor = time.Second
)

// conn is one connection. The goroutine in run owns it; what others may touch
// is named.
type conn struct {
	srv    *Server
	nc     net.Conn // others: SetReadDeadline to wake the owner, Close to end it
	remote netip.AddrPort
	// messages is nc where that keeps messages apart, else nil; secure is nc
	// where that is TLS, else nil.
	messages MessageWriter
	secure   *secure
	// certificate is the one that the peer showed in TLS, and version that of
	// TLS; set before admission, never changed.
	certificate *x509.Certificate
	version     string

	machine  peer.Machine
	watchdog peer.Watchdog // the peer's, while it is open here
	// peer, host and realm are set on admission, with Server.mu held, under
	// which others read them.
	peer        *entry
	host, realm string
	unfamiliar  bool // no peer's Addresses named its own when it was accepted
	crowded     bool // it counts in Server.crowd; guarded by Server.mu

	in   []byte // in[r:w] is read and not yet answered
	r, w int
	full bool   // the last read brought as much as it could take, so more is likely to wait
	out  []byte // answers not yet written
	req  s13.Request

	now        time.Time // the batch's reading of the clock
	heard      bool      // this batch had a message other than a DWA
	armed      time.Time // the read deadline; zero where none is known to be set
	writeUntil time.Time // the write deadline
	linger     bool      // the last answer may be lost to a reset: wait for it to be read

	sentDWR, sentDPR uint32 // their Hop-by-Hop
	parting          bool   // our DPR was sent
	obeyed           bool   // askToPart was

	refusal Refusal // why it came to nothing, should it end before it is open
	ending  error   // why it ended, where it was open

	gate     gate
	paid     time.Time    // until when the peer's debt at the gate is paid
	peerCost atomic.Int64 // of its rate; others set it with a new table
	doic     doic

	realms       *realms   // those in force for this batch
	lastRealm    string    // the last that was let in, in lower case
	alarmed      time.Time // when a foreign realm was last told of
	toldUnrouted bool      // Events.Unrouted was

	count counters
	shown shown         // others read it
	gone  chan struct{} // closed once Server has forgotten it
	// wish is set by others: 1 + the Disconnect-Cause for a DPR to send.
	wish atomic.Uint32
	// doubted is set by others: the peer called again, so is it still here?
	doubted atomic.Bool
}

func newConn(s *Server, nc net.Conn, remote netip.AddrPort) *conn {
	now := time.Now()
	messages, _ := nc.(MessageWriter)
	secure, _ := nc.(*secure)
	return &conn{
		srv: s, nc: nc, messages: messages, secure: secure, remote: remote, now: now,
		machine: peer.NewMachine(now, s.timeouts()),
		in:      make([]byte, restSize),
		gate:    gate{line: line{cutoff: s13.Priorities}},
		refusal: Refusal{Remote: remote, Cause: NoCER},
		gone:    make(chan struct{}),
	}
}

// run owns the connection from its first octet to its last.
func (c *conn) run() {
	defer c.end()
	if c.secure != nil && !c.handshake() {
		return
	}
	for c.machine.State() != peer.Closed {
		c.arm()
		// After arm: a wish made before it is seen here, and one made after
		// it lets the deadline pass that arm has set.
		if c.obey() {
			c.shown.publish(&c.count)
			continue
		}
		n, err := c.read()
		if n > 0 {
			c.batch()
			if c.secure == nil {
				c.giveWay()
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			c.armed = time.Time{}
			c.expire()
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // TLS tells a cut from an end
			c.lose(errHungUp)
		case c.secure != nil:
			c.lose(c.secure.below.why(err))
		default:
			c.lose(err)
		}
		c.shown.publish(&c.count)
	}
}

// read reads bufferSize at most, also where a long message made more room: a
// batch is a peer's turn, and a line is seen by what fills a read.
func (c *conn) read() (int, error) {
	room := c.in[c.w:min(len(c.in), c.w+bufferSize)]
	n, err := c.nc.Read(room)
	c.now = time.Now()
	c.w += n
	c.count[countBytesIn] += uint64(n)
	c.full = n == len(room) && len(c.in) >= bufferSize
	return n, err
}

// batch answers every whole message of the input, then writes once. Over TLS the
// input is not what one read brought but what is there: records has the rest, and
// tells when it is drained.
func (c *conn) batch() {
	began, messages := c.now, c.count[countMessagesIn]
	c.openGate()
	if r := c.srv.realms.Load(); r != c.realms {
		c.realms, c.lastRealm = r, ""
	}
	for c.machine.State() != peer.Closed {
		n, err := wire.Frame(c.in[c.r:c.w], c.longest())
		if err != nil {
			c.outOfStep(err)
			break
		}
		if n == 0 {
			break
		}
		c.count[countMessagesIn]++
		c.message(c.in[c.r : c.r+n : c.r+n])
		c.r += n
		if len(c.out) > flushAt {
			c.flush()
			c.now = time.Now() // it may have blocked
		}
	}
	c.closeGate()
	c.makeRoom(c.w == len(c.in))
	if c.heard {
		c.heard = false
		c.watch(peer.ReceiveNonDWA)
	}
	if c.secure == nil {
		c.flush()
	}
	done := time.Now()
	c.gate.line.done = done
	if messages = c.count[countMessagesIn] - messages; messages == 0 {
		return
	}
	c.gate.turn += messages
	c.count[countBatches]++
	if f := c.srv.events.Batch; f != nil {
		f(int(messages), done.Sub(began))
	}
}

// longest is how long a message may be. A CER needs no more than bufferSize, and a
// stranger gets none: MaxMessage is for peers.
func (c *conn) longest() int {
	if c.peer == nil {
		return min(c.srv.cfg.MaxMessage, bufferSize)
	}
	return c.srv.cfg.MaxMessage
}

// makeRoom moves what is left of the input to the front. A buffer that a read
// filled is doubled up to bufferSize, and one that a single message fills up to
// MaxMessage, longer than which wire.Frame lets none be.
func (c *conn) makeRoom(filled bool) {
	left := c.in[c.r:c.w]
	size := len(c.in)
	switch {
	case len(left) == size:
		size = min(2*size, max(c.srv.cfg.MaxMessage, bufferSize))
	case filled && size < bufferSize:
		size *= 2
	}
	if size > len(c.in) {
		c.in = make([]byte, size)
	}
	c.r, c.w = 0, copy(c.in, left)
}

// rest gives back the buffers of a peer that has been silent for a while.
func (c *conn) rest() {
	if len(c.in) > restSize && c.w-c.r <= restSize {
		in := make([]byte, restSize)
		c.r, c.w = 0, copy(in, c.in[c.r:c.w])
		c.in = in
	}
	if len(c.out) == 0 && cap(c.out) > restSize {
		c.out = nil
	}
	if c.secure != nil {
		c.secure.below.rest()
	}
}

// flush writes the output. Where the peer does not read, only this goroutine
// waits, and no longer than WriteTimeout.
func (c *conn) flush() {
	if len(c.out) == 0 {
		return
	}
	// Moving a deadline costs more than an answer; so it is moved once a
	// second, or once half of it is used up.
	timeout := c.srv.cfg.WriteTimeout
	if c.writeUntil.Sub(c.now) < timeout-min(time.Second, timeout/2) {
		c.writeUntil = c.now.Add(timeout)
		c.nc.SetWriteDeadline(c.writeUntil)
	}
	n, err := c.write(c.out)
	c.count[countBytesOut] += uint64(n)
	c.out = c.out[:0]
	if err == nil {
		return
	}
	// Nothing more can be said, and TLS would try to.
	c.linger = false
	below(c.nc).Close()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errSlowReader
	}
	c.lose(err)
}

// end hangs up, leaves the peer to its next connection, and tells.
func (c *conn) end() {
	defer c.srv.running.Done()
	c.flush()
	if c.linger {
		c.lingerOn()
	}
	c.nc.Close()
	if c.peer == nil {
		c.srv.forget(c)
		c.srv.refuse(c.refusal)
		return
	}
	c.now = time.Now()
	c.watch(peer.ConnectionDown)
	last := c.state()
	c.srv.forget(c)
	if f := c.srv.events.PeerClosed; f != nil {
		f(last, c.ending)
	}
}

// lingerOn lets the peer read what was written last. Closing a socket with
// unread input resets the connection, which may overtake the error answer that
// explains it.
func (c *conn) lingerOn() {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.nc.SetReadDeadline(time.Now().Add(lingerFor))
	for {
		if _, err := c.nc.Read(c.in); err != nil {
			return
		}
	}
}

// The reasons for the end of an open connection that are ours to name.
var (
	errHungUp     = errors.New("the peer hung up")
	errSlowReader = errors.New("the peer did not read its answers in time")
	errWatchdog   = errors.New("the peer was silent for too long (RFC 3539)")
	errParted     = errors.New("parted by DPR and DPA")
	errNoDPA      = errors.New("parted by DPR, and the peer did not finish it in time")
	errBadCER     = errors.New("the peer sent another CER that can't be accepted")
	errTLSBegins  = errors.New("it begins with a handshake of TLS, and this address is not for TLS")
)
