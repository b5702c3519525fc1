package mme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
)

// secure shakes hands on a new connection, or closes it and says what to do.
func secure(ctx context.Context, socket net.Conn, o Options) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	conn := tls.Client(socket, o.TLS)
	err := conn.HandshakeContext(ctx)
	if err == nil {
		return conn, nil
	}
	socket.Close()
	var plain tls.RecordHeaderError
	var name x509.HostnameError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &plain):
		return nil, fmt.Errorf("%s does not speak TLS: leave --tls out, or name its port for TLS (5658 is usual)", o.Target)
	case errors.As(err, &name):
		return nil, fmt.Errorf("the certificate of %s is another's: %w; --tls-name NAME says what it must name, of a register its Origin-Host", o.Target, name)
	case errors.As(err, &untrusted):
		return nil, fmt.Errorf("the certificate of %s can't be believed: %w; --tls-ca FILE says who vouches for it", o.Target, untrusted.Err)
	case isAlert(err):
		return nil, refusedCertificate(o, err)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%s did not finish the TLS handshake within %s (--timeout): does it speak TLS?", o.Target, o.Timeout)
	}
	return nil, fmt.Errorf("the TLS handshake with %s failed: %w: does it speak TLS?", o.Target, err)
}

// isAlert reports whether err is an alert that the other end sent.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

func refusedCertificate(o Options, alert error) error {
	return fmt.Errorf("%s refused TLS with us (%w): --tls-cert and --tls-key are a certificate of %s that its authorities vouch for", o.Target, alert, o.OriginHost)
}
