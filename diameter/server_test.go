package diameter

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// moody is a listener whose Accept fails before it works.
type moody struct {
	net.Listener
	errs []error
}

func (m *moody) Accept() (net.Conn, error) {
	if len(m.errs) > 0 {
		err := m.errs[0]
		m.errs = m.errs[1:]
		return nil, &net.OpError{Op: "accept", Err: err}
	}
	return m.Listener.Accept()
}

// A node without a free file descriptor waits; it does not stop listening.
func TestServeOutlivesPassingErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := startOn(t, &moody{l, []error{syscall.EMFILE, syscall.ECONNABORTED, syscall.ENOBUFS, syscall.ENOMEM, syscall.EPROTO}}, lab(), byLastDigit)
	n.open(t)
}

func TestServeReturnsOtherErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(lab(), byLastDigit, Events{})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := s.Serve(&moody{l, []error{broken}}); !errors.Is(err, broken) {
		t.Errorf("Serve: %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("it listens still")
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := s.Serve(l); !errors.Is(err, ErrServerClosed) {
		t.Errorf("Serve after Shutdown: %v", err)
	}
}

// Peers come, ask, and go in three ways, while the table changes and others
// look on. No check is lost in the counters, and nothing is left behind.
func TestManyComeAndGo(t *testing.T) {
	const peers, rounds, checks = 16, 12, 5
	n := start(t, lab(), byLastDigit)
	over := make(chan struct{})
	var watchers, clients sync.WaitGroup
	watchers.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-over:
				return
			case <-time.After(time.Millisecond):
			}
			table := make([]Peer, i%peers)
			for j := range table {
				table[j] = Peer{Host: fmt.Sprintf("mme%d.epc.example.org", j), Realm: "epc.example.org"}
			}
			if err := n.SetPeers(table, nil); err != nil {
				t.Error(err)
			}
			for _, p := range n.Peers() {
				if p.Realm != "epc.example.org" {
					t.Errorf("%+v", p)
				}
			}
			n.Stats()
		}
	})
	for i := range peers {
		clients.Go(func() {
			for round := range rounds {
				m := n.dial(t)
				m.send(cer(fmt.Sprintf("mme%d.epc.example.org", i), "epc.example.org", wire.AppS13))
				if msg := m.read(); msg == nil {
					m.conn.Close()
					continue // the connection before is not gone yet
				}
				for range checks {
					m.send(ecr(1, "00101700000003"))
					msg := m.read()
					if h, _ := wire.ParseHeader(msg); h.Request() {
						msg = m.read() // that was the DWR of REOPEN
					}
					if code := resultCode(msg); code != wire.DiameterSuccess {
						t.Errorf("result %d", code)
					}
				}
				if round%3 == 0 {
					m.send(dpr(1))
					m.read()
				}
				m.conn.Close()
			}
		})
	}
	clients.Wait()
	close(over)
	watchers.Wait()
	for n.Stats().Connections > 0 {
		time.Sleep(time.Millisecond)
	}
	s := n.Stats()
	if opened := len(n.opened); s.Statuses[eir.Prohibited] != uint64(opened*checks) || opened == 0 || s.Peers != 0 {
		t.Errorf("%d opened; stats %+v", opened, s)
	}
	if closed := len(n.closed); closed != len(n.opened) {
		t.Errorf("%d opened, %d closed", len(n.opened), closed)
	}
}
