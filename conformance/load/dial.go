package load

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"

	"paperweight/conformance/sctp"
)

// Dialer is how a target is reached. Its zero value is plain TCP.
type Dialer struct {
	// TLS is set for Diameter over TLS from the first octet (RFC 6733
	// 13.1). Its ServerName defaults to the target's host.
	TLS *tls.Config
	// SCTP is set for Diameter over SCTP (RFC 6733 2.1.1).
	SCTP bool
}

// NewDialer returns the way of a transport: tcp, tls or sctp. The files are of TLS
// alone, in PEM, and each may be missing: ca are the certificates that the
// target's must come from (the system's where there is none), cert and key are
// our own, for targets that ask for one.
func NewDialer(transport, ca, cert, key string) (Dialer, error) {
	switch {
	case transport != "tls" && ca+cert+key != "":
		return Dialer{}, errors.New("certificates belong to --transport tls")
	case transport == "tcp":
		return Dialer{}, nil
	case transport == "sctp":
		return Dialer{SCTP: true}, nil
	case transport != "tls":
		return Dialer{}, fmt.Errorf("transport %q: tcp, tls or sctp", transport)
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return Dialer{}, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return Dialer{}, fmt.Errorf("%s: no certificate in PEM in it", ca)
		}
	}
	if cert != "" || key != "" {
		own, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return Dialer{}, fmt.Errorf("our certificate %q and key %q: %w", cert, key, err)
		}
		c.Certificates = []tls.Certificate{own}
	}
	return Dialer{TLS: c}, nil
}

// transport is NewDialer's word for it.
func (d Dialer) transport() string {
	switch {
	case d.SCTP:
		return "sctp"
	case d.TLS != nil:
		return "tls"
	}
	return "tcp"
}

// dial connects. Under what it returns lies the socket, which wrap, unless it
// is nil, may put something between.
func (d Dialer) dial(ctx context.Context, target string, wrap func(net.Conn) (net.Conn, error)) (net.Conn, error) {
	conn, err := d.connect(ctx, target)
	if err != nil {
		return nil, err
	}
	if wrap != nil {
		inner, err := wrap(conn)
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		conn = inner
	}
	if d.TLS == nil {
		return conn, nil
	}
	c := d.TLS.Clone()
	if c.ServerName == "" {
		if c.ServerName, _, err = net.SplitHostPort(target); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	// The handshake comes with the first write, under its deadline.
	return tls.Client(conn, c), nil
}

func (d Dialer) connect(ctx context.Context, target string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if d.SCTP {
		return sctp.Dial(ctx, target)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", target)
}
