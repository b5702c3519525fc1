package load

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paperweight/conformance/callee"
	"paperweight/conformance/mme"
)

func openPlan(target string) OpenPlan {
	return OpenPlan{
		Peers: peers(target), Steps: []Step{{20000, 20000, 50 * time.Millisecond}, {5000, 5000, 20 * time.Millisecond}},
		Parts: []Part{{IMEIs: []string{"00100100000001"}, Weight: 1}},
	}
}

func mustRun(t *testing.T, p OpenPlan) *OpenResult {
	t.Helper()
	r, err := RunOpen(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		if s.Due != s.Sent+s.Unsent || s.Sent != s.Good+s.Wrong+s.Shed+s.Lost || s.InTime > s.Good {
			t.Errorf("%s does not add up: %+v", s.Name, s.Count)
		}
		var all Count
		for _, p := range s.Priorities {
			all.add(&p.Count)
		}
		if diff := cmp.Diff(s.Count, all); diff != "" {
			t.Errorf("%s: priorities do not add up (-step +priorities):\n%s", s.Name, diff)
		}
	}
	return r
}

// serve answers requests after the CER as reply says, appending to b; what is
// empty is silence, nil the end of the connection. A request's number counts
// the connection's. A connection that one of takes does not want is closed.
func serve(t *testing.T, reply func(b, request []byte, n int) []byte, takes ...func() bool) string {
	t.Helper()
	return callee.Serve(t, func(conn net.Conn) {
		for _, takes := range takes {
			if !takes() {
				return
			}
		}
		s, e := &stream{Conn: conn}, &Echo{answer}
		for n := 0; ; {
			msg, err := s.wait()
			if err != nil {
				return
			}
			out := []byte{}
			if mme.IsCapabilities(msg) || mme.IsDisconnect(msg) {
				out = e.appendAnswer(nil, msg)
			} else {
				at := len(out)
				if out = reply([]byte{}, msg, n); out == nil {
					return
				}
				if len(out) > at {
					hop, end := mme.IDs(msg)
					mme.SetIDs(out[at:], hop, end)
				}
				n++
			}
			if _, err := conn.Write(out); err != nil {
				return
			}
		}
	})
}

// answerWith returns the answer with another Result-Code.
func answerWith(code uint16) []byte {
	return bytes.Replace(answer, []byte{0, 0, 0x07, 0xd1}, []byte{0, 0, byte(code >> 8), byte(code)}, 1)
}

func TestOpen(t *testing.T) {
	p := openPlan(serveEcho(t, answer))
	p.Idle = 3
	p.Priorities = []Share{{0, 1}, {NoPriority, 1}}
	joined := 0
	p.Joined = func(n, of int) {
		if joined++; n != joined || of != 5 {
			t.Errorf("%d of %d joined, after %d", n, of, joined-1)
		}
	}
	r := mustRun(t, p)
	if len(r.Steps) != 2 || r.Steps[0].Due != 1000 || r.Steps[1].Due != 100 || r.Stopped || len(r.Broken) > 0 || r.Strays != 0 {
		t.Fatalf("%+v", r)
	}
	for _, s := range r.Steps {
		if s.Good != s.Due || s.Outcomes["permitted"] != s.Due {
			t.Errorf("%s: %+v; want all permitted", s.Name, s.Count)
		}
		if s.Latency.Max <= 0 || s.Lag.Max <= 0 || len(s.Curve) == 0 {
			t.Errorf("%s: latency %+v, lag %+v, %d points", s.Name, s.Latency, s.Lag, len(s.Curve))
		}
		if len(s.Priorities) != 2 || s.Priorities[0].Due == 0 || s.Priorities[1].Due == 0 {
			t.Errorf("%s: %+v", s.Name, s.Priorities)
		}
	}
}

