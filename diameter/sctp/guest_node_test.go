//go:build sctpguest

package sctp_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"paperweight/diameter"
	"paperweight/diameter/sctp"
	"paperweight/eir"
)

// register answers as the golden vectors have it: one IMEI is prohibited.
type register struct{}

func (register) Check(q eir.Query) eir.Verdict {
	if q.IMEI == 26053179311383 {
		return eir.Verdict{Status: eir.Prohibited, Rule: eir.RuleExact, Form: q.Form}
	}
	return eir.Verdict{Status: eir.Unknown, Rule: eir.RuleUnknown, Form: q.Form}
}

// node is the real front over SCTP, and what it told.
type node struct {
	*diameter.Server
	at     netip.AddrPort
	opened chan diameter.PeerState
	closed chan error
	paths  chan sctp.Path
}

func addresses(list ...string) (addrs []netip.AddrPort) {
	for _, s := range list {
		addrs = append(addrs, netip.MustParseAddrPort(s))
	}
	return addrs
}

// serve starts a node at addresses; its end is the test's.
func serve(t testing.TB, at ...string) *node {
	t.Helper()
	return serveAs(t, register{}, 0, at...)
}

// serveAs is serve with a register and a Config.MaxBacklog.
func serveAs(t testing.TB, register diameter.Checker, backlog time.Duration, at ...string) *node {
	t.Helper()
	n := &node{
		opened: make(chan diameter.PeerState, 2000), closed: make(chan error, 2000), paths: make(chan sctp.Path, 2000),
	}
	l := listen(t, sctp.Config{
		Addresses: addresses(at...), Heartbeat: time.Second,
		Events: sctp.Events{Path: func(p sctp.Path) { n.paths <- p }},
	})
	n.at = l.Addrs()[0]
	cfg := diameter.Config{
		OriginHost: "eir.epc.example.org", OriginRealm: "epc.example.org", OriginStateID: 7, MaxConns: 8000, AnyLoopback: true, MaxBacklog: backlog,
		Peers: []diameter.Peer{{Host: "mme.epc.example.org", Realm: "epc.example.org"}},
	}
	s, err := diameter.New(cfg, register, diameter.Events{
		PeerOpen:   func(p diameter.PeerState) { n.opened <- p },
		PeerClosed: func(_ diameter.PeerState, err error) { n.closed <- err },
	})
	if err != nil {
		t.Fatal(err)
	}
	n.Server = s
	var served sync.WaitGroup
	served.Go(func() {
		if err := s.Serve(l); !errors.Is(err, diameter.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // what a test leaves open is closed the hard way
		s.Shutdown(ctx)
		served.Wait()
	})
	return n
}

// sysctl sets a variable of the kernel for the rest of the test.
func sysctl(t testing.TB, name, value string) {
	t.Helper()
	file := "/proc/sys/" + name
	before, err := os.ReadFile(file)
	if err := errors.Join(err, os.WriteFile(file, []byte(value), 0)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.WriteFile(file, before, 0) })
}

func listen(t testing.TB, c sctp.Config) *sctp.Listener {
	t.Helper()
	l, err := sctp.Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// open dials and exchanges capabilities as mme.epc.example.org.
func (n *node) open(t testing.TB, options ...option) *client {
	t.Helper()
	c := dial(t, n.at, options...)
	c.exchange("mme.epc.example.org")
	return c
}

// await returns what ch brings.
func await[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(hang):
		t.Fatal("it did not happen")
		panic("not reached")
	}
}
