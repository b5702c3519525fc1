package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// keyPair is a certificate with its key, in files that may be read again.
type keyPair struct {
	cert, key string
	current   atomic.Pointer[tls.Certificate]
}

func newKeyPair(cert, key string) (*keyPair, error) {
	p := &keyPair{cert: cert, key: key}
	return p, p.load()
}

// load reads the files. What was read before stays where they can't be.
func (p *keyPair) load() error {
	pair, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		return fmt.Errorf("--tls-cert %s with --tls-key %s: %w", p.cert, p.key, err)
	}
	p.current.Store(&pair)
	return nil
}

// get is tls.Config.GetCertificate.
func (p *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.current.Load(), nil }

// reloadOnHangup loads at each SIGHUP, for the rest of the process's life, and
// says what came of it.
func (p *keyPair) reloadOnHangup(w io.Writer) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for range hangups {
			if err := p.load(); err != nil {
				fmt.Fprintf(w, "not reloaded, what was in force stays: %v\n", err)
				continue
			}
			fmt.Fprintf(w, "reloaded: %s, which expires %s\n", p.cert, p.current.Load().Leaf.NotAfter.UTC().Format(time.RFC3339))
		}
	}()
}
