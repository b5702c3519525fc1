package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"paperweight/conformance/judge"
)

// certificates are names of PEM files: an authority, the register's own, the
// suite's.
type certificates struct{ ca, ownCert, ownKey, cert, key string }

// issue makes an authority, a certificate of the register and one of the suite
// that names all its identities.
func issue(t *testing.T, dir string, s judge.Subject) certificates {
	t.Helper()
	template := func(serial int64, names ...string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "conformance test"}, DNSNames: names,
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
	}
	authority := template(1)
	authority.IsCA, authority.BasicConstraintsValid, authority.KeyUsage = true, true, x509.KeyUsageCertSign
	sign := func(name string, c, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (string, string, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if parentKey == nil {
			parentKey = key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), parentKey)
		if err != nil {
			t.Fatal(err)
		}
		pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return write(t, dir, name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
			write(t, dir, name+"-key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})), key
	}
	var c certificates
	var key *ecdsa.PrivateKey
	c.ca, _, key = sign("ca", authority, authority, nil)
	c.ownCert, c.ownKey, _ = sign("own", template(2, "eir.epc.example.org"), authority, key)
	var names []string
	for i := range s.Peers.Count {
		names = append(names, s.Peers.Name(1+i))
	}
	c.cert, c.key, _ = sign("suite", template(3, names...), authority, key)
	return c
}
