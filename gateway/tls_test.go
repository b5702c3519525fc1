package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"paperweight/gateway/config"
)

// selfSigned makes a certificate that vouches for itself, as PEM.
func selfSigned(t *testing.T, expires time.Time, names ...string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(expires.UnixNano()), Subject: pkix.Name{CommonName: fmt.Sprint(names)}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: expires, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// TestTLS: a node that only serves TLS, a peer that must use it, and
// certificates that change under it: good files take effect for new connections,
// bad ones for none, and the open peer notices neither.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	year := time.Now().Add(365 * 24 * time.Hour)
	mmeCert, mmeKey := selfSigned(t, year, "mme.epc.example.org")
	file("ca.pem", mmeCert)
	// replace writes certificates of ours and returns a client's trust in them.
	replace := func(expires time.Time) *tls.Config {
		cert, key := selfSigned(t, expires, "eir.epc.example.org")
		file("cert.pem", cert)
		file("key.pem", key)
		own, err := tls.X509KeyPair(mmeCert, mmeKey)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(cert)
		return &tls.Config{RootCAs: roots, ServerName: "eir.epc.example.org", Certificates: []tls.Certificate{own}}
	}
	text := fmt.Sprintf(`
store: {data: %[1]s/data}
admin: {listen: "127.0.0.1:0"}
diameter:
  listen: []
  tls: {listen: ["127.0.0.1:0"], cert: %[1]s/cert.pem, key: %[1]s/key.pem, ca: %[1]s/ca.pem}
  peers:
    - {host: mme.epc.example.org, realm: epc.example.org, tls: true}
`, dir)
	flags := &serveFlags{config: file("node.yaml", []byte(text))}
	first := replace(year)
	c, err := config.Read(flags.config)
	if err != nil {
		t.Fatal(err)
	}
	core, told := observer.New(zapcore.DebugLevel)
	n, err := start(c, zap.New(core), zap.NewAtomicLevel())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	at := n.diameterAt[0].at.String()
	open, err := tls.Dial("tcp", at, first)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	exchange(t, open, goldenCER)

	shown := func(c *tls.Config) error {
		conn, err := tls.Dial("tcp", at, c)
		if err == nil {
			conn.Close()
		}
		return err
	}
	second := replace(time.Now().Add(time.Hour))
	if err := shown(first); err != nil {
		t.Errorf("before the signal: %v", err)
	}
	c = n.reload(t.Context(), flags, c)
	if err := shown(second); err != nil {
		t.Errorf("after the signal: %v", err)
	}
	if told.FilterMessageSnippet("expires in days").FilterLevelExact(zapcore.ErrorLevel).Len() != 1 {
		t.Errorf("no alarm for a certificate of an hour: %v", told.All())
	}
	file("key.pem", mmeKey)
	n.reload(t.Context(), flags, c)
	kept := told.FilterMessage("not reloaded, what was in force stays").All()
	if len(kept) != 1 || !strings.Contains(fmt.Sprint(kept[0].ContextMap()["error"]), "cert.pem with key") {
		t.Errorf("bad files: %v", kept)
	}
	if err := shown(second); err != nil {
		t.Errorf("after bad files: %v", err)
	}
	// One that peers refuse does not take the place of one that they accept, and
	// one that they refuse holds nothing up.
	replace(time.Now().Add(-time.Minute))
	n.reload(t.Context(), flags, c)
	if kept := told.FilterMessage("not reloaded, what was in force stays").All(); len(kept) != 2 || !strings.Contains(fmt.Sprint(kept[1].ContextMap()["error"]), "cert.pem expired at") {
		t.Errorf("an expired certificate: %v", kept)
	}
	if err := shown(second); err != nil {
		t.Errorf("after an expired one: %v", err)
	}
	if doubts, err := checked(&c); err != nil || len(doubts) != 1 || !strings.Contains(doubts[0], "cert.pem expired at") {
		t.Errorf("config check of it: %q, %v", doubts, err)
	}
	expired, err := certificates(&c)
	if err != nil {
		t.Fatal(err)
	}
	n.diameter.SetCertificates(expired)
	n.reload(t.Context(), flags, c)
	if told.FilterMessageSnippet("peers refuse our TLS certificate").Len() != 1 {
		t.Errorf("expired and in force: %v", told.All())
	}
	if got := exchange(t, open, goldenECR); got != goldenUnknown {
		t.Errorf("the open peer: %s", got)
	}
}

func TestCertificateState(t *testing.T) {
	const day = 24 * time.Hour
	for left, want := range map[time.Duration]zapcore.Level{
		day: zapcore.ErrorLevel, 8 * day: zapcore.WarnLevel, 31 * day: zapcore.DebugLevel,
	} {
		level, words := certificateState(left)
		if level != want || (words == "") != (want == zapcore.DebugLevel) {
			t.Errorf("%v left: %v %q", left, level, words)
		}
	}
}
