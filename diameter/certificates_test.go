package diameter

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates for a test.
type authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t: t, key: key}
	a.cert = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, key)
	return a
}

// sign signs a template, with itself where parent is nil.
func (a *authority) sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(time.Hour)
	}
	template.NotBefore = template.NotAfter.Add(-24 * time.Hour)
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

// issue makes a certificate with the DNS names, and changes to it.
func (a *authority) issue(names []string, change ...func(*x509.Certificate)) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{DNSNames: names}
	for _, f := range change {
		f(template)
	}
	c := a.sign(template, a.cert, key)
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key, Leaf: c}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// files writes a node's certificate, its key and the authority, and names them.
func (a *authority) files(own tls.Certificate) CertificateFiles {
	a.t.Helper()
	dir := a.t.TempDir()
	f := CertificateFiles{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), CA: filepath.Join(dir, "ca.pem")}
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		a.t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		f.Cert: {Type: "CERTIFICATE", Bytes: own.Certificate[0]},
		f.Key:  {Type: "PRIVATE KEY", Bytes: key},
		f.CA:   {Type: "CERTIFICATE", Bytes: a.cert.Raw},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return f
}

// ours are certificates for the node of the tests.
func (a *authority) ours() *Certificates {
	a.t.Helper()
	c, err := LoadCertificates(a.files(a.issue([]string{"eir.epc.example.org"})), "eir.epc.example.org")
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

func TestLoadCertificates(t *testing.T) {
	a := newAuthority(t, "one")
	soon := time.Now().Add(time.Minute).Truncate(time.Second)
	own := a.issue([]string{"x.example.org", "EIR.epc.example.org"}, func(c *x509.Certificate) { c.NotAfter = soon })
	c, err := LoadCertificates(a.files(own), "eir.epc.example.org")
	if err != nil || !c.Expire().Equal(soon) {
		t.Fatalf("%v, expires %v, want %v", err, c.Expire(), soon)
	}
	for at, want := range map[time.Time]string{
		soon:                                 "",
		soon.Add(time.Second):                "expired at " + soon.UTC().Format(time.RFC3339),
		own.Leaf.NotBefore.Add(-time.Second): "not valid before",
	} {
		if err := c.Valid(at); !says(err, want) {
			t.Errorf("at %v: %v, want %q", at, err, want)
		}
	}

	for name, f := range map[string]func(*CertificateFiles) string{
		"no such certificate": func(f *CertificateFiles) string { f.Cert = "nowhere.pem"; return "nowhere.pem" },
		"no such authority":   func(f *CertificateFiles) string { f.CA = "nowhere.pem"; return "authorities: open nowhere.pem" },
		"a key of another":    func(f *CertificateFiles) string { f.Key = a.files(a.issue(nil)).Key; return "does not match" },
		"no certificate": func(f *CertificateFiles) string {
			f.CA = f.Key
			return "holds no certificate"
		},
		"another name": func(f *CertificateFiles) string {
			*f = a.files(a.issue([]string{"mme.epc.example.org"}))
			return `names ["mme.epc.example.org"] and not eir.epc.example.org`
		},
	} {
		files := a.files(own)
		want := f(&files)
		if _, err := LoadCertificates(files, "eir.epc.example.org"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}
