package suite

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"paperweight/conformance/callee"
	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// mostOctets is the longest message that it takes.
const mostOctets = 1 << 17

// oddEIR keeps every MUST of the specifications, and takes each liberty that they
// leave: what SHOULD be, it does otherwise; answers come late, out of order and in
// pieces; its AVPs come with company.
type oddEIR struct {
	host, realm string
	lists       map[string]uint32 // Equipment-Status by IMEI; who is on none is prohibited
	pair        judge.PairedEquipment
	late        time.Duration // how long requests are gathered, to be answered from the last to the first
	pieces      int           // octets of a segment
	blind       bool          // finds no fault, and permits everything: that does not conform

	mu   sync.Mutex
	open map[string]bool // guarded by mu: peers, by Origin-Host in lower case
}

// odd returns an odd EIR that listens, and what the suite is told of it.
func odd(t *testing.T, blind bool) *judge.Setup {
	t.Helper()
	s, _ := judge.Prepare("odd.example.org", "127.0.0.1")
	s.Declares.Unknown, s.Declares.MaxMessage, s.Declares.PeerTable = "prohibited", mostOctets, true
	s.Declares.Malformed = map[string]string{"too_long": "prohibited"}
	e := &oddEIR{host: "EIR." + s.Realm, realm: s.Realm, lists: map[string]uint32{}, pair: s.Equipment.Pair,
		late: 3 * time.Millisecond, pieces: 7, blind: blind, open: map[string]bool{}}
	for status, imeis := range [][]string{s.Equipment.Permitted, s.Equipment.Prohibited, s.Equipment.Tracked} {
		for _, imei := range imeis {
			e.lists[imei] = uint32(status)
		}
	}
	setup := &judge.Setup{Target: callee.Serve(t, e.serve), Transport: "tcp", Timeout: 2 * time.Second, Subject: s}
	setup.Connect = func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", setup.Target)
	}
	return setup
}

// read returns the next message, or what its header can't be read for.
func read(c net.Conn) (octets.Message, uint32, error) {
	b := make([]byte, octets.HeaderLen, 4096)
	if _, err := io.ReadFull(c, b); err != nil {
		return octets.Message{}, 0, err
	}
	n := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
	if b[0] != 1 || n < len(b) || n > mostOctets {
		return octets.Message{}, 0, io.ErrUnexpectedEOF
	}
	if n%4 != 0 {
		return octets.Message{}, 5015, nil
	}
	b = append(b, make([]byte, n-len(b))...)
	if _, err := io.ReadFull(c, b[octets.HeaderLen:]); err != nil {
		return octets.Message{}, 0, err
	}
	m, err := octets.Parse(b)
	if err != nil { // what can't be read is kept
		m.Tail = b[len(octets.Message{AVPs: m.AVPs}.Bytes()):]
		return m, 5014, nil
	}
	return m, 0, nil
}

func (e *oddEIR) serve(c net.Conn) {
	peer := ""
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.open, peer)
	}()
	// One reader, one writer that gathers and answers backwards.
	requests := make(chan octets.Message, 1024)
	var writer sync.WaitGroup
	writer.Go(func() {
		for m := range requests {
			batch := []octets.Message{m}
			time.Sleep(e.late)
			for more := true; more; {
				select {
				case m, ok := <-requests:
					if more = ok; ok {
						batch = append(batch, m)
					}
				default:
					more = false
				}
			}
			slices.Reverse(batch)
			parting := slices.ContainsFunc(batch, func(m octets.Message) bool { return m.Command == octets.DisconnectPeer })
			for _, m := range batch {
				if parting && len(batch) > 1 {
					if m.Command != octets.DisconnectPeer {
						continue // what is in flight stays so: the DPA says it
					}
					e.write(c, e.fault(m, 5012, nil))
					continue
				}
				e.write(c, e.answer(m))
			}
		}
	})
	defer writer.Wait()
	defer close(requests)
	for {
		m, code, err := read(c)
		if err != nil {
			return
		}
		if code == 5015 {
			e.write(c, e.fault(m, code, nil))
			_, _ = io.Copy(io.Discard, c) // it was told; the end is the peer's
			return
		}
		if m.Flags&octets.Request == 0 {
			continue // an answer that nobody waits for
		}
		if peer == "" {
			// A message that is no CER SHOULD end the connection; here it is ignored.
			if m.Command == octets.CapabilitiesExchange && !e.meet(c, m, code, &peer) {
				_, _ = io.Copy(io.Discard, c) // without a word, until the peer is tired of it
				return
			}
			continue
		}
		requests <- m
	}
}

