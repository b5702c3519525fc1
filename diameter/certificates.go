package diameter

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// CertificateFiles name PEM files.
type CertificateFiles struct {
	// Cert is this node's certificate, with the intermediate ones behind it.
	// It names the Origin-Host (a DNS name of its subjectAltName), since peers
	// hold it to the rule that they are held to.
	Cert string
	// Key is its private key.
	Key string
	// CA holds the authorities whose certificates peers may show.
	CA string
}

// Certificates are who this node is in TLS, and whom it believes. They do not
// change; to change them, load others and give them to Server.SetCertificates.
type Certificates struct {
	file   string // of this node's own
	config *tls.Config
	// When the last of this node's chain begins to be valid, and when the first
	// ceases to.
	begin, expire time.Time
}

// LoadCertificates reads files for the node originHost. Its errors name the file
// and what is wrong with it. One out of its time is taken: whether to go on
// with it is for who asks Valid.
func LoadCertificates(f CertificateFiles, originHost string) (*Certificates, error) {
	pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", f.Cert, f.Key, err)
	}
	if !names(pair.Leaf, originHost) {
		return nil, fmt.Errorf("certificate %s names %q and not %s, our Origin-Host: peers would refuse it", f.Cert, pair.Leaf.DNSNames, originHost)
	}
	begin, expire := pair.Leaf.NotBefore, pair.Leaf.NotAfter
	for _, der := range pair.Certificate[1:] {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("certificate %s: an intermediate one: %w", f.Cert, err)
		}
		if c.NotBefore.After(begin) {
			begin = c.NotBefore
		}
		if c.NotAfter.Before(expire) {
			expire = c.NotAfter
		}
	}
	pem, err := os.ReadFile(f.CA)
	if err != nil {
		return nil, fmt.Errorf("authorities: %w", err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("authorities: %s holds no certificate in PEM", f.CA)
	}
	return &Certificates{file: f.Cert, begin: begin, expire: expire, config: &tls.Config{
		// RFC 6733 13.1: the server "MUST request a certificate"; mutual
		// authentication is not asked for but required.
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    authorities,
		Certificates: []tls.Certificate{pair},
		// RFC 6733 13.1 also lists RC4 and 3DES, which RFC 9325 4.1 has since
		// forbidden; crypto/tls offers what is left.
		MinVersion: tls.VersionTLS12,
		// A peer connects once in months: nothing is won by resuming, and
		// without it an authority taken away is gone with the next handshake.
		SessionTicketsDisabled: true,
		// Answers are small and each batch is whole: the first records need
		// not be smaller still.
		DynamicRecordSizingDisabled: true,
	}}, nil
}

// Expire is when the first certificate of this node's chain does.
func (c *Certificates) Expire() time.Time { return c.expire }

// Valid says why peers refuse this node's chain at now (RFC 5280 4.1.2.5): a
// certificate of it has expired, or is not valid yet. nil where neither is so.
func (c *Certificates) Valid(now time.Time) error {
	switch {
	case now.After(c.expire):
		return fmt.Errorf("certificate %s expired at %s", c.file, c.expire.UTC().Format(time.RFC3339))
	case now.Before(c.begin):
		return fmt.Errorf("certificate %s is not valid before %s", c.file, c.begin.UTC().Format(time.RFC3339))
	}
	return nil
}

// names reports whether a certificate names a peer: by a DNS name of its
// subjectAltName (RFC 6125 6.4.1, without regard to case) and not by its
// subject's CN, which RFC 6125 6.4.4 leaves to certificates without any.
//
// No wildcard does (6.4.3 leaves that open): with one, every holder could be
// every peer, and who may be whom is what is asked here.
func names(leaf *x509.Certificate, host string) bool {
	return slices.ContainsFunc(leaf.DNSNames, func(n string) bool { return sameIdentity(n, host) })
}

var errNoCertificates = errors.New("diameter: TLS needs certificates: call SetCertificates before ServeTLS")

// SetCertificates puts certificates in force for the handshakes that begin from
// now on. Connections that are there stay as they are.
func (s *Server) SetCertificates(c *Certificates) { s.certificates.Store(c) }

// Certificates are those in force; nil before the first SetCertificates.
func (s *Server) Certificates() *Certificates { return s.certificates.Load() }
