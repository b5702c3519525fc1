package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"paperweight/gateway/mme"
)

// The ports of RFC 6733 2.1.
const (
	diameterPort    = "3868"
	diameterTLSPort = "5658"
)

// checkTLS is how check speaks TLS, where it does.
type checkTLS struct {
	on                  bool
	ca, cert, key, name string
}

func (t *checkTLS) bind(flags *pflag.FlagSet) {
	flags.BoolVar(&t.on, "tls", false, "speak TLS (RFC 6733 2.1)")
	flags.StringVar(&t.ca, "tls-ca", "", "authorities that vouch for the EIR's certificate, a `FILE` in PEM (default the system's)")
	flags.StringVar(&t.cert, "tls-cert", "", "our certificate, with the intermediate ones behind it, a `FILE` in PEM")
	flags.StringVar(&t.key, "tls-key", "", "its private key, a `FILE` in PEM")
	flags.StringVar(&t.name, "tls-name", "", "`NAME` that the EIR's certificate must have (default the host of --target)")
}

// apply completes the target of o with its port, and gives it TLS.
func (t *checkTLS) apply(o *mme.Options) error {
	port := diameterPort
	if t.on {
		port = diameterTLSPort
	}
	host, _, err := net.SplitHostPort(o.Target)
	if err != nil {
		// An address of IPv6 may stand in brackets or without.
		host = strings.TrimSuffix(strings.TrimPrefix(o.Target, "["), "]")
		o.Target = net.JoinHostPort(host, port)
	}
	if !t.on {
		if t.ca+t.cert+t.key+t.name != "" {
			return &usageError{errors.New("--tls-ca, --tls-cert, --tls-key and --tls-name need --tls")}
		}
		return nil
	}
	if (t.cert == "") != (t.key == "") {
		return &usageError{errors.New("--tls-cert and --tls-key belong together")}
	}
	o.TLS = &tls.Config{ServerName: or(t.name, host), MinVersion: tls.VersionTLS12}
	if t.ca != "" {
		pem, err := os.ReadFile(t.ca)
		if err != nil {
			return fmt.Errorf("--tls-ca: %w", err)
		}
		o.TLS.RootCAs = x509.NewCertPool()
		if !o.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("--tls-ca: %s holds no certificate in PEM", t.ca)
		}
	}
	if t.cert != "" {
		own, err := newKeyPair(t.cert, t.key)
		if err != nil {
			return err
		}
		o.TLS.Certificates = []tls.Certificate{*own.current.Load()}
	}
	return nil
}
