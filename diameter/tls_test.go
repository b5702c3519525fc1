package diameter

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// startTLS serves cfg over TLS, with certificates of a, and also without on
// plain.
func startTLS(t testing.TB, a *authority, cfg Config, checker Checker) (n *node, plain string) {
	t.Helper()
	n = start(t, cfg, checker)
	n.SetCertificates(a.ours())
	plain = n.addr
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n.addr = l.Addr().String()
	n.serveTLS(t, l)
	return n, plain
}

func (n *node) serveTLS(t testing.TB, l net.Listener) {
	var served sync.WaitGroup
	served.Go(func() {
		if err := n.ServeTLS(l); !errors.Is(err, ErrServerClosed) {
			t.Errorf("ServeTLS: %v", err)
		}
	})
	t.Cleanup(func() { n.stop(); served.Wait() })
}

// as is a client's side of TLS with a certificate.
func as(a *authority, own ...tls.Certificate) *tls.Config {
	return &tls.Config{RootCAs: a.pool(), ServerName: "eir.epc.example.org", Certificates: own}
}

func (n *node) dialTLS(t testing.TB, c *tls.Config) *mme {
	t.Helper()
	m := n.dial(t)
	m.conn = tls.Client(m.conn, c)
	return m
}

// The whole way over each version that is allowed.
func TestTLS(t *testing.T) {
	a := newAuthority(t, "one")
	n, _ := startTLS(t, a, lab(), byLastDigit)
	for version, name := range map[uint16]string{tls.VersionTLS12: "TLS 1.2", tls.VersionTLS13: "TLS 1.3"} {
		c := as(a, a.issue([]string{"mme.epc.example.org"}))
		c.MinVersion, c.MaxVersion = version, version
		m := n.dialTLS(t, c)
		m.exchange("mme.epc.example.org", "epc.example.org")
		if p := await(t, n.opened); p.TLS != name || time.Until(p.CertificateExpires) < time.Minute {
			t.Errorf("%s: peer is %+v", name, p)
		}
		m.send(ecr(1, "00101700000003"), dwr(2), ecr(3, "00101700000001"))
		for _, command := range []uint32{wire.MEIdentityCheck, wire.DeviceWatchdog, wire.MEIdentityCheck} {
			if code := m.result(command); code != wire.DiameterSuccess {
				t.Errorf("%s: answer to %d: %d", name, command, code)
			}
		}
		m.send(dpr(4))
		m.result(wire.DisconnectPeer)
		m.conn.Close()
		await(t, n.closed)
	}
	if s := n.Stats(); time.Until(s.CertificateExpires) < time.Minute {
		t.Errorf("our certificate expires %v", s.CertificateExpires)
	}
}

// RFC 6733 13.1 and RFC 6125: the certificate must name who the CER says.
func TestCertificateNamesThePeer(t *testing.T) {
	a, b := newAuthority(t, "one"), newAuthority(t, "two")
	cfg := lab()
	cfg.AnyLoopback = false
	cfg.Peers = []Peer{
		{Host: "mme.epc.example.org", Realm: "epc.example.org", TLS: true},
		{Host: "dra.epc.example.org", Realm: "epc.example.org", TLSIdentity: "edge.example.org"},
	}
	n, plain := startTLS(t, a, cfg, byLastDigit)
	past := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	cn := func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "mme.epc.example.org"} }
	const mme, dra = "mme.epc.example.org", "dra.epc.example.org"
	for _, c := range []struct {
		name, host string
		own        []tls.Certificate
		want       uint32 // 0: no handshake
		cause      Cause
	}{
		{"its own name", mme, []tls.Certificate{a.issue([]string{mme})}, wire.DiameterSuccess, 0},
		{"among others, in other letters", mme, []tls.Certificate{a.issue([]string{"x.example.org", "MME.epc.Example.org"})}, wire.DiameterSuccess, 0},
		{"the name in the table", dra, []tls.Certificate{a.issue([]string{"edge.example.org"})}, wire.DiameterSuccess, 0},
		{"its own where the table has another", dra, []tls.Certificate{a.issue([]string{dra})}, wire.DiameterUnknownPeer, WrongCertificate},
		{"another peer's name", mme, []tls.Certificate{a.issue([]string{"edge.example.org"})}, wire.DiameterUnknownPeer, WrongCertificate},
		{"a CN alone", mme, []tls.Certificate{a.issue(nil, cn)}, wire.DiameterUnknownPeer, WrongCertificate},
		{"a wildcard", mme, []tls.Certificate{a.issue([]string{"*.epc.example.org"})}, wire.DiameterUnknownPeer, WrongCertificate},
		{"of another authority", mme, []tls.Certificate{b.issue([]string{mme})}, 0, HandshakeFailed},
		{"expired", mme, []tls.Certificate{a.issue([]string{mme}, past)}, 0, HandshakeFailed},
		{"no certificate", mme, nil, 0, HandshakeFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := n.dialTLS(t, as(a, c.own...))
			if c.want == 0 {
				// In TLS 1.3 the client learns of it when it reads.
				m.conn.Write(cer(c.host, "epc.example.org", wire.AppS13))
				m.ended()
			} else {
				m.send(cer(c.host, "epc.example.org", wire.AppS13))
				if code := m.result(wire.CapabilitiesExchange); code != c.want {
					t.Errorf("CEA: %d, want %d", code, c.want)
				}
			}
			m.conn.Close()
			if c.want == wire.DiameterSuccess {
				await(t, n.closed)
				return
			}
			r := await(t, n.refused)
			if r.Cause != c.cause || r.Err == nil {
				t.Errorf("refused for %v (%v), want %v", r.Cause, r.Err, c.cause)
			}
		})
	}

	// Without TLS comes in who may, and nobody who must use it.
	n.addr = plain
	n.dial(t).exchange(dra, "epc.example.org")
	m := n.dial(t)
	m.send(cer(mme, "epc.example.org", wire.AppS13))
	if code := m.result(wire.CapabilitiesExchange); code != wire.DiameterUnknownPeer {
		t.Errorf("CEA without TLS: %d", code)
	}
	m.ended()
	m.conn.Close()
	refusedFor(t, n, NotTLS)
}

