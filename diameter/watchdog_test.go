package diameter

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"paperweight/diameter/peer"
	"paperweight/diameter/wire"
)

func netAddr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// pipes is a listener whose connections are pipes, so that the clock of a
// synctest bubble is theirs too. Each says that it comes from loopback.
type pipes struct {
	calls chan net.Conn
	once  sync.Once
	done  chan struct{}
}

type pipe struct{ net.Conn }

func (pipe) LocalAddr() net.Addr  { return loopback }
func (pipe) RemoteAddr() net.Addr { return loopback }

func newPipes() *pipes {
	return &pipes{calls: make(chan net.Conn), done: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.calls:
		return pipe{c}, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return loopback }

func (p *pipes) dial(t *testing.T) *mme {
	ours, theirs := net.Pipe()
	p.calls <- theirs
	t.Cleanup(func() { ours.Close() })
	return &mme{t: t, conn: ours}
}

// quiet runs a story of one peer on a clock of its own.
func quiet(t *testing.T, story func(t *testing.T, n *node, p *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		cfg := lab()
		cfg.Peers = []Peer{{Host: "mme.epc.example.org", Realm: "epc.example.org"}}
		p := newPipes()
		story(t, startOn(t, p, cfg, byLastDigit), p)
	})
}

// between wants that so long has passed; the jitter leaves two seconds either way.
func between(t *testing.T, what string, since time.Time, want time.Duration) {
	t.Helper()
	if d := time.Since(since); d < want-2*time.Second || d > want+2*time.Second {
		t.Errorf("%s after %v, want %v and 2 s of jitter", what, d, want)
	}
}

func TestWatchdogOfAQuietPeer(t *testing.T) {
	quiet(t, func(t *testing.T, n *node, p *pipes) {
		m := p.dial(t)
		m.exchange("mme.epc.example.org", "epc.example.org")
		for range 5 {
			begin := time.Now()
			request := m.request(wire.DeviceWatchdog)
			between(t, "DWR", begin, 30*time.Second)
			m.send(answerTo(request))
		}
	})
}

// Traffic is a sign of life: no DWR while there is any, one when it ends.
func TestWatchdogOfABusyPeer(t *testing.T) {
	quiet(t, func(t *testing.T, n *node, p *pipes) {
		m := p.dial(t)
		m.exchange("mme.epc.example.org", "epc.example.org")
		for range 20 {
			time.Sleep(20 * time.Second)
			m.send(dwr(1))
			m.result(wire.DeviceWatchdog)
		}
		begin := time.Now()
		m.request(wire.DeviceWatchdog)
		between(t, "DWR", begin, 30*time.Second)
	})
}

// A half-open connection: the peer is gone and its transport does not say so.
// It is SUSPECT, then closed; and when it calls again it is in REOPEN, where its
// checks are answered all the same, until three DWAs have come.
func TestWatchdogOfAHalfOpenConnection(t *testing.T) {
	quiet(t, func(t *testing.T, n *node, p *pipes) {
		status := func(want peer.Status) {
			t.Helper()
			synctest.Wait()
			if got := n.Peers()[0].Watchdog; got != want {
				t.Errorf("watchdog %v, want %v", got, want)
			}
		}
		status(peer.Initial)
		m := p.dial(t)
		m.exchange("mme.epc.example.org", "epc.example.org")
		status(peer.Okay)
		begin := time.Now()
		m.request(wire.DeviceWatchdog)
		time.Sleep(33 * time.Second)
		status(peer.Suspect)
		m.ended()
		if d := time.Since(begin.Add(90 * time.Second)); d < -6*time.Second || d > 6*time.Second {
			t.Errorf("closed %v off three intervals", d)
		}
		if err := <-n.closed; err != errWatchdog {
			t.Errorf("closed: %v", err)
		}
		status(peer.Down)

		m = p.dial(t)
		m.exchange("mme.epc.example.org", "epc.example.org")
		for range 3 {
			request := m.request(wire.DeviceWatchdog)
			status(peer.Reopen)
			m.send(ecr(1, "00101700000003"))
			if code := m.result(wire.MEIdentityCheck); code != wire.DiameterSuccess {
				t.Errorf("a check in REOPEN: %d", code)
			}
			m.send(answerTo(request))
		}
		status(peer.Okay)
	})
}

// A DWA with another Hop-by-Hop Identifier is not the one that is waited for,
// though it is a message, and so a sign of life.
func TestWatchdogTakesOnlyItsAnswer(t *testing.T) {
	quiet(t, func(t *testing.T, n *node, p *pipes) {
		m := p.dial(t)
		m.exchange("mme.epc.example.org", "epc.example.org")
		request := m.request(wire.DeviceWatchdog)
		wrong := answerTo(request)
		wrong[15]++
		m.send(wrong)
		begin := time.Now()
		time.Sleep(33 * time.Second) // pending still: no second DWR, but SUSPECT
		synctest.Wait()
		if got := n.Peers()[0].Watchdog; got != peer.Suspect {
			t.Errorf("watchdog %v", got)
		}
		m.send(answerTo(request))
		m.request(wire.DeviceWatchdog)
		between(t, "DWR", begin.Add(33*time.Second), 30*time.Second)
	})
}

// A wish to part reaches an owner that waits for input, at once.
func TestShutdownWakesAQuietConnection(t *testing.T) {
	quiet(t, func(t *testing.T, n *node, p *pipes) {
		m := p.dial(t)
		m.exchange("mme.epc.example.org", "epc.example.org")
		synctest.Wait()
		begin := time.Now()
		down := make(chan error, 1)
		go func() { down <- n.Shutdown(t.Context()) }()
		m.request(wire.DisconnectPeer)
		if d := time.Since(begin); d != 0 {
			t.Errorf("DPR after %v", d)
		}
		m.ended() // never answered: CloseTimeout
		if d := time.Since(begin); d != DefaultCloseTimeout {
			t.Errorf("closed after %v", d)
		}
		if err := <-down; err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
}

// A peer that calls though it is open may have lost that connection: a DWR goes
// there at once, one for however many calls, and where it fails the next call is
// accepted.
func TestSecondCallProbesTheFirst(t *testing.T) {
	quiet(t, func(t *testing.T, n *node, p *pipes) {
		first := p.dial(t)
		first.exchange("mme.epc.example.org", "epc.example.org")
		call := func() {
			m := p.dial(t)
			m.send(cer("MME.epc.example.org", "epc.example.org", wire.AppS13))
			m.ended()
			m.conn.Close()
			refusedFor(t, n, AlreadyOpen)
		}
		time.Sleep(10 * time.Second)
		begin := time.Now()
		call()
		request := first.request(wire.DeviceWatchdog)
		call()
		if d := time.Since(begin); d != 2*hangUpWait { // of both calls
			t.Errorf("DWR after %v", d)
		}
		synctest.Wait()
		if sent := n.Stats().MessagesOut; sent != 2 { // the CEA and one DWR
			t.Errorf("%d messages sent", sent)
		}
		if got := n.Peers()[0].Watchdog; got != peer.Okay {
			t.Errorf("watchdog %v", got)
		}
		first.send(answerTo(request))
		begin = time.Now()
		first.request(wire.DeviceWatchdog) // it lives, and is watched as before
		between(t, "DWR", begin, 30*time.Second)

		first.conn.Close()
		synctest.Wait()
		p.dial(t).exchange("mme.epc.example.org", "epc.example.org")
	})
}
