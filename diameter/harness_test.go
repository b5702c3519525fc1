package diameter

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"paperweight/diameter/wire"
	"paperweight/eir"
)

// The golden vectors of the S13 page: IMEI 26053179311383, SVN 01, IMSI
// 001010123456789 from mme.epc.example.org.
const (
	goldenIMEI = "26053179311383"
	goldenECR  = "010000fcc0000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c01000024000001154000000c00000001000001084000001b6d6d652e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f72670000000" +
		"11b400000176570632e6578616d706c652e6f72670000000579c0000038000028af0000057ac000001a000028af323630353331373933313133383300000000057bc000000e000028af30310000000000014000001730303130313031323334353637383900"
	goldenECA = "010000b040000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c010000240000010c4000000c000007d1000001154000000c00000001000001084000001b6569722e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700000005a5c0000010000028af00000001"
	// The same for equipment that is unknown.
	goldenUnknownECA = "010000b440000144010000241122334455667788000001074000001f6d6d652e6570632e6578616d706c652e6f72673b313b310000000104400000200000010a4000000c000028af000001024000000c0100002400000129400000200000010a4000000c000028af0000012a4000000c0000152e000001154000000c00000001000001084000001b6569722e6570632e6578616d706c652e6f72670000000128400000176570632e6578616d706c652e6f726700"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// ecr is the golden ECR with another Hop-by-Hop Identifier and IMEI of 14 digits.
func ecr(hop uint32, imei string) []byte {
	b := bytes.Replace(unhex(goldenECR), []byte(goldenIMEI), []byte(imei), 1)
	b[12], b[13], b[14], b[15] = byte(hop>>24), byte(hop>>16), byte(hop>>8), byte(hop)
	return b
}

// checkFunc decides as a function does.
type checkFunc func(eir.Query) eir.Verdict

func (f checkFunc) Check(q eir.Query) eir.Verdict { return f(q) }

// byLastDigit answers the status that the last digit of the IMEI names.
var byLastDigit = checkFunc(func(q eir.Query) eir.Verdict {
	v := eir.Verdict{Status: eir.Unknown, Rule: eir.RuleUnknown, Form: q.Form}
	switch s := eir.Status(q.IMEI % 10); {
	case q.Form.Malformed():
		v.Status, v.Rule = eir.Invalid, eir.RuleMalformed
	case s.Listable():
		v.Status, v.Rule = s, eir.RuleExact
	case s == eir.Unable:
		v.Status, v.Rule = s, eir.RuleStoreFailure
	}
	return v
})

// node is a Server of the laboratory on a real socket, and what it told.
type node struct {
	*Server
	addr    string
	refused chan Refusal
	opened  chan PeerState
	closed  chan error
}

func lab() Config {
	return Config{OriginHost: "eir.epc.example.org", OriginRealm: "epc.example.org", OriginStateID: 7, AnyLoopback: true}
}

// start serves cfg until the end of the test, and then wants every goroutine
// gone.
func start(t testing.TB, cfg Config, checker Checker) *node {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, l, cfg, checker)
}

// startWith is start with events of the test's own besides.
func startWith(t testing.TB, cfg Config, checker Checker, e Events) *node {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l, cfg, checker, e)
}

func startOn(t testing.TB, l net.Listener, cfg Config, checker Checker) *node {
	t.Helper()
	return serveOn(t, l, cfg, checker, Events{})
}

func serveOn(t testing.TB, l net.Listener, cfg Config, checker Checker, e Events) *node {
	t.Helper()
	n := &node{
		addr: l.Addr().String(), refused: make(chan Refusal, 1000),
		opened: make(chan PeerState, 1000), closed: make(chan error, 1000),
	}
	if cfg.MaxBacklog == 0 {
		cfg.MaxBacklog = time.Hour // a slow machine is no overload
	}
	e.Refused = func(r Refusal) { n.refused <- r }
	e.PeerOpen = func(p PeerState) { n.opened <- p }
	e.PeerClosed = func(_ PeerState, err error) { n.closed <- err }
	s, err := New(cfg, checker, e)
	if err != nil {
		t.Fatal(err)
	}
	n.Server = s
	var served sync.WaitGroup
	served.Go(func() {
		if err := s.Serve(l); !errors.Is(err, ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	t.Cleanup(func() {
		n.stop()
		served.Wait()
	})
	return n
}

// counted waits until the counters are as they should be: a batch's are shown
// once its answers are written.
func (n *node) counted(t testing.TB, right func(Stats) bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !right(n.Stats()); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("counted: %+v", n.Stats())
		}
	}
}

// stop closes what a test left open the hard way.
func (n *node) stop() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	n.Shutdown(ctx)
}

// mme is the other end of a connection, byte by byte.
type mme struct {
	t    testing.TB
	conn net.Conn
}

