package diameter

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"paperweight/diameter/peer"
)

// ServeTLS is Serve for TLS from the first octet on (RFC 6733 2.1, port 5658). A
// peer shows a certificate that an authority of SetCertificates vouches for
// and that names its Origin-Host, or its Peer.TLSIdentity.
func (s *Server) ServeTLS(l net.Listener) error {
	if s.certificates.Load() == nil {
		l.Close()
		return errNoCertificates
	}
	return s.serve(l, s.acceptTLS)
}

func (s *Server) acceptTLS(nc net.Conn) {
	below := &records{Conn: nc}
	s.take(&secure{Conn: tls.Server(below, s.certificates.Load().config), below: below})
}

// secure is a connection over TLS.
type secure struct {
	*tls.Conn
	below *records
}

// WriteMessages writes a batch with one system call, however many records TLS
// makes of it.
func (s *secure) WriteMessages(batch []byte) error {
	s.below.hold()
	_, err := s.Conn.Write(batch)
	return errors.Join(err, s.below.release())
}

// handshake is what a connection over TLS begins with, on its own goroutine.
// False is the end of it.
//
// It waits for its turn among Config.MaxHandshakes: each costs a millisecond of
// a core, and a thousand peers that come back at once must not take the cores
// from those that are there. Those nobody knows wait among themselves.
func (c *conn) handshake() bool {
	c.refusal.Cause = HandshakeFailed
	until := c.now.Add(c.srv.cfg.HandshakeTimeout)
	turn := c.srv.handshakes
	if c.unfamiliar {
		turn = c.srv.handshakesOfStrangers
	}
	wait := time.NewTimer(time.Until(until))
	defer wait.Stop()
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-c.srv.stopped:
		c.refusal.Cause = ShuttingDown
		return false
	case <-wait.C:
		c.refusal.Cause = TooManyHandshakes
		return false
	}
	c.nc.SetDeadline(until)
	if c.wish.Load() != 0 { // its deadline may have been ours to overwrite
		c.refusal.Cause = ShuttingDown
		return false
	}
	if err := c.secure.Handshake(); err != nil {
		c.refusal.Err = err
		return false
	}
	c.nc.SetDeadline(time.Time{})
	state := c.secure.ConnectionState()
	c.certificate, c.version = state.PeerCertificates[0], tls.VersionName(state.Version)
	c.secure.below.drained, c.secure.below.within = c.drained, c.srv.cfg.WriteTimeout
	c.refusal.Cause = NoCER
	c.now = time.Now()
	c.machine = peer.NewMachine(c.now, c.srv.timeouts())
	return true
}

// drained is told by records that a read may block: what was answered goes out,
// and then it is the others' turn. Not before: a peer that sends each request in a
// record of its own would have a turn for each, and hold its answers meanwhile.
// False is the end of the connection; who lingers reads on after it.
func (c *conn) drained() bool {
	c.flush()
	if c.gate.turn > 0 {
		c.gate.line.done = time.Now()
		c.giveWay()
	}
	return c.linger || c.machine.State() != peer.Closed
}

// identifiedBy reports whether who showed leaf in TLS is p.
func (p *Peer) identifiedBy(leaf *x509.Certificate) bool {
	if p.TLSIdentity != "" {
		return names(leaf, p.TLSIdentity)
	}
	return names(leaf, p.Host)
}

// records is the transport below TLS. It reads as much as there is, and tells
// before it may block: a peer that sends each request in a record of its own is
// so answered in batches, too, as over TCP. And it writes as much as it is told.
type records struct {
	net.Conn
	// drained is called before a read that may block, by the one that reads;
	// where it returns false there is nothing more to read.
	drained func() bool
	within  time.Duration // bounds a write of TLS's own, once drained is set
	in      []byte        // in[r:w] was read from the socket and not yet from here
	r, w    int
	fresh   bool // brought has not yet told of the last read from the socket
	full    bool // that read brought as much as it could take

	mu      sync.Mutex // guards what follows: Close writes too, from anywhere
	holding bool
	out     []byte
	broken  error // why a write of TLS's own failed
}

// recordsSize is how much is read at once: two records of the longest kind.
const recordsSize = 32 << 10

func (r *records) Read(b []byte) (int, error) {
	if r.r == r.w {
		if r.drained != nil && !r.drained() {
			return 0, net.ErrClosed
		}
		switch {
		case r.in == nil:
			r.in = make([]byte, restSize)
		case r.w == len(r.in) && len(r.in) < recordsSize: // the last read filled it
			r.in = make([]byte, 2*len(r.in))
		}
		n, err := r.Conn.Read(r.in)
		r.r, r.w, r.fresh, r.full = 0, n, true, n == recordsSize
		if n == 0 {
			return 0, err
		}
	}
	n := copy(b, r.in[r.r:r.w])
	r.r += n
	return n, nil
}

// brought tells once of each read from the socket, and whether it brought as much
// as it could take: what comes of it in records of their own is one line.
func (r *records) brought() (fresh, full bool) {
	fresh, r.fresh = r.fresh, false
	return fresh, r.full
}

func (r *records) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.holding {
		r.out = append(r.out, b...)
		return len(b), nil
	}
	if r.drained == nil {
		return r.Conn.Write(b) // the handshake, which has a deadline
	}
	return r.writeAlone(b)
}

// writeAlone writes what TLS says of its own accord, mostly from inside a read: RFC
// 8446 4.6.3, who is sent update_requested "MUST send a KeyUpdate of its own".
// The deadline that flush left may have passed long ago, and then the reply would
// be lost and the keys be two. One write that fails ends the connection: crypto/tls
// would go on reading, and be held up by the next.
func (r *records) writeAlone(b []byte) (int, error) {
	if r.broken != nil {
		return 0, r.broken
	}
	r.Conn.SetWriteDeadline(time.Now().Add(r.within))
	n, err := r.Conn.Write(b)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = errSlowReader
		}
		r.broken = err
		r.Conn.Close()
	}
	return n, err
}

// why is what ended the connection, where a read failed for err: crypto/tls goes on
// with keys that are not the peer's any more.
func (r *records) why(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken != nil {
		return r.broken
	}
	return err
}

// rest gives the buffers back. The reader calls it.
func (r *records) rest() {
	if r.r == r.w {
		r.in, r.r, r.w = nil, 0, 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.holding && cap(r.out) > restSize {
		r.out = nil
	}
}

func (r *records) hold() {
	r.mu.Lock()
	r.holding = true
	r.mu.Unlock()
}

func (r *records) release() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holding = false
	_, err := r.Conn.Write(r.out)
	r.out = r.out[:0]
	return err
}