// meet answers a CER; false where the connection leads nowhere.
func (e *oddEIR) meet(c net.Conn, m octets.Message, code uint32, peer *string) bool {
	var failed []octets.AVP
	if code == 5014 {
		failed = broken(m)
	} else {
		code, failed = missing(m, octets.OriginHost, octets.OriginRealm, octets.HostIPAddress, octets.VendorID, octets.ProductName)
	}
	host := Answer{Message: m}.Text(octets.OriginHost)
	apps := offered(Answer{Message: m})
	security := m.All(octets.InbandSecurityID, 0)
	none := func(a octets.AVP) bool { v, _ := a.Uint32(); return v == 0 }
	switch {
	case !strings.HasPrefix(strings.ToLower(host), "suite-") || len(m.All(octets.OriginHost, 0)) > 1 || len(host) > 255:
		c.Close() // an unknown peer
		return false
	case code != 0:
		e.write(c, e.fault(m, code, failed))
		return false
	case len(security) > 0 && !slices.ContainsFunc(security, none):
		e.write(c, e.fault(m, 5017, nil))
		return false
	case !apps[octets.AppS13] && !apps[octets.AppRelay] && !apps[16777251]:
		e.write(c, e.fault(m, 5010, nil))
		return false
	}
	e.mu.Lock()
	taken := e.open[strings.ToLower(host)]
	if !taken {
		*peer = strings.ToLower(host)
		e.open[*peer] = true
	}
	e.mu.Unlock()
	if taken {
		c.Close()
		return false
	}
	address := octets.AVP{Code: octets.HostIPAddress, Flags: octets.M | octets.P, Data: []byte{0, 1, 192, 0, 2, 1}}
	e.write(c, answerTo(m).With(octets.Number(octets.OriginStateID, 1), octets.S13Application(),
		octets.Number(octets.AuthApplicationID, 16777251), octets.Number(octets.AcctApplicationID, 3), address, address,
		octets.Text(octets.ProductName, "<odd>\x1b[2J").Optional(), octets.Number(octets.SupportedVendorID, tgpp), octets.Number(octets.VendorID, 0),
		octets.Text(4711, "?").Of(99999).Optional(), octets.Number(octets.ResultCode, judge.Success),
		octets.Text(octets.OriginRealm, e.realm), octets.Text(octets.OriginHost, e.host)))
	// And is curious at once: by a watchdog, and by a request that nobody knows.
	dwr := octets.Message{Flags: octets.Request, Command: octets.DeviceWatchdog, HopByHop: 7, EndToEnd: 7}
	e.write(c, dwr.With(octets.Text(octets.OriginHost, e.host), octets.Text(octets.OriginRealm, e.realm)))
	dwr.Command, dwr.App = 8388000, octets.AppS13
	e.write(c, dwr)
	return true
}

// write sends a message in pieces.
func (e *oddEIR) write(c net.Conn, m octets.Message) {
	for p := range slices.Chunk(m.Bytes(), e.pieces) {
		if _, err := c.Write(p); err != nil {
			return
		}
	}
}

// answerTo returns an answer with nothing but what its request gives it.
func answerTo(m octets.Message) octets.Message {
	a := octets.Message{Flags: m.Flags & octets.Proxiable, Command: m.Command, App: m.App, HopByHop: m.HopByHop, EndToEnd: m.EndToEnd}
	if id := m.All(octets.SessionID, 0); len(id) > 0 {
		a = a.With(id[0])
	}
	return a
}

// fault returns an error answer. Its E bit is set whatever its class, which SHOULD
// NOT be for 5xxx but may.
func (e *oddEIR) fault(m octets.Message, code uint32, failed []octets.AVP) octets.Message {
	a := answerTo(m).Flag(octets.ErrorBit, 0).With(
		octets.Number(octets.OriginStateID, 1),
		octets.Text(octets.ErrorMessage, "no </pre><script>alert(1)</script> \x1b[31m").Optional(),
		octets.Text(294, "somebody.else").Optional()).
		With(m.All(octets.ProxyInfo, 0)...).
		With(octets.Text(octets.OriginRealm, e.realm), octets.Text(octets.OriginHost, strings.ToLower(e.host)))
	if len(failed) > 0 {
		a = a.With(octets.Group(octets.FailedAVP, failed...))
	}
	r := octets.Number(octets.ResultCode, code)
	r.Flags |= octets.P
	return a.With(r)
}
