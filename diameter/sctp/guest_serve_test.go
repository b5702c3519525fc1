//go:build sctpguest

package sctp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	lib "github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"

	"paperweight/diameter"
	"paperweight/diameter/sctp"
	"paperweight/diameter/wire"
)

// A peer's whole life: CER, the golden check, a watchdog, DPR.
func TestExchange(t *testing.T) {
	n := serve(t, "127.0.0.1:0")
	c := n.open(t)
	c.send(unhex(t, goldenECR))
	if got := c.answer(wire.MEIdentityCheck); !bytes.Equal(got, unhex(t, goldenECA)) {
		t.Errorf("ECA %x", got)
	}
	c.send(base(wire.DeviceWatchdog, 2, "mme.epc.example.org", nil))
	if code := resultCode(c.answer(wire.DeviceWatchdog)); code != wire.DiameterSuccess {
		t.Errorf("DWA: %d", code)
	}
	c.send(disconnect("mme.epc.example.org"))
	if code := resultCode(c.answer(wire.DisconnectPeer)); code != wire.DiameterSuccess {
		t.Errorf("DPA: %d", code)
	}
	c.file.Close()
	if err := await(t, n.closed); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("closed with %v, want what the front calls a parting", err)
	}
}

// RFC 6733 2.1.1: "a Diameter entity MUST be ready to receive Diameter messages
// over any stream".
func TestAnyStream(t *testing.T) {
	n := serve(t, "127.0.0.1:0")
	c := n.open(t)
	for stream := range uint16(10) {
		sending(stream)(t, c.fd)
		c.send(ecr(t, uint32(stream)))
		if got := c.answer(wire.MEIdentityCheck); !sameButHop(got, unhex(t, goldenECA)) {
			t.Errorf("on stream %d: %x", stream, got)
		}
	}
}

// However else a peer sends, it is answered: with the payload protocol identifier
// of RFC 3588, which was 0, out of order, and with a single stream each way.
func TestTolerance(t *testing.T) {
	n := serve(t, "127.0.0.1:0")
	for name, how := range map[string]option{
		"PPID 0":    sendingAs(0, 0, 0),
		"unordered": sendingAs(0, lib.SCTP_UNORDERED, 46),
		"one stream": func(t testing.TB, fd int) {
			set(t, fd, lib.SCTP_INITMSG, []byte{1, 0, 1, 0, 0, 0, 0, 0})
		},
	} {
		c := dial(t, n.at, how)
		c.exchange("mme.epc.example.org")
		c.send(ecr(t, 1))
		if got := c.answer(wire.MEIdentityCheck); !sameButHop(got, unhex(t, goldenECA)) {
			t.Errorf("%s: %x", name, got)
		}
		c.file.Close()
		await(t, n.closed)
	}
}

// RFC 6733 5.3.2: every address that may be used is in the CEA.
func TestCEAListsEveryAddress(t *testing.T) {
	for _, at := range [][]string{{"127.0.0.1:0", "127.0.0.2:0"}, {"127.0.0.1:0", "[::1]:0"}} {
		n := serve(t, at...)
		c := dial(t, n.at)
		list := hostAddresses(c.exchange("mme.epc.example.org"))
		for _, a := range addresses(at...) {
			if !bytes.Contains([]byte(joined(list)), []byte(" "+a.Addr().String()+" ")) {
				t.Errorf("listening on %v, the CEA lists %v", at, list)
			}
		}
		if p := await(t, n.opened); p.Remote.Addr().String() != "127.0.0.1" && p.Remote.Addr().String() != "127.0.0.2" {
			t.Errorf("the peer's address is %v", p.Remote)
		}
	}
}

