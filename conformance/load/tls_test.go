package load

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// issue writes NAME.pem and NAME.key, a certificate that certifies itself.
func issue(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{name},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	for name, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// serveTLS is an echo that asks for certificates; named returns those it was
// shown.
func serveTLS(t *testing.T, cert, key string) (address string, named func() []string) {
	t.Helper()
	own, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var names []string
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAnyClientCert,
		VerifyConnection: func(s tls.ConnectionState) error {
			mu.Lock()
			defer mu.Unlock()
			names = append(names, s.PeerCertificates[0].DNSNames...)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go (&Echo{answer}).Serve(l)
	return l.Addr().String(), func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(names)
	}
}

// Both loops work over TLS, each connection with its own certificate where
// there is one, and a target whose certificate is not trusted, or has another
// name, is asked nothing.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := issue(t, dir, "eir.example.org")
	issue(t, dir, "mme1")
	issue(t, dir, "mme2")
	address, named := serveTLS(t, cert, key)
	files := TLSFiles{CA: cert, Cert: filepath.Join(dir, "mme{n}.pem"), Key: filepath.Join(dir, "mme{n}.key"), Name: "eir.example.org"}
	d, err := NewDialer("tls", files)
	if err != nil {
		t.Fatal(err)
	}
	p := openPlan(address)
	p.Dial = d
	if c := mustRun(t, p).Total(); c.Good != c.Due {
		t.Errorf("open loop: %+v", c)
	}
	if got := named(); !slices.Equal(got, []string{"mme1", "mme2"}) {
		t.Errorf("certificates of %q", got)
	}
	closed := plan(address)
	closed.Dial = d
	if r, err := Run(closed); err != nil || r.Outcomes["permitted"] != r.Checks {
		t.Errorf("closed loop: %+v, %v", r, err)
	}
	for want, change := range map[string]func(*TLSFiles){
		"unknown authority":        func(f *TLSFiles) { f.CA = filepath.Join(dir, "mme1.pem") },
		"mme3.pem":                 func(*TLSFiles) { closed.Connections = 3 },
		"doesn't contain any IP S": func(f *TLSFiles) { f.Name = "" },
	} {
		changed := files
		change(&changed)
		if closed.Dial, err = NewDialer("tls", changed); err != nil {
			t.Fatal(err)
		}
		if _, err := Run(closed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
		closed.Connections = 2
	}
}

func TestNewDialerRefuses(t *testing.T) {
	dir := t.TempDir()
	cert, key := issue(t, dir, "mme")
	for want, c := range map[string]struct {
		transport string
		TLSFiles
	}{
		"tcp, tls or sctp":     {transport: "udp"},
		"belong to":            {"tcp", TLSFiles{CA: cert}},
		"no certificate":       {"tls", TLSFiles{CA: key}},
		"no such file":         {"tls", TLSFiles{CA: filepath.Join(dir, "none")}},
		"our certificate":      {"tls", TLSFiles{Cert: cert}},
		"our certificate \"\"": {"tls", TLSFiles{Key: key}},
	} {
		if _, err := NewDialer(c.transport, c.TLSFiles); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want an error with %q", c, err, want)
		}
	}
}
