package judge

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"paperweight/conformance/octets"
)

// flooded runs a case that floods serve's server with a command, for a time, or
// until count are answered.
func flooded(t *testing.T, command uint32, within time.Duration, count int) (answered int, f *Failure) {
	t.Helper()
	s := serve(t)
	s.Subject.Drive.PeerRate = 500
	f, _ = try(s, func(t *T) {
		c := t.Open()
		ask := func(int) octets.Message { return c.Request(command, 0) }
		tooSlow := t.Flood(c, within, ask, func(m octets.Message, a Answer) bool {
			t.Expect(a.HopByHop == m.HopByHop, "a request with its own answer")
			answered++
			return answered >= count
		})
		t.Expect(tooSlow == "", "time enough: %s", tooSlow)
	})
	return answered, f
}

func TestFlood(t *testing.T) {
	if n, f := flooded(t, 3, time.Minute, 300); n < 300 || n >= 300+floodWindow || f != nil {
		t.Errorf("until 300: %d, %+v", n, f)
	}
	// Each request is waited for.
	if n, f := flooded(t, 2, time.Minute, 1); n != 0 || f == nil || !strings.Contains(f.Expected, "an answer to the request") {
		t.Errorf("what is dropped: %d, %+v", n, f)
	}
}

// Where the way is too slow to exceed the bound nothing was tried.
func TestFloodThatIsNone(t *testing.T) {
	s := serve(t)
	s.Subject.Drive.NodeRate = HighestRate
	connect := s.Connect
	s.Connect = func(ctx context.Context) (net.Conn, error) {
		nc, err := connect(ctx)
		return slow{nc}, err
	}
	tooSlow := ""
	f, _ := try(s, func(t *T) {
		c := t.Open()
		tooSlow = t.Flood(c, 50*time.Millisecond, func(int) octets.Message { return c.Request(3, 0) }, func(octets.Message, Answer) bool { return false })
	})
	if f != nil || !strings.Contains(tooSlow, "does not exceed 20000") {
		t.Errorf("%+v, %q", f, tooSlow)
	}
}

// slow is a connection that thinks before it writes.
type slow struct{ net.Conn }

func (s slow) Write(b []byte) (int, error) {
	time.Sleep(20 * time.Millisecond)
	return s.Conn.Write(b)
}

func TestRate(t *testing.T) {
	for _, c := range []struct{ peer, node, rate int }{{0, 0, 0}, {200, 0, 200}, {0, 300, 300}, {200, 300, 200}, {400, 300, 300}} {
		s := Setup{Subject: Subject{Drive: Drive{PeerRate: c.peer, NodeRate: c.node}}}
		if got := s.Subject.Drive.Rate(); got != c.rate {
			t.Errorf("%+v: %d", c, got)
		}
		if any := NeedRate(&s) == ""; any != (c.rate > 0) {
			t.Errorf("%+v: a rate, %v", c, any)
		}
		// A flood is a peer's own matter where its bound is met first.
		if own := NeedPeerRate(&s) == ""; own != (c.peer == 200) {
			t.Errorf("%+v: a peer's own, %v", c, own)
		}
	}
}
