package judge

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

// Setup is how the subject is reached, and what is known of it.
type Setup struct {
	// Target is its address, for people.
	Target string
	// Transport is tcp, tls or sctp.
	Transport string
	// Connect makes a connection.
	Connect func(context.Context) (net.Conn, error)
	// Plain connects to the same address without TLS; nil where Connect is
	// not TLS.
	Plain func(context.Context) (net.Conn, error)
	// Timeout bounds the wait for each message.
	Timeout time.Duration
	Subject Subject

	used atomic.Uint32 // how many identities were handed out
	gone atomic.Bool   // nobody answered the last call
}

// Identity returns an Origin-Host of the suite: the one that has not been used
// for the longest time.
func (s *Setup) Identity() string {
	n := s.used.Add(1) - 1
	return s.Subject.Peers.Name(1 + int(n)%s.Subject.Peers.Count)
}

func (s *Setup) dialOnce() (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.Timeout)
	defer cancel()
	return s.Connect(ctx)
}

// Meet asks the subject for its names, by a CER, where they are not known. A subject
// that does not answer can't be judged.
func (s *Setup) Meet() error {
	p := &s.Subject.Peers
	if p.Realm == "" {
		p.Realm = s.Subject.Realm
	}
	if p.Realm == "" {
		p.Realm = "epc.example.org"
	}
	f, _ := try(s, func(t *T) {
		c := t.Open()
		a := c.last
		if s.Subject.Host == "" {
			s.Subject.Host = a.Text(originHost)
		}
		if s.Subject.Realm == "" {
			s.Subject.Realm = a.Text(originRealm)
		}
		t.Expect(s.Subject.Host != "" && s.Subject.Realm != "", "Origin-Host and Origin-Realm in the CEA")
	})
	if f != nil {
		return fmt.Errorf("%s can't be judged:\n%s", s.Target, f.text())
	}
	return nil
}
