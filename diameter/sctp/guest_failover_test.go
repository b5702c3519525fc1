//go:build sctpguest

package sctp_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	lib "github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"

	"paperweight/diameter"
	"paperweight/diameter/sctp"
	"paperweight/diameter/wire"
)

// beating sets the heartbeat's interval.
func beating(every time.Duration) option {
	return func(t testing.TB, fd int) {
		b := make([]byte, 156)
		binary.NativeEndian.PutUint32(b[132:], uint32(every.Milliseconds()))
		binary.NativeEndian.PutUint32(b[146:], 1)
		set(t, fd, lib.SCTP_PEER_ADDR_PARAMS, b)
	}
}

// stream of checks: one every two milliseconds, whatever becomes of the answers.
type stream struct {
	c        *client
	sent     chan uint32 // how many there were, when told to stop
	stop     chan struct{}
	answered map[uint32]int
	last     time.Time
	longest  time.Duration // between two answers, since the last look
}

func (s *stream) send() {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for hop := uint32(1); ; hop++ {
		select {
		case <-s.stop:
			s.sent <- hop - 1
			return
		case <-tick.C:
			if _, err := s.c.file.Write(ecr(s.c.t, hop)); err != nil {
				s.c.t.Errorf("check %d: %v", hop, err)
				<-s.stop
				s.sent <- hop - 1
				return
			}
		}
	}
}

// take reads n answers.
func (s *stream) take(n int) {
	for range n {
		h, _ := wire.ParseHeader(s.c.answer(wire.MEIdentityCheck))
		s.answered[h.HopByHop]++
		s.longest = max(s.longest, time.Since(s.last))
		s.last = time.Now()
	}
}

// until takes answers until the node tells that a path is in such a state.
func (s *stream) until(n *node, address string, is func(sctp.PathState) bool) {
	s.c.t.Helper()
	for range 200_000 {
		select {
		case p := <-n.paths:
			s.c.t.Logf("path to %s is %v", p.Address, p.State)
			if p.Address.String() == address && is(p.State) {
				return
			}
		default:
			s.take(1)
		}
	}
	s.c.t.Fatalf("nothing was told of the path to %s", address)
}

// Two paths between two namespaces, a peer under load. One is cut without a word
// and mended, then the other's cable is pulled: no check is lost, and the
// association stays.
func TestFailover(t *testing.T) {
	e := away(t)
	links := []*link{newLink(t, e, 0), newLink(t, e, 1)}
	n := serve(t, "10.0.0.1:3868", "10.0.1.1:3868")
	c := e.dial(t, n.at, from(0, "10.0.0.2", "10.0.1.2"), patience(sctp.DefaultRTOMin, sctp.DefaultRTOMax), beating(300*time.Millisecond))
	if list := joined(hostAddresses(c.exchange("mme.epc.example.org"))); list != " 10.0.0.1  10.0.1.1 " {
		t.Errorf("the CEA lists%s", list)
	}
	s := &stream{c: c, sent: make(chan uint32), stop: make(chan struct{}), answered: make(map[uint32]int), last: time.Now()}
	go s.send()
	up := func(s sctp.PathState) bool { return s == sctp.Available || s == sctp.Confirmed }
	s.until(n, "10.0.1.2", up)
	s.take(500)
	for _, failure := range []struct {
		what      string
		link, by  *link
		cut, mend func()
		peer      string
	}{
		{"every packet lost", links[0], links[1], links[0].lose, links[0].find, "10.0.0.2"},
		{"the other end down", links[1], links[0], links[1].down, links[1].mend, "10.0.1.2"},
	} {
		s.longest = 0
		s.take(200)
		t.Logf("both paths: longest gap between answers %v", s.longest)
		s.longest = 0
		failure.cut()
		before, beside := failure.link.came(), failure.by.came()
		// A path that carries nothing is noticed by its heartbeat.
		s.until(n, failure.peer, sctp.PathState.Failing)
		if p := n.Peers(); len(p) != 1 || fmt.Sprint(p[0].FailedPaths) != "["+failure.peer+"]" {
			t.Errorf("%s: the peers are %+v", failure.what, p)
		}
		s.take(500)
		t.Logf("%s, %s: longest gap between answers %v", failure.peer, failure.what, s.longest)
		if got, other := failure.link.came()-before, failure.by.came()-beside; got != 0 || other == 0 {
			t.Errorf("%s: %d packets came by the path that was cut, %d by the other", failure.what, got, other)
		}
		failure.mend()
		s.until(n, failure.peer, up)
		if p := n.Peers(); len(p) != 1 || len(p[0].FailedPaths) != 0 {
			t.Errorf("%s, mended: the peers are %+v", failure.what, p)
		}
		s.take(1000) // the other end's heartbeats, too
	}
	close(s.stop)
	sent := <-s.sent
	s.take(int(sent) - len(s.answered))
	lost := 0
	for hop := uint32(1); hop <= sent; hop++ {
		if s.answered[hop] != 1 {
			lost++
		}
	}
	t.Logf("%d checks sent, %d lost or answered twice", sent, lost)
	if lost != 0 || len(n.closed) != 0 {
		t.Errorf("%d lost, %d associations ended", lost, len(n.closed))
	}
}

