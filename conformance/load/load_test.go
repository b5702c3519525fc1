package load

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/dict"

	"paperweight/conformance/mme"
)

var (
	client = mme.Peer{Host: "load-1.epc.example.org", Realm: "epc.example.org"}
	answer = mme.AppendECA(nil, mme.Peer{Host: "eir.epc.example.org", Realm: "epc.example.org"}, "s;1;1")
)

// serveEcho returns the address of an echo that repeats answer.
func serveEcho(t *testing.T, answer []byte) string {
	t.Helper()
	e, err := NewEcho(answer)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go e.Serve(l)
	return l.Addr().String()
}

// serveOnce answers the first request of the first connection with reply.
func serveOnce(t *testing.T, reply []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		s := &stream{Conn: conn}
		if _, err := s.wait(); err == nil {
			conn.Write(reply)
		}
	}()
	return l.Addr().String()
}

func plan(target string) Plan {
	return Plan{
		Peers: peers(target), Outstanding: 8, Duration: 50 * time.Millisecond,
		Parts: []Part{{IMEIs: []string{"00100100000001", "0010010000000100"}, Weight: 1}},
	}
}

func peers(target string) Peers {
	return Peers{Target: target, Realm: "epc.example.org", Connections: 2}
}

// How many answers fall into a run's time is the machine's affair; that all
// of them are ours and are counted is not.
func TestRun(t *testing.T) {
	r, err := Run(plan(serveEcho(t, answer)))
	if err != nil || r.Strays != 0 || r.Outcomes["permitted"] != r.Checks {
		t.Errorf("%+v, %v; want no strays, and every check permitted", r, err)
	}
}

// Exactly the answers that arrived are counted, and what is still owed at the
// end is told.
func TestLoopCountsEveryAnswer(t *testing.T) {
	const answered, outstanding = 100, 8
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		s, e := &stream{Conn: conn}, &Echo{answer}
		for range answered {
			msg, err := s.wait()
			if err != nil {
				return
			}
			conn.Write(e.appendAnswer(nil, msg))
		}
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn)
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	loop := newLoop(&stream{Conn: conn}, newRequests(client, picking(t, Part{IMEIs: []string{"00100100000001"}, Weight: 1}), 0), outstanding)
	err = loop.run(time.Time{}, time.Now().Add(time.Hour))
	if err == nil || !strings.Contains(err.Error(), "8 requests are not answered: EOF") {
		t.Errorf("got %v, want an error with the requests still owed", err)
	}
	if n := loop.answers.status[0]; n != answered || loop.latency.TotalCount() != answered || loop.strays != 0 {
		t.Errorf("%d permitted, %d latencies, %d strays; want %d, %d, 0", n, loop.latency.TotalCount(), loop.strays, answered, answered)
	}
}

// A closed loop, too, answers a DWR, and takes none of what a target asks for an
// answer, whatever its identifiers.
func TestRunAnswersWatchdogs(t *testing.T) {
	dwr := mme.AppendDPR(nil, client)
	copy(dwr[5:8], []byte{0, 1, 24}) // Device-Watchdog
	var answered atomic.Uint64
	target := serve(t, func(b, msg []byte, n int) []byte {
		if mme.IsWatchdog(msg) {
			answered.Add(1)
			return b
		}
		if n == 0 {
			b = append(b, dwr...) // with the request's own identifiers
		}
		at := len(b)
		b = append(b, answer...)
		hopByHop, endToEnd := mme.IDs(msg)
		mme.SetIDs(b[at:], hopByHop, endToEnd)
		return b
	})
	p := plan(target)
	p.Outstanding = 1
	r, err := Run(p)
	if err != nil || answered.Load() != uint64(p.Connections) || r.Strays != 0 {
		t.Errorf("%d DWRs answered of %d, %d strays, %v", answered.Load(), p.Connections, r.Strays, err)
	}
}

func TestCompareRepeatsTheTargetsOwnAnswer(t *testing.T) {
	p := plan(serveEcho(t, answer))
	sample, err := Sample(p)
	if err != nil {
		t.Fatal(err)
	}
	mme.SetIDs(sample, 0, 0)
	if !bytes.Equal(sample, answer) {
		t.Errorf("sample %x\nwant   %x", sample, answer)
	}
	rounds := 0
	c, err := Compare(p, serveEcho(t, sample), 3, func(Round) { rounds++ })
	if err != nil {
		t.Fatal(err)
	}
	if rounds != 3 || len(c.Rounds) != 3 {
		t.Errorf("%d rounds told, %d kept, want 3", rounds, len(c.Rounds))
	}
}

