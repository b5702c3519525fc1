package diameter

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"paperweight/diameter/wire"
)

// parcels is a multi-homed connection that keeps messages apart.
type parcels struct {
	tape
	batches [][]byte
}

func (p *parcels) Write([]byte) (int, error) {
	panic("a connection that keeps messages apart is not written to")
}

func (p *parcels) WriteMessages(batch []byte) error {
	p.batches = append(p.batches, bytes.Clone(batch))
	return nil
}

func (p *parcels) LocalAddrs() []net.IP {
	return []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(127, 0, 0, 2), net.ParseIP("::1")}
}

// Such a connection is given whole messages, as many as one read brought, and
// its CEA lists every address it may use.
func TestMessageWriter(t *testing.T) {
	s, err := New(lab(), byLastDigit, Events{})
	if err != nil {
		t.Fatal(err)
	}
	hello := cer("mme.epc.example.org", "epc.example.org", wire.AppS13)
	p := &parcels{tape: tape{piece: len(hello)}}
	one := unhex(goldenECR)
	p.input = append(hello, bytes.Repeat(one, 3)...)
	s.take(p)
	s.running.Wait()

	var messages [][]byte
	for _, b := range p.batches {
		for len(b) > 0 {
			n, err := wire.Frame(b, wire.MaxMessage)
			if n == 0 || err != nil {
				t.Fatalf("a batch ends inside a message: %v, %x", err, b)
			}
			messages = append(messages, b[:n])
			b = b[n:]
		}
	}
	if len(messages) != 4 || len(p.batches) > len(messages) {
		t.Fatalf("%d messages in %d batches, want a CEA and 3 ECAs", len(messages), len(p.batches))
	}
	var listed []string
	var a wire.AVP
	for c := wire.AVPs(messages[0]); c.Next(&a); {
		if a.Code == wire.HostIPAddress {
			listed = append(listed, net.IP(a.Data[2:]).String())
		}
	}
	if len(listed) != 3 || listed[0] != "127.0.0.1" || listed[1] != "127.0.0.2" || listed[2] != "::1" {
		t.Errorf("the CEA lists %v", listed)
	}
	if got := s.Stats().BytesOut; got == 0 {
		t.Error("what went out was not counted")
	}
}

// lame is a connection of which a path failed.
type lame struct{ tape }

func (*lame) FailedPaths() []netip.Addr { return []netip.Addr{netip.MustParseAddr("192.0.2.7")} }

// A peer is shown with the paths that failed while it is connected.
func TestPeersShowFailedPaths(t *testing.T) {
	s, err := New(lab(), byLastDigit, Events{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		nc   net.Conn
		want string
	}{{&lame{}, "[192.0.2.7]"}, {&tape{}, "[]"}} {
		c1 := newConn(s, c.nc, addrPort(loopback))
		c1.w = copy(c1.in, cer("mme.epc.example.org", "epc.example.org", wire.AppS13))
		c1.batch()
		if p := s.Peers(); len(p) != 1 || fmt.Sprint(p[0].FailedPaths) != c.want {
			t.Errorf("%T: %+v, want the failed paths %s", c.nc, p, c.want)
		}
		s.forget(c1)
	}
}
