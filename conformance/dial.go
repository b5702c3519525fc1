package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"paperweight/conformance/judge"
	"paperweight/conformance/load"
	"paperweight/conformance/sctp"
)

// dialer is one way to a subject.
type dialer func(ctx context.Context, address string) (net.Conn, error)

func dialTCP(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", address)
}

// tlsFiles name what TLS needs: PEM files.
type tlsFiles struct{ ca, cert, key string }

// dialer returns the way to a subject whose certificate names host, or, where
// that is not known, what stands in its address.
func (f tlsFiles) dialer(address, host string) (dialer, error) {
	if f.ca == "" {
		return nil, errors.New("--transport tls needs --tls-ca, which certifies the subject")
	}
	if (f.cert == "") != (f.key == "") {
		return nil, errors.New("--tls-cert and --tls-key belong together")
	}
	if host == "" {
		var err error
		if host, _, err = net.SplitHostPort(address); err != nil {
			return nil, err
		}
	}
	way, err := load.NewDialer("tls", load.TLSFiles{CA: f.ca, Cert: f.cert, Key: f.key, Name: host})
	if err != nil {
		return nil, err
	}
	if way.Cert != "" {
		return nil, fmt.Errorf("--tls-cert %s: a pattern is for load alone, all peers of the suite show one certificate", way.Cert)
	}
	return func(ctx context.Context, address string) (net.Conn, error) {
		return (&tls.Dialer{Config: way.TLS}).DialContext(ctx, "tcp", address)
	}, nil
}

// reach fills in how the subject is reached.
func reach(s *judge.Setup, files tlsFiles) error {
	var dial dialer
	switch s.Transport {
	case "tcp":
		dial = dialTCP
	case "tls":
		var err error
		if dial, err = files.dialer(s.Target, s.Subject.Host); err != nil {
			return err
		}
		anonymous, err := tlsFiles{ca: files.ca}.dialer(s.Target, s.Subject.Host)
		if err != nil {
			return err
		}
		s.Anonymous = func(ctx context.Context) (net.Conn, error) { return anonymous(ctx, s.Target) }
		s.Plain = func(ctx context.Context) (net.Conn, error) { return dialTCP(ctx, s.Target) }
	case "sctp":
		dial = sctp.Dial
	default:
		return fmt.Errorf("no transport %q: tcp, tls or sctp", s.Transport)
	}
	s.Connect = func(ctx context.Context) (net.Conn, error) { return dial(ctx, s.Target) }
	return nil
}