// What is refused, wrong, silent or not ours is counted as that.
func TestOpenCounts(t *testing.T) {
	busy, unable, odd := answerWith(3004), answerWith(5012), answerWith(5030)
	p := openPlan(serve(t, func(b, _ []byte, n int) []byte {
		switch n % 5 {
		case 0:
			return append(b, busy...)
		case 1:
			return append(b, unable...)
		case 2:
			return append(b, odd...)
		case 3:
			return b
		}
		return append(b, answer...)
	}))
	p.Steps, p.Timeout = p.Steps[:1], 300*time.Millisecond
	r := mustRun(t, p)
	s := &r.Steps[0]
	want := Count{Due: 1000, Sent: 1000, Good: 200, InTime: 200, Wrong: 200, Shed: 400, Lost: 200, Outcomes: map[string]uint64{
		"permitted":                           200,
		"result 3004 with Equipment-Status 0": 200,
		"result 5012 with Equipment-Status 0": 200,
		"result 5030 with Equipment-Status 0": 200,
	}}
	if diff := cmp.Diff(want, s.Count); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	p = openPlan(serveEcho(t, answer))
	p.Parts[0].Expect = "prohibited"
	if c := mustRun(t, p).Total(); c.Wrong != c.Due || c.Good != 0 {
		t.Errorf("%+v; want all wrong", c)
	}
}

// A right verdict after the deadline is good, and no goodput.
func TestOpenGoodput(t *testing.T) {
	p := openPlan(serve(t, func(b, _ []byte, _ int) []byte {
		time.Sleep(2 * time.Millisecond)
		return append(b, answer...)
	}))
	p.Steps = []Step{{1000, 1000, 40 * time.Millisecond}}
	p.Deadline = time.Millisecond
	r := mustRun(t, p)
	if s := r.Steps[0]; s.Good != 40 || s.InTime != 0 || s.Goodput != 0 || r.Deadline != 0.001 {
		t.Errorf("all late: goodput %v/s, %+v", s.Goodput, s.Count)
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "40 right verdicts came after the deadline") {
		t.Errorf("%v in:\n%s", err, text.String())
	}
	p.Deadline = DefaultTimeout
	if s := mustRun(t, p).Steps[0]; s.InTime != 40 || s.Goodput != 1000 {
		t.Errorf("none late: goodput %v/s, %+v", s.Goodput, s.Count)
	}
}

func TestOpenStops(t *testing.T) {
	p := openPlan(serveEcho(t, answer))
	p.Steps = []Step{{1000, 1000, time.Hour}, {1, 1, time.Hour}}
	ctx, stop := context.WithCancel(context.Background())
	p.Each = func(Interval) { stop() }
	r, err := RunOpen(ctx, p)
	if err != nil || !r.Stopped || len(r.Steps) != 1 || len(r.Seconds) == 0 {
		t.Fatalf("%+v, %v; want it stopped in the first step", r, err)
	}
	if s := r.Steps[0]; s.Seconds > 3600/2 || s.Good != s.Due || math.Abs(s.Rate-1000) > 500 {
		t.Errorf("%v s, %v/s, %+v", s.Seconds, s.Rate, s.Count)
	}
}

// Both forms can be read; the page names nothing outside itself.
func TestOpenForms(t *testing.T) {
	p := openPlan(serveEcho(t, answer))
	p.Priorities = []Share{{0, 1}, {NoPriority, 1}}
	r := mustRun(t, p)
	r.Seconds = append(r.Seconds, Interval{At: 1, Sent: 10, P50: 3}, Interval{At: 2, P99: 4e6})
	r.Broken = []string{"load-1: <gone>"}
	var text, page bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"20000/s", "1100 permitted", "20000/s, no priority: ", "broken: load-1: <gone>"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in:\n%s", want, text.String())
		}
	}
	if err := r.WritePlot(&page); err != nil {
		t.Fatal(err)
	}
	for _, no := range []string{"http", "<script", "src=", "NaN", "Inf", "<gone>", "ZgotmplZ"} {
		if strings.Contains(page.String(), no) {
			t.Errorf("the page contains %q", no)
		}
	}
	if n := strings.Count(page.String(), `d="M70`); n < 3 {
		t.Errorf("the page has %d lines from the left edge", n)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back OpenResult
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, &back); diff != "" {
		t.Errorf("JSON (-written +read):\n%s", diff)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for want, change := range map[string]func(*OpenPlan){
		"connections": func(p *OpenPlan) { p.Connections = 0 },
		"idle":        func(p *OpenPlan) { p.Idle = -1 },
		"timeout":     func(p *OpenPlan) { p.Timeout = time.Hour },
		"rate":        func(p *OpenPlan) { p.Steps = nil },
		"IMEIs":       func(p *OpenPlan) { p.Parts = nil },
		"refused":     func(p *OpenPlan) {},
	} {
		p := openPlan("127.0.0.1:1")
		change(&p)
		if _, err := RunOpen(context.Background(), p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