// A node that is bound to every address lists those that its peer may reach, on
// a machine with many as well.
func TestCEAListsWhatIsInScope(t *testing.T) {
	e := away(t)
	newPath(t, e, 4, 1500)
	serve(t, "0.0.0.0:3868")
	c := e.dial(t, addresses("10.0.4.1:3868")[0])
	if list := joined(hostAddresses(c.exchange("mme.epc.example.org"))); list != " 10.0.4.1 " {
		t.Errorf("to another machine the CEA lists%s", list)
	}
	const many = 150
	var l *sctp.Listener
	e.do(func() {
		configure(t, "lo", [4]byte{127, 0, 0, 1}, 16384)
		for i := range many {
			configure(t, fmt.Sprint("lo:", i), [4]byte{127, 1, 0, byte(i)}, 16384)
		}
		l = listen(t, sctp.Config{Addresses: addresses("0.0.0.0:3868")})
	})
	e.dial(t, addresses("127.1.0.1:3868")[0])
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if got := len(nc.(diameter.MultiHomed).LocalAddrs()); got < many || len(l.Addrs()) < many {
		t.Errorf("with %d addresses a listener has %d and an association %d", many, len(l.Addrs()), got)
	}
}

func joined(list []string) string {
	var b bytes.Buffer
	for _, s := range list {
		b.WriteString(" " + s + " ")
	}
	return b.String()
}

// A peer's ABORT ends its connection alone, says why, and it may call again.
func TestPeerAborts(t *testing.T) {
	n := serve(t, "127.0.0.1:0")
	other := dial(t, n.at)
	other.exchange("other.epc.example.org")
	for range 3 {
		c := n.open(t)
		c.send(ecr(t, 1))
		c.answer(wire.MEIdentityCheck)
		c.abort()
		err := await(t, n.closed)
		var aborted *sctp.AbortError
		if !errors.As(err, &aborted) || aborted.Cause != 12 || !errors.Is(err, unix.ECONNRESET) {
			t.Errorf("closed with %v, want an abort by the peer's user", err)
		}
	}
	other.send(ecr(t, 2))
	other.answer(wire.MEIdentityCheck)
}

// Shutdown over SCTP: DPR, what is sent meanwhile is answered, and the
// association ends with a SHUTDOWN.
func TestShutdown(t *testing.T) {
	n := serve(t, "127.0.0.1:0")
	c := n.open(t)
	stopped := make(chan error)
	go func() { stopped <- n.Shutdown(context.Background()) }()
	dpr, err := c.read()
	if err != nil {
		t.Fatal(err)
	}
	h, _ := wire.ParseHeader(dpr)
	if h.Command != wire.DisconnectPeer || !h.Request() {
		t.Fatalf("want a DPR: %x", dpr)
	}
	c.send(ecr(t, 5))
	c.answer(wire.MEIdentityCheck)
	dpa := base(wire.DisconnectPeer, h.HopByHop, "mme.epc.example.org", func(b []byte) []byte {
		return wire.AppendUint32(b, wire.ResultCode, 0, wire.FlagMandatory, wire.DiameterSuccess)
	})
	dpa[4] = 0
	c.send(dpa)
	if err := await(t, stopped); err != nil {
		t.Error(err)
	}
	if err := c.ended(); err != nil {
		t.Errorf("ended with %v, want a SHUTDOWN", err)
	}
}

// Who does not speak Diameter is aborted, and nobody else notices.
func TestGarbage(t *testing.T) {
	n := serve(t, "127.0.0.1:0")
	for name, message := range map[string][]byte{
		"torn":  ecr(t, 1)[:100],
		"short": {1, 0, 0},
		"noise": bytes.Repeat([]byte{0xff}, 5000),
	} {
		c := n.open(t)
		c.send(message)
		for {
			b, err := c.read()
			if len(b) == 0 {
				t.Logf("%s: ended with %v", name, err)
				break
			}
		}
		if err := await(t, n.closed); err == nil {
			t.Errorf("%s: closed without a reason", name)
		}
	}
	c := n.open(t)
	c.send(ecr(t, 3))
	c.answer(wire.MEIdentityCheck)
}
