package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"paperweight/store/feed/trust"
)

// keypair makes keys of every kind in turn, as openssl would:
// keypair DIR NAME... writes DIR/NAME.pem and DIR/NAME.pub.
func keypair(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: keypair DIR NAME...")
	}
	for i, name := range args[1:] {
		var key crypto.Signer
		var err error
		if i%2 == 0 {
			_, key, err = ed25519.GenerateKey(rand.Reader)
		} else {
			key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		}
		ts.Check(err)
		base := filepath.Join(ts.MkAbs(args[0]), name)
		ts.Check(trust.WriteKey(base+".pem", key))
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		ts.Check(err)
		ts.Check(os.WriteFile(base+".pub", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))
	}
}

// certificate makes one for 127.0.0.1 that vouches for itself, in cert.pem, and
// its private key in key.pem; or one for a name, in NAME.pem and NAME.key:
// certificate [NAME].
func certificate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: certificate [NAME]")
	}
	certFile, keyFile, names := "cert.pem", "key.pem", []string(nil)
	if len(args) == 1 {
		certFile, keyFile, names = args[0]+".pem", args[0]+".key", args
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	if names == nil {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(certFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	ts.Check(trust.WriteKey(ts.MkAbs(keyFile), private))
}
