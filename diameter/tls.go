package diameter

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
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
	c.secure.below.drained = c.drained
	c.now = time.Now()
	c.machine = peer.NewMachine(c.now, c.srv.timeouts())
	return true
}

// drained is told by records that a read may block: what was answered goes out.
// False is the end of the connection.
func (c *conn) drained() bool {
	c.flush()
	return c.machine.State() != peer.Closed
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
	in      []byte // in[r:w] was read from the socket and not yet from here
	r, w    int
	filled  bool // the last read from the socket filled in

	mu      sync.Mutex // guards what follows: Close writes too, from anywhere
	holding bool
	out     []byte
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
		r.r, r.w, r.filled = 0, n, n == recordsSize
		if n == 0 {
			return 0, err
		}
	}
	n := copy(b, r.in[r.r:r.w])
	r.r += n
	return n, nil
}

func (r *records) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.holding {
		r.out = append(r.out, b...)
		return len(b), nil
	}
	return r.Conn.Write(b)
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
