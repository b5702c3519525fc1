package load

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"paperweight/conformance/sctp"
)

// Dialer is how a target is reached. Its zero value is plain TCP.
type Dialer struct {
	// TLS is set for Diameter over TLS from the first octet (RFC 6733
	// 13.1). Its ServerName defaults to the target's host.
	TLS *tls.Config
	// Cert and Key name the files of a certificate for each connection,
	// patterns as Peers.Host; both are empty where TLS has all.
	Cert, Key string
	// SCTP is set for Diameter over SCTP (RFC 6733 2.1.1).
	SCTP bool
}

// TLSFiles are in PEM, and each may be missing.
type TLSFiles struct {
	// CA has the certificates that the target's must come from; empty are
	// the system's.
	CA string
	// Cert and Key are our own, for targets that ask for one. They may be
	// patterns as Peers.Host, with {n} in them: each connection has its own
	// then, since a register wants a peer's to name it.
	Cert, Key string
	// Name must be in the target's certificate; empty is the host that is
	// dialled.
	Name string
}

// NewDialer returns the way of a transport: tcp, tls or sctp. The files are of
// TLS alone.
func NewDialer(transport string, files TLSFiles) (Dialer, error) {
	switch {
	case transport != "tcp" && transport != "tls" && transport != "sctp":
		return Dialer{}, fmt.Errorf("transport %q: tcp, tls or sctp", transport)
	case transport != "tls" && files != TLSFiles{}:
		return Dialer{}, errors.New("certificates belong to --transport tls")
	case transport != "tls":
		return Dialer{SCTP: transport == "sctp"}, nil
	}
	d := Dialer{TLS: &tls.Config{MinVersion: tls.VersionTLS12, ServerName: files.Name}}
	if files.CA != "" {
		pem, err := os.ReadFile(files.CA)
		if err != nil {
			return Dialer{}, err
		}
		d.TLS.RootCAs = x509.NewCertPool()
		if !d.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return Dialer{}, fmt.Errorf("%s: no certificate in PEM in it", files.CA)
		}
	}
	d.Cert, d.Key = files.Cert, files.Key
	if strings.Contains(files.Cert, "{") {
		return d, nil
	}
	return d.of(func(name string) string { return name })
}

// of returns the way of one connection: with the certificate of the files that
// fill makes of the patterns.
func (d Dialer) of(fill func(pattern string) string) (Dialer, error) {
	if d.Cert == "" && d.Key == "" {
		return d, nil
	}
	cert, key := fill(d.Cert), fill(d.Key)
	own, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return Dialer{}, fmt.Errorf("our certificate %q and key %q: %w", cert, key, err)
	}
	d.TLS = d.TLS.Clone()
	d.TLS.Certificates = []tls.Certificate{own}
	d.Cert, d.Key = "", ""
	return d, nil
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
