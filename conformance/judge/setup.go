package judge

import (
	"context"
	"fmt"
	"net"
	"sync"
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
	// Plain connects to the same address without TLS, and Anonymous with TLS
	// and no certificate of ours; both are nil where Connect is not TLS.
	Plain     func(context.Context) (net.Conn, error)
	Anonymous func(context.Context) (net.Conn, error)
	// Timeout bounds the wait for each message.
	Timeout time.Duration
	Subject Subject

	run  context.Context // of the run under way: its end closes every connection; nil: none
	gone atomic.Bool     // nobody answered the last call
	// lost is why the subject was not brought back to where it was, and unread
	// how many of Drive.Unread were asked about. Only cases that are Last write
	// them, and they are alone.
	lost   string
	unread int

	mu   sync.Mutex
	free []identity // guarded by mu: those that no case uses, longest unused first
}

// identity is an Origin-Host of ours.
type identity struct {
	host string
	rest time.Time // until then the subject may not know that its last connection has ended
}

// restFor is how long an identity is left alone between two cases.
const restFor = time.Second

// lease hands out the identity that has not been used for the longest time. Where
// there are few it waits until the last case's connection is forgotten.
func (s *Setup) lease() (host string, ok bool) {
	s.mu.Lock()
	if s.free == nil {
		for i := range s.Subject.Peers.Count {
			s.free = append(s.free, identity{host: s.Subject.Peers.Name(1 + i)})
		}
	}
	if len(s.free) == 0 {
		s.mu.Unlock()
		return "", false
	}
	next := s.free[0]
	s.free = s.free[1:]
	s.mu.Unlock()
	time.Sleep(time.Until(next.rest))
	return next.host, true
}

func (s *Setup) giveBack(hosts []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, host := range hosts {
		s.free = append(s.free, identity{host, time.Now().Add(restFor)})
	}
}

// context is that of the run under way.
func (s *Setup) context() context.Context {
	if s.run == nil {
		return context.Background()
	}
	return s.run
}

func (s *Setup) dialOnce() (net.Conn, error) {
	ctx, cancel := context.WithTimeout(s.context(), s.Timeout)
	defer cancel()
	return s.Connect(ctx)
}

// settle waits until the subject has served one peer for half a second, but no
// longer than the Timeout. What weighs on a subject may end it a little later
// than the case did, and its restart is no finding of the next case.
func (s *Setup) settle() {
	for until := time.Now().Add(s.Timeout); time.Now().Before(until) && s.context().Err() == nil; {
		f, _ := try(s, func(t *T) {
			c := t.Open()
			for range 5 {
				t.Answers(c)
				time.Sleep(100 * time.Millisecond)
			}
		})
		if f == nil {
			return
		}
		time.Sleep(50 * time.Millisecond) // not to hammer on a port that is closed
	}
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
		a := c.CEA
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