func (n *node) dial(t testing.TB) *mme {
	t.Helper()
	c, err := net.Dial("tcp", n.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &mme{t: t, conn: c}
}

// open dials and exchanges capabilities as mme.epc.example.org.
func (n *node) open(t testing.TB) *mme {
	t.Helper()
	m := n.dial(t)
	m.exchange("mme.epc.example.org", "epc.example.org")
	return m
}

func (m *mme) exchange(host, realm string) {
	m.t.Helper()
	m.send(cer(host, realm, wire.AppS13))
	if code := m.result(wire.CapabilitiesExchange); code != wire.DiameterSuccess {
		m.t.Fatalf("CEA: %d", code)
	}
}

func (m *mme) send(messages ...[]byte) {
	m.t.Helper()
	if _, err := m.conn.Write(bytes.Join(messages, nil)); err != nil {
		m.t.Fatal(err)
	}
}

// read returns the next message; nil where the connection ended.
func (m *mme) read() []byte {
	m.t.Helper()
	head := make([]byte, wire.HeaderLen)
	if _, err := io.ReadFull(m.conn, head); err != nil {
		return nil
	}
	h, _ := wire.ParseHeader(head)
	msg := append(head, make([]byte, int(h.Length)-len(head))...)
	if _, err := io.ReadFull(m.conn, msg[len(head):]); err != nil {
		return nil
	}
	return msg
}

// result reads an answer to command and returns its result code.
func (m *mme) result(command uint32) uint32 {
	m.t.Helper()
	msg := m.read()
	if msg == nil {
		m.t.Fatalf("the connection ended before an answer to %d", command)
	}
	h, _ := wire.ParseHeader(msg)
	if h.Command != command || h.Request() {
		m.t.Fatalf("command %d, flags %#x; want an answer to %d", h.Command, h.Flags, command)
	}
	code := resultCode(msg)
	if want := code/1000 == 3; want != (h.Flags&wire.FlagError != 0) {
		m.t.Errorf("result %d with flags %#x", code, h.Flags)
	}
	return code
}

func resultCode(msg []byte) uint32 {
	var a, b wire.AVP
	for c := wire.AVPs(msg); c.Next(&a); {
		switch a.Code {
		case wire.ResultCode:
			v, _ := a.Uint32()
			return v
		case wire.ExperimentalResult:
			for c := a.AVPs(); c.Next(&b); {
				if b.Code == wire.ExperimentalResultCode {
					v, _ := b.Uint32()
					return v
				}
			}
		}
	}
	return 0
}

// request reads a request of the server's and returns it.
func (m *mme) request(command uint32) []byte {
	m.t.Helper()
	msg := m.read()
	h, ok := wire.ParseHeader(msg)
	if !ok || h.Command != command || !h.Request() {
		m.t.Fatalf("command %d, flags %#x; want a request %d", h.Command, h.Flags, command)
	}
	return msg
}

// ended wants the end of the connection, and nothing before it.
func (m *mme) ended() {
	m.t.Helper()
	if msg := m.read(); msg != nil {
		h, _ := wire.ParseHeader(msg)
		m.t.Fatalf("still there: command %d, flags %#x, result %d", h.Command, h.Flags, resultCode(msg))
	}
}

func message(flags uint8, command, hop uint32, fill func(b []byte) []byte) []byte {
	b := wire.AppendHeader(nil, &wire.Header{Version: 1, Flags: flags, Command: command, HopByHop: hop, EndToEnd: hop})
	b = fill(b)
	wire.FinishMessage(b, 0)
	return b
}

func origin(host, realm string) func([]byte) []byte {
	return func(b []byte) []byte {
		b = wire.AppendAVP(b, wire.OriginHost, 0, wire.FlagMandatory, host)
		return wire.AppendAVP(b, wire.OriginRealm, 0, wire.FlagMandatory, realm)
	}
}

func cer(host, realm string, app uint32) []byte {
	return message(wire.FlagRequest, wire.CapabilitiesExchange, 1, func(b []byte) []byte {
		b = origin(host, realm)(b)
		b = wire.AppendAVP(b, wire.HostIPAddress, 0, wire.FlagMandatory, []byte{0, 1, 127, 0, 0, 1})
		b = wire.AppendUint32(b, wire.VendorID, 0, wire.FlagMandatory, 0)
		b = wire.AppendAVP(b, wire.ProductName, 0, 0, "story")
		return wire.AppendUint32(b, wire.AuthApplicationID, 0, wire.FlagMandatory, app)
	})
}

var fromMME = origin("mme.epc.example.org", "epc.example.org")

func dwr(hop uint32) []byte {
	return message(wire.FlagRequest, wire.DeviceWatchdog, hop, fromMME)
}

func dpr(hop uint32) []byte {
	return message(wire.FlagRequest, wire.DisconnectPeer, hop, func(b []byte) []byte {
		return wire.AppendUint32(fromMME(b), wire.DisconnectCause, 0, wire.FlagMandatory, wire.Rebooting)
	})
}

// answerTo makes a successful DWA or DPA.
func answerTo(request []byte) []byte {
	h, _ := wire.ParseHeader(request)
	return message(0, h.Command, h.HopByHop, func(b []byte) []byte {
		return fromMME(wire.AppendUint32(b, wire.ResultCode, 0, wire.FlagMandatory, wire.DiameterSuccess))
	})
}

// await returns what ch brings.
func await[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("it did not happen")
		panic("not reached")
	}
}

func prefixes(s string) (p []netip.Prefix) {
	for _, f := range strings.Fields(s) {
		p = append(p, netip.MustParsePrefix(f))
	}
	return p
}

func (n *node) dialFrom(t testing.TB, addr string) *mme {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(addr)}}
	c, err := d.Dial("tcp", n.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &mme{t: t, conn: c}
}
