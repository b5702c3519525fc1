package diameter

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"paperweight/diameter/wire"
)

// updater is a client that writes TLS 1.3 by hand, since crypto/tls never asks for
// new keys. It reads as crypto/tls does.
type updater struct {
	*mme
	raw    net.Conn
	secret []byte
	seq    uint64
}

func updateOver(t *testing.T, a *authority, raw net.Conn) *updater {
	t.Helper()
	var keys strings.Builder
	c := as(a, a.issue([]string{"mme.epc.example.org"}))
	c.MinVersion, c.KeyLogWriter = tls.VersionTLS13, &keys
	client := tls.Client(raw, c)
	u := &updater{mme: &mme{t: t, conn: client}, raw: raw}
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if suite := client.ConnectionState().CipherSuite; suite != tls.TLS_AES_128_GCM_SHA256 {
		t.Fatalf("%s was negotiated, and this test writes AES-128 alone", tls.CipherSuiteName(suite))
	}
	for line := range strings.Lines(keys.String()) {
		if f := strings.Fields(line); f[0] == "CLIENT_TRAFFIC_SECRET_0" {
			u.secret, _ = hex.DecodeString(f[2])
		}
	}
	return u
}

// derive is HKDF-Expand-Label without a context (RFC 8446 7.1).
func (u *updater) derive(label string, length int) []byte {
	label = "tls13 " + label
	info := append([]byte{0, byte(length), byte(len(label))}, label...)
	key, err := hkdf.Expand(sha256.New, u.secret, string(append(info, 0)), length)
	if err != nil {
		panic(err)
	}
	return key
}

// record seals one (RFC 8446 5.2).
func (u *updater) record(kind byte, data []byte) []byte {
	block, _ := aes.NewCipher(u.derive("key", 16))
	aead, _ := cipher.NewGCM(block)
	nonce := u.derive("iv", 12)
	binary.BigEndian.PutUint64(nonce[4:], binary.BigEndian.Uint64(nonce[4:])^u.seq)
	u.seq++
	plain := append(bytes.Clone(data), kind)
	head := []byte{23, 3, 3, 0, 0}
	binary.BigEndian.PutUint16(head[3:], uint16(len(plain)+aead.Overhead()))
	return aead.Seal(head, nonce, plain, head)
}

func (u *updater) data(b []byte) []byte { return u.record(23, b) }

// update is a KeyUpdate with update_requested, and moves to the keys behind it.
func (u *updater) update() []byte {
	b := u.record(22, []byte{24, 0, 0, 1, 1})
	u.secret, u.seq = u.derive("traffic upd", 32), 0
	return b
}

func (u *updater) write(b []byte) {
	u.t.Helper()
	if _, err := u.raw.Write(b); err != nil {
		u.t.Fatal(err)
	}
}

// RFC 8446 4.6.3: a peer may ask for new keys whenever it likes, so also long after
// the last answer was written, whose write deadline has passed.
func TestNewKeysAfterIdleness(t *testing.T) {
	a := newAuthority(t, "one")
	cfg := lab()
	cfg.WriteTimeout = 20 * time.Millisecond
	n, _ := startTLS(t, a, cfg, byLastDigit)
	u := updateOver(t, a, n.dial(t).conn)
	u.write(u.data(cer("mme.epc.example.org", "epc.example.org", wire.AppS13)))
	if code := u.result(wire.CapabilitiesExchange); code != wire.DiameterSuccess {
		t.Fatalf("CEA: %d", code)
	}
	time.Sleep(2 * cfg.WriteTimeout) // the idleness itself
	u.write(u.update())
	u.write(u.data(ecr(1, "00101700000003")))
	if code := u.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
		t.Errorf("ECA with new keys: %d", code)
	}
}

// near is one end of a pipe that seems to be a socket. A pipe holds nothing: who
// writes waits for a reader.
type near struct{ net.Conn }

func (near) LocalAddr() net.Addr  { return loopback }
func (near) RemoteAddr() net.Addr { return loopback }

// A client that asks for new keys and never reads them holds up its connection for
// WriteTimeout, once: before the CER, as after it.
func TestNewKeysForNobody(t *testing.T) {
	a := newAuthority(t, "one")
	cfg := lab()
	cfg.WriteTimeout, cfg.CERTimeout = 50*time.Millisecond, time.Hour
	n, _ := startTLS(t, a, cfg, byLastDigit)
	for _, open := range []bool{false, true} {
		ours, theirs := net.Pipe()
		go n.acceptTLS(near{ours})
		u := updateOver(t, a, theirs)
		if open {
			u.write(u.data(cer("mme.epc.example.org", "epc.example.org", wire.AppS13)))
			u.result(wire.CapabilitiesExchange)
		}
		u.write(append(u.update(), u.update()...))
		if open {
			if err := await(t, n.closed); err != errSlowReader {
				t.Errorf("closed: %v", err)
			}
		} else if r := await(t, n.refused); r.Cause != NoCER {
			t.Errorf("refused for %v", r.Cause)
		}
	}
}

// hangUp tells whether the server read to the end before it closed.
type hangUp struct {
	net.Conn
	ended bool
	told  chan bool
}

func (h *hangUp) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	h.ended = h.ended || err == io.EOF
	return n, err
}

func (h *hangUp) Close() error {
	select {
	case h.told <- h.ended:
	default:
	}
	return h.Conn.Close()
}

type hangUps struct {
	net.Listener
	told chan bool
}

func (l hangUps) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &hangUp{Conn: c, told: l.told}, err
}

// A parting error over TLS is waited for until the peer has read it, as over TCP.
func TestPartingErrorOverTLSIsRead(t *testing.T) {
	a := newAuthority(t, "one")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n, _ := startTLS(t, a, lab(), byLastDigit)
	counted := hangUps{l, make(chan bool, 1)}
	n.serveTLS(t, counted)
	n.addr = l.Addr().String()
	m := n.dialTLS(t, as(a, a.issue([]string{"mme.epc.example.org"})))
	m.exchange("mme.epc.example.org", "epc.example.org")
	wrong := ecr(1, "00101700000003")
	wrong[0] = 2
	m.send(wrong)
	if code := m.result(wire.MEIdentityCheck); code != wire.DiameterUnsupportedVersion {
		t.Errorf("to version 2: %d", code)
	}
	m.send(ecr(2, "00101700000003")) // and goes on
	m.conn.(*tls.Conn).NetConn().(*net.TCPConn).CloseWrite()
	if !await(t, counted.told) {
		t.Error("the connection was closed with input unread, so by a reset")
	}
}