// Where no path leads to a peer any more, its association ends and says why.
func TestNoPathLeft(t *testing.T) {
	e := away(t)
	link := newLink(t, e, 6)
	paths := make(chan sctp.Path, 100)
	l := listen(t, sctp.Config{
		Addresses: addresses("10.0.6.1:3868"),
		RTOMin:    10 * time.Millisecond, RTOMax: 50 * time.Millisecond, Heartbeat: 100 * time.Millisecond,
		Events: sctp.Events{Path: func(p sctp.Path) { paths <- p }},
	})
	e.dial(t, l.Addrs()[0])
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(hang))
	link.lose()
	if _, err := nc.Write(ecr(t, 1)); err != nil {
		t.Fatal(err)
	}
	var lost *sctp.AbortError
	if _, err := nc.Read(make([]byte, 100)); !errors.As(err, &lost) || lost.Cause != 0 || !errors.Is(err, unix.ETIMEDOUT) {
		t.Errorf("%v, want an association that timed out", err)
	}
	if p := await(t, paths); p.State != sctp.Unreachable || p.Address.String() != "10.0.6.2" || p.Remote.Addr() != p.Address {
		t.Errorf("path %+v, want one that is unreachable", p)
	}
}

// A peer that lost its memory calls again from the same port, over the old
// association. Its Diameter state is gone, so this end's must go, too.
func TestPeerRestarts(t *testing.T) {
	e := away(t)
	p := newPath(t, e, 2, 1500)
	n := serve(t, "10.0.2.1:3868")
	samePort := from(40000, "10.0.2.2")
	first := e.dial(t, n.at, samePort)
	first.exchange("mme.epc.example.org")
	p.cut.Store(true)
	first.abort()
	for await(t, p.lost).aborts == 0 { // nobody hears of it
	}
	p.cut.Store(false)
	// The ABORT of the old association comes during the call, or after it.
	second, refused := e.call(t, n.at, samePort)
	if err := await(t, n.closed); !errors.Is(err, sctp.ErrRestarted) {
		t.Errorf("closed with %v, want a restart", err)
	}
	if refused == nil {
		refused = second.ended()
		second.file.Close()
	}
	if !errors.Is(refused, unix.ECONNRESET) && !errors.Is(refused, unix.ECONNREFUSED) {
		t.Errorf("the second call ended with %v, want an ABORT", refused)
	}
	e.dial(t, n.at, samePort).exchange("mme.epc.example.org")
}

// A peer that sends more behind its CER has not shown that it knows of the CEA,
// which must not be overtaken.
func TestAnswersInOrderUntilTheFirstArrived(t *testing.T) {
	e := away(t)
	p := newPath(t, e, 5, 1500)
	l := listen(t, sctp.Config{Addresses: addresses("10.0.5.1:3868")})
	c := e.dial(t, l.Addrs()[0])
	c.send(ecr(t, 1), ecr(t, 2))
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(hang))
	two := make([]byte, 2*len(ecr(t, 1)))
	for _, unordered := range []int{0, 2} {
		if _, err := io.ReadFull(nc, two); err != nil {
			t.Fatal(err)
		}
		if _, err := nc.Write(two); err != nil {
			t.Fatal(err)
		}
		c.read()
		c.read()
		if got := p.look(); got.data != 2 || got.unordered != unordered {
			t.Errorf("%+v, want %d unordered", got, unordered)
		}
		c.send(ecr(t, 3), ecr(t, 4))
	}
}

// What really goes over a wire: PPID 46, several answers in a packet, answers
// to the first message ordered, and a SHUTDOWN at the end.
func TestOnTheWire(t *testing.T) {
	e := away(t)
	p := newPath(t, e, 3, 1500)
	l := listen(t, sctp.Config{Addresses: addresses("10.0.3.1:3868")})
	for _, batch := range []int{1, 25} {
		c := e.dial(t, l.Addrs()[0])
		nc, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		nc.SetDeadline(time.Now().Add(hang))
		w, b := nc.(diameter.MessageWriter), make([]byte, 64<<10)
		turn := func(answers int) {
			c.send(ecr(t, 1))
			if _, err := nc.Read(b); err != nil {
				t.Fatal(err)
			}
			var out []byte
			for range answers {
				out = append(out, unhex(t, goldenECA)...)
			}
			if err := w.WriteMessages(out); err != nil {
				t.Fatal(err)
			}
			for range answers {
				c.answer(wire.MEIdentityCheck)
			}
		}
		turn(1)
		if first := p.look(); first.unordered != 0 || first.data != 1 {
			t.Errorf("the first answer: %+v, want it ordered", first)
		}
		const answers = 200
		for range answers / batch {
			turn(batch)
		}
		nc.Close()
		if err := c.ended(); err != nil {
			t.Errorf("ended with %v, want a SHUTDOWN", err)
		}
		got := p.look()
		t.Logf("%d answers, %d at a time: %d packets with %d messages", answers, batch, got.packets, got.data)
		if got.data != answers || got.unordered != answers || got.foreign != 0 || got.aborts != 0 || got.shutdowns == 0 {
			t.Errorf("on the wire: %+v", got)
		}
		if batch > 1 && got.packets > answers/2 {
			t.Errorf("%d packets for %d answers in batches of %d: they were not put together", got.packets, answers, batch)
		}
	}
}