// The laboratory has no table, and still a peer is who its certificate says.
func TestLaboratoryReadsCertificates(t *testing.T) {
	a := newAuthority(t, "one")
	n, _ := startTLS(t, a, lab(), byLastDigit)
	m := n.dialTLS(t, as(a, a.issue([]string{"edge.example.org"})))
	m.send(cer("mme.epc.example.org", "epc.example.org", wire.AppS13))
	if code := m.result(wire.CapabilitiesExchange); code != wire.DiameterUnknownPeer {
		t.Errorf("CEA: %d", code)
	}
	m.conn.Close()
	if r := await(t, n.refused); r.Cause != WrongCertificate || !says(r.Err, `["edge.example.org"]`) {
		t.Errorf("refused for %v (%v)", r.Cause, r.Err)
	}
}

// What is no handshake ends by itself, in time, and with a reason.
func TestNoHandshake(t *testing.T) {
	a := newAuthority(t, "one")
	cfg := lab()
	cfg.HandshakeTimeout = 50 * time.Millisecond
	n, _ := startTLS(t, a, cfg, byLastDigit)
	old := as(a, a.issue([]string{"mme.epc.example.org"}))
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	for name, begin := range map[string]func(m *mme){
		"silence":           func(*mme) {},
		"Diameter":          func(m *mme) { m.send(cer("mme.epc.example.org", "epc.example.org", wire.AppS13)) },
		"half a handshake":  func(m *mme) { m.send([]byte{22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3}) },
		"an end at once":    func(m *mme) { m.conn.Close() },
		"too old a version": func(m *mme) { tls.Client(m.conn, old).Handshake() },
	} {
		m := n.dial(t)
		begin(m)
		if r := await(t, n.refused); r.Cause != HandshakeFailed || r.Err == nil {
			t.Errorf("%s: refused for %v, %v", name, r.Cause, r.Err)
		}
		io.Copy(io.Discard, m.conn) // an alert perhaps, and the end
	}
}

// Who has shaken hands and then says nothing lacks a CER, not a handshake.
func TestNoCERAfterTheHandshake(t *testing.T) {
	a := newAuthority(t, "one")
	cfg := lab()
	cfg.CERTimeout = 50 * time.Millisecond
	n, _ := startTLS(t, a, cfg, byLastDigit)
	m := n.dialTLS(t, as(a, a.issue([]string{"mme.epc.example.org"})))
	if err := m.conn.(*tls.Conn).Handshake(); err != nil {
		t.Fatal(err)
	}
	refusedFor(t, n, NoCER)
	m.ended()
}

// Handshakes are bounded in number, those of strangers apart from those of
// peers; whose turn does not come is refused.
func TestHandshakesAreBounded(t *testing.T) {
	a := newAuthority(t, "one")
	cfg := lab()
	cfg.MaxHandshakes, cfg.HandshakeTimeout = 1, 2*time.Second // enough for a slow machine
	cfg.Peers = []Peer{{Host: "near.epc.example.org", Realm: "epc.example.org", Addresses: prefixes("127.0.0.2/32")}}
	n, _ := startTLS(t, a, cfg, byLastDigit)
	n.handshakesOfStrangers <- struct{}{} // one goes on for ever
	n.dialTLS(t, as(a)).ended()
	refusedFor(t, n, TooManyHandshakes)

	m := n.dialFrom(t, "127.0.0.2")
	m.conn = tls.Client(m.conn, as(a, a.issue([]string{"near.epc.example.org"})))
	m.exchange("near.epc.example.org", "epc.example.org")
}

