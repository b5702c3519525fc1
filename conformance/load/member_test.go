package load

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"paperweight/conformance/mme"
)

// An answer is taken once, by the request that waits for it, also where the
// identifiers have come round.
func TestClaim(t *testing.T) {
	for _, put := range []uint64{1, 5, idRange - 1, idRange, idRange + 3, 3 * idRange} {
		m := &member{slots: make([]atomic.Uint64, 16)}
		m.put.Store(put)
		for n := put - min(put, 16); n < put; n++ {
			m.slots[n%16].Store(n + 1)
		}
		for n := put - min(put, 16); n < put; n++ {
			hop, end := ids(n)
			if hop == 0 {
				t.Fatalf("request %d has the Hop-by-Hop Identifier 0", n)
			}
			msg := bytes.Clone(answer)
			mme.SetIDs(msg, hop, end+1)
			if got, ok := m.claim(msg); ok {
				t.Errorf("another End-to-End: taken for %d", got)
			}
			mme.SetIDs(msg, hop, end)
			if got, ok := m.claim(msg); got != n || !ok {
				t.Errorf("after %d: request %d was taken for %d, %v", put, n, got, ok)
			}
			if _, ok := m.claim(msg); ok {
				t.Errorf("request %d was taken twice", n)
			}
		}
		msg := bytes.Clone(answer)
		hop, end := ids(put)
		mme.SetIDs(msg, hop, end)
		if _, ok := m.claim(msg); ok && put < idRange {
			t.Errorf("after %d: one that was not sent is taken", put)
		}
	}
}

// A DWR is answered, so that an idle connection stays.
func TestMemberAnswersWatchdogs(t *testing.T) {
	near, far := net.Pipe()
	m := &member{stream: &stream{Conn: near}, who: client}
	dwr := mme.AppendDPR(nil, client)
	copy(dwr[5:8], []byte{0, 1, 24}) // Device-Watchdog
	mme.SetIDs(dwr, 7, 8)
	failed := make(chan error, 1)
	go func() { failed <- m.reply(dwr) }()
	dwa, err := (&stream{Conn: far}).wait()
	if err != nil || mme.IsRequest(dwa) || !mme.IsWatchdog(dwa) {
		t.Fatalf("%x, %v; want a DWA", dwa, err)
	}
	hop, end := mme.IDs(dwa)
	a, err := mme.ReadAnswer(dwa)
	if hop != 7 || end != 8 || a.Result != success || err != nil || <-failed != nil {
		t.Errorf("%d %d %+v %v", hop, end, a, err)
	}
}

// However little the kernel takes at once, all arrives, in order.
func TestEager(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEager(near)
	if err != nil {
		t.Fatal(err)
	}
	chunk := make([]byte, 100_003)
	var sent []byte
	for i := 0; e.waiting.Load() < 1<<20; i++ {
		for j := range chunk {
			chunk[j] = byte(i + j)
		}
		if n, err := e.Write(chunk); n != len(chunk) || err != nil {
			t.Fatal(n, err)
		}
		sent = append(sent, chunk...)
	}
	got := make([]byte, 0, len(sent))
	for buf := make([]byte, 1<<16); len(got) < len(sent); {
		if err := e.push(); err != nil {
			t.Fatal(err)
		}
		n, err := far.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if !bytes.Equal(got, sent) || e.waiting.Load() != 0 {
		t.Errorf("%d octets arrived of %d, %d wait", len(got), len(sent), e.waiting.Load())
	}
	if err := near.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write(chunk); err == nil {
		t.Error("a write to a closed connection succeeded")
	}
}

// Both loops work over TLS, and a target whose certificate is not trusted is
// asked nothing.
func TestTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, private := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, private: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAnyClientCert,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go (&Echo{answer}).Serve(l)

	d, err := NewDialer("tls", cert, cert, private)
	if err != nil {
		t.Fatal(err)
	}
	p := openPlan(l.Addr().String())
	p.Dial = d
	if c := mustRun(t, p).Total(); c.Good != c.Due {
		t.Errorf("open loop: %+v", c)
	}
	closed := plan(l.Addr().String())
	closed.Dial = d
	if r, err := Run(closed); err != nil || r.Outcomes["permitted"] != r.Checks {
		t.Errorf("closed loop: %+v, %v", r, err)
	}
	if closed.Dial, err = NewDialer("tls", "", "", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(closed); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want an error about the certificate", err)
	}
	for want, args := range map[string][4]string{
		"tcp, tls or sctp":     {"udp", "", "", ""},
		"belong to":            {"tcp", cert, "", ""},
		"no certificate":       {"tls", private, "", ""},
		"no such file":         {"tls", filepath.Join(dir, "none"), "", ""},
		"our certificate":      {"tls", "", cert, ""},
		"our certificate \"\"": {"tls", "", "", private},
	} {
		if _, err := NewDialer(args[0], args[1], args[2], args[3]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want an error with %q", args, err, want)
		}
	}
}