func TestMedian(t *testing.T) {
	rounds := []Round{{Ratio: 4}, {Ratio: 1}, {Ratio: 2}}
	if got := median(rounds); got != 2 {
		t.Errorf("of three: %v, want 2", got)
	}
	if got := median(append(rounds, Round{Ratio: 3})); got != 2.5 {
		t.Errorf("of four: %v, want 2.5", got)
	}
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	// The answer to a CER begins like ours, with another command.
	notCEA := mme.AppendSuccess(nil, mme.AppendDPR(nil, client), client)
	// 3010 DIAMETER_UNKNOWN_PEER in place of 2001.
	refusal := bytes.Replace(mme.AppendSuccess(nil, mme.AppendCER(nil, client, loopback), client),
		[]byte{0, 0, 0x07, 0xd1}, []byte{0, 0, 0x0b, 0xc2}, 1)
	for _, c := range []struct {
		name   string
		change func(*Plan)
		want   string
	}{
		{"refused", func(p *Plan) { p.Target = serveOnce(t, refusal) }, "refuses us with Result-Code 3010"},
		{"no CEA", func(p *Plan) { p.Target = serveOnce(t, notCEA) }, "something else than a CEA"},
		{"no Diameter", func(p *Plan) { p.Target = serveOnce(t, []byte("HTTP/1.1 400")) }, "no Diameter message"},
		{"silence", func(p *Plan) { p.Target = serveOnce(t, nil) }, "no answer: EOF"},
		{"connections", func(p *Plan) { p.Connections = 0 }, "connections"},
		{"host", func(p *Plan) { p.Host = "one.example.org" }, "{n} is needed"},
		{"outstanding", func(p *Plan) { p.Outstanding = MaxOutstanding + 1 }, "outstanding"},
		{"duration", func(p *Plan) { p.Duration = 0 }, "duration"},
		{"identities", func(p *Plan) { p.Parts = nil }, "IMEIs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plan("127.0.0.1:1")
			c.change(&p)
			if _, err := Run(p); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func picking(t *testing.T, parts ...Part) *picker {
	t.Helper()
	p, err := newPicker(parts, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Each request is an ECR that go-diameter reads, about the identity and of the
// priority that were picked, in a session that no other request had.
func TestRequests(t *testing.T) {
	p, err := newPicker([]Part{
		{Name: "a", IMEIs: []string{"00100100000001", "001001000000018"}, Weight: 1},
		{Name: "b", IMEIs: []string{"0010010000000101", "#"}, Weight: 1},
	}, []Share{{0, 1}, {NoPriority, 1}, {15, 1}})
	if err != nil {
		t.Fatal(err)
	}
	r := newRequests(client, p, 1700000000)
	sessions := make(map[string]bool)
	asked := make(map[string]bool)
	for k := range uint64(100) {
		msg := r.append(nil, k, uint32(k+1), uint32(k+100))
		m, err := diam.ReadMessage(bytes.NewReader(msg), dict.Default)
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.HopByHopID != uint32(k+1) || m.Header.EndToEndID != uint32(k+100) {
			t.Errorf("identifiers %d and %d", m.Header.HopByHopID, m.Header.EndToEndID)
		}
		var ecr struct {
			SessionID           string `avp:"Session-Id"`
			TerminalInformation struct {
				IMEI string `avp:"IMEI"`
			} `avp:"Terminal-Information"`
		}
		if err := m.Unmarshal(&ecr); err != nil {
			t.Fatal(err)
		}
		want := p.pick(k)
		if ecr.TerminalInformation.IMEI != want.imei {
			t.Errorf("request %d asks about %q, want %q", k, ecr.TerminalInformation.IMEI, want.imei)
		}
		priority := NoPriority
		if a, err := m.FindAVP(301, 0); err == nil {
			priority = int(a.Data.Serialize()[3])
			if a.Flags != 0 {
				t.Errorf("DRMP has the flags %x", a.Flags)
			}
		}
		if priority != p.priorities[want.share].Priority {
			t.Errorf("request %d has priority %d, want %d", k, priority, p.priorities[want.share].Priority)
		}
		sessions[ecr.SessionID] = true
		asked[want.imei] = true
	}
	if len(sessions) != 100 || len(asked) != 4 {
		t.Errorf("%d sessions for 100 requests, about %d identities of 4", len(sessions), len(asked))
	}
}

// Only the answer to the very request that waits is taken.
func TestSlot(t *testing.T) {
	l := &loop{slots: make([]slot, 2)}
	l.slots[1] = slot{hopByHop: MaxOutstanding + 1, endToEnd: 7, waiting: true}
	for _, c := range []struct {
		name     string
		hop, end uint32
		want     bool
	}{
		{"its answer", MaxOutstanding + 1, 7, true},
		{"another End-to-End", MaxOutstanding + 1, 8, false},
		{"the slot's last request", 1, 7, false},
		{"a slot that does not wait", MaxOutstanding, 0, false},
		{"no such slot", 2, 0, false},
	} {
		msg := bytes.Clone(answer)
		mme.SetIDs(msg, c.hop, c.end)
		if got := l.slot(msg) != nil; got != c.want {
			t.Errorf("%s: taken %v, want %v", c.name, got, c.want)
		}
	}
}