// New certificates are for new connections; the old ones live on.
func TestNewCertificates(t *testing.T) {
	a, b := newAuthority(t, "one"), newAuthority(t, "two")
	n, _ := startTLS(t, a, lab(), byLastDigit)
	first := n.dialTLS(t, as(a, a.issue([]string{"first.epc.example.org"})))
	first.exchange("first.epc.example.org", "epc.example.org")

	n.SetCertificates(b.ours())
	second := n.dialTLS(t, as(b, b.issue([]string{"second.epc.example.org"})))
	second.exchange("second.epc.example.org", "epc.example.org")
	late := as(b, a.issue([]string{"late.epc.example.org"}))
	m := n.dialTLS(t, late)
	m.conn.Write(dwr(1))
	m.ended()
	refusedFor(t, n, HandshakeFailed)

	for _, m := range []*mme{first, second} {
		m.send(ecr(1, "00101700000003"))
		if code := m.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
			t.Errorf("ECA: %d", code)
		}
	}
}

// Requests that arrive in records of their own are answered in one write, once
// all that came is read.
func TestTLSAnswersInOneWrite(t *testing.T) {
	a := newAuthority(t, "one")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n, _ := startTLS(t, a, lab(), byLastDigit)
	counted := &countingListener{Listener: l}
	n.serveTLS(t, counted)
	n.addr = l.Addr().String()

	c, err := net.Dial("tcp", n.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	held := &records{Conn: c} // the client's records go out together, as many as are held
	m := &mme{t: t, conn: tls.Client(held, as(a, a.issue([]string{"mme.epc.example.org"})))}
	m.exchange("mme.epc.example.org", "epc.example.org")

	const batches, each = 20, 50
	before := counted.writes.Load()
	for range batches {
		held.hold()
		for i := range uint32(each) {
			m.send(ecr(i, "00101700000003"))
		}
		if err := held.release(); err != nil {
			t.Fatal(err)
		}
		for i := range uint32(each) {
			if h, _ := wire.ParseHeader(m.read()); h.HopByHop != i {
				t.Fatalf("answer %d is to %d", i, h.HopByHop)
			}
		}
	}
	// The kernel may cut what the client wrote at once into a few pieces.
	if writes := counted.writes.Load() - before; writes > 4*batches {
		t.Errorf("%d writes for %d batches of %d requests", writes, batches, each)
	}
}

type countingListener struct {
	net.Listener
	writes atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &countingConn{c, &l.writes}, err
}

type countingConn struct {
	net.Conn
	writes *atomic.Int64
}

func (c *countingConn) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

// A peer over TLS that asks and never reads is disconnected like any other.
func TestSlowReaderOverTLS(t *testing.T) {
	a := newAuthority(t, "one")
	cfg := lab()
	cfg.WriteTimeout = 100 * time.Millisecond
	n, _ := startTLS(t, a, cfg, byLastDigit)
	m := n.dialTLS(t, as(a, a.issue([]string{"mme.epc.example.org"})))
	m.exchange("mme.epc.example.org", "epc.example.org")
	batch := bytes.Repeat(unhex(goldenECR), 60)
	for {
		if _, err := m.conn.Write(batch); err != nil {
			break
		}
	}
	if err := await(t, n.closed); err != errSlowReader {
		t.Errorf("closed: %v", err)
	}
}

// TestShutdownLosesNoCheck over TLS: what was sent before the DPA is answered.
func TestShutdownOverTLSLosesNoCheck(t *testing.T) {
	a := newAuthority(t, "one")
	cfg := lab()
	cfg.CloseTimeout = time.Hour
	n, _ := startTLS(t, a, cfg, checkFunc(func(eir.Query) eir.Verdict {
		return eir.Verdict{Status: eir.Permitted, Rule: eir.RuleExact}
	}))
	m := n.dialTLS(t, as(a, a.issue([]string{"mme.epc.example.org"})))
	m.exchange("mme.epc.example.org", "epc.example.org")
	await(t, n.opened)
	shutdownLosesNoCheck(t, n, m)
}

func TestServeTLSNeedsCertificates(t *testing.T) {
	n := start(t, lab(), byLastDigit)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.ServeTLS(l); err == nil || !strings.Contains(err.Error(), "SetCertificates") {
		t.Errorf("ServeTLS: %v", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is left open: %v", err)
	}
}
