package judge

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"paperweight/conformance/callee"
	"paperweight/conformance/octets"
)

// opened is a subject that lets anybody in, by a name that would do harm where it is
// shown as it is, and goes on by next.
func opened(next func(net.Conn)) func(net.Conn) { return callee.Open("eir\x1b[2J<script>", next) }

// endless sends the same octets until nobody takes them.
func endless(b []byte) func(net.Conn) {
	return opened(func(c net.Conn) {
		for {
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	})
}

// A subject that never stops to send ends a case, and fills nobody's memory.
func TestEndlessSubjects(t *testing.T) {
	asks := func(t *T) {
		c := t.Open()
		c.Ask(c.ECR("00100101000001"))
	}
	waits := func(t *T) {
		c := t.Open()
		c.UntilClosed()
	}
	another := octets.Message{Command: 9, HopByHop: 1}
	long := another.With(octets.AVP{Code: 1, Data: make([]byte, 1<<23)})
	for _, c := range []struct {
		name  string
		sends []byte
		run   func(*T)
		words string
	}{
		{"answers that nobody waits for", bytes.Repeat(another.Bytes(), 999), waits, "no endless answers"},
		{"long answers", long.Bytes(), waits, "no endless answers"},
		{"one answer again and again", bytes.Repeat(another.Bytes(), 999), asks, "an answer to the request"},
		{"long answers to another", long.Bytes(), asks, "no endless answers"},
		{"requests", bytes.Repeat(another.Flag(octets.Request, 0).Bytes(), 999), asks, "an answer to the request"},
		{"watchdogs", octets.Message{Flags: octets.Request, Command: octets.DeviceWatchdog}.Bytes(), asks, "an answer to the request"},
		{"countless AVPs", octets.Message{Tail: bytes.Repeat([]byte{0, 0, 0, 1, 0, 0, 0, 8}, 1<<17)}.Bytes(), asks, "more than 65536 AVPs"},
		{"zeros", make([]byte, 1<<16), asks, "no Diameter message"},
	} {
		s := listening(t, endless(c.sends))
		if c.words == "no endless answers" {
			s.Timeout = time.Minute // not the time ends it
		}
		f, notRun := try(s, c.run)
		if f == nil || !strings.Contains(f.Expected, c.words) {
			t.Errorf("%s: %+v, %q; want a failure with %q", c.name, f, notRun, c.words)
		}
	}
	// Not Diameter at all.
	s := listening(t, endless(make([]byte, 1<<16)))
	s.Plain = s.Connect
	if f, _ := try(s, func(t *T) {
		c := t.DialPlain()
		c.Send(make([]byte, 20))
		t.Expect(len(c.Raw()) == mostKept, "%d octets", mostKept)
	}); f != nil {
		t.Error(f.text())
	}
}

// A subject may answer in whatever order it likes, and for as long as it is asked:
// an answer that is taken is kept no more.
func TestAnswersOutOfOrder(t *testing.T) {
	const long = mostKeptOctets / 4
	s := listening(t, opened(func(c net.Conn) {
		both := make([]byte, 2*octets.HeaderLen)
		for {
			if _, err := io.ReadFull(c, both); err != nil {
				return
			}
			for _, b := range [][]byte{both[octets.HeaderLen:], both[:octets.HeaderLen]} {
				m, _ := octets.Parse(b)
				if _, err := c.Write(m.With(octets.AVP{Code: 1, Data: make([]byte, long)}).Flag(0, octets.Request).Bytes()); err != nil {
					return
				}
			}
		}
	}))
	s.Timeout = time.Minute
	if f, _ := try(s, func(t *T) {
		c := t.Open()
		for range 8 {
			first, second := c.Request(3, 0), c.Request(3, 0)
			c.Send(second.Append(first.Bytes()))
			c.Await(first)
			c.Await(second)
		}
	}); f != nil {
		t.Error(f.text())
	}
}

// What a subject says drives no terminal and no browser.
func TestNothingIsSaidUnescaped(t *testing.T) {
	bad := octets.Text(octets.ErrorMessage, "</pre><script>alert(1)</script>\x1b]0;owned\a\u202e")
	s := listening(t, opened(func(c net.Conn) {
		_, _ = c.Write(octets.Message{Command: octets.MEIdentityCheck}.With(bad).Bytes())
		_, _ = io.Copy(io.Discard, c)
	}))
	if err := s.Meet(); err != nil {
		t.Fatal(err)
	}
	run := Run{Cases: []Case{{ID: "doc/1/says", Text: "It says.", Run: func(t *T) {
		a, _ := t.Open().NextAnswer(t.Timeout)
		t.Expect(false, "less than %s of %s", a.Text(octets.ErrorMessage), t.Subject.Host)
	}}, {ID: "doc/1/why", Text: "It is not run.", Run: func(t *T) { t.NotRun("%s is odd", t.Subject.Host) }}}}
	var text, junit, html, js bytes.Buffer
	run.Each = func(x *Result) { _ = x.WriteText(&text) }
	r := run.Judge(context.Background(), s)
	if err := errors.Join(r.WriteSummary(&text), r.JUnit(&junit), r.HTML(&html), r.JSON(&js)); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*bytes.Buffer{"text": &text, "JUnit": &junit, "HTML": &html, "JSON": &js} {
		if strings.ContainsAny(b.String(), "\x1b\a\u202e\ufffd") || !strings.Contains(b.String(), `x1b]0;owned`) {
			t.Errorf("%s:\n%q", name, b)
		}
	}
	for name, b := range map[string]*bytes.Buffer{"HTML": &html, "JUnit": &junit} {
		if strings.Contains(b.String(), "<script") {
			t.Errorf("%s has a script", name)
		}
	}
	if got := visible("a\tb\n\xff\x00é\u2028"); got != "a\tb\n"+`\xff\x00é\u2028` {
		t.Errorf("%q", got)
	}
}

// A run that is stopped ends what is under way, and says so.
func TestStoppedRun(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := listening(t, opened(func(c net.Conn) {
		cancel() // a case is under way
		_, _ = io.Copy(io.Discard, c)
	}))
	s.Timeout = time.Hour
	silent := func(t *T) {
		c := t.Open()
		c.Ask(c.ECR("00100101000001"))
	}
	r := (&Run{Jobs: 1, Cases: []Case{{ID: "doc/1/a", Text: "It waits.", Run: silent}, {ID: "doc/1/b", Text: "It waits.", Alone: true, Run: silent}}}).Judge(ctx, s)
	for _, x := range r.Results {
		if x.Outcome != NotRun || x.Why != stopped {
			t.Errorf("%s: %s, %q", x.ID, x.Outcome, x.Why)
		}
	}
	if !r.Stopped || r.Judged() {
		t.Errorf("stopped %v, judged %v", r.Stopped, r.Judged())
	}
}

// One job is one case at a time, also of those that wait for timers.
func TestOneJob(t *testing.T) {
	var now, most atomic.Int32
	one := func(*T) {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(time.Millisecond)
		now.Add(-1)
	}
	var cases []Case
	for _, name := range []string{"a", "b", "c", "d"} {
		cases = append(cases, Case{ID: "doc/1/" + name, Slow: name > "b", Run: one})
	}
	(&Run{Jobs: 1, Cases: cases}).Judge(context.Background(), &Setup{})
	if most.Load() != 1 {
		t.Errorf("%d cases at once", most.Load())
	}
}

// Where identities are few each rests between two cases.
func TestIdentitiesRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Setup{Subject: Subject{Peers: Peers{Prefix: "p", Realm: "r", Count: 1}}}
		began := time.Now()
		host, ok := s.lease()
		if host != "p001.r" || !ok || time.Since(began) != 0 {
			t.Errorf("%q, %v after %v", host, ok, time.Since(began))
		}
		if _, ok := s.lease(); ok {
			t.Error("one identity for two cases")
		}
		s.giveBack([]string{host})
		if host, _ = s.lease(); host != "p001.r" || time.Since(began) != restFor {
			t.Errorf("%q again after %v, want %v", host, time.Since(began), restFor)
		}
	})
}

// writes is a connection that takes what is written, or fails.
type writes struct {
	net.Conn
	lengths []int
	err     error
}

func (w *writes) SetWriteDeadline(time.Time) error { return nil }

func (w *writes) Write(b []byte) (int, error) {
	w.lengths = append(w.lengths, len(b))
	return len(b), w.err
}

// A slow link has the timeout for each piece of a stream; a message of SCTP is one.
func TestLongWrites(t *testing.T) {
	for transport, want := range map[string][]int{"tcp": {65536, 65536, 1}, "sctp": {131073}} {
		w := &writes{}
		tt := &T{Setup: &Setup{Transport: transport}}
		c := &Conn{t: tt, nc: w}
		c.Send(make([]byte, 131073))
		if !slices.Equal(w.lengths, want) {
			t.Errorf("%s: written as %v, want %v", transport, w.lengths, want)
		}
	}
	// What the transport can't carry was not tried.
	_, notRun := try(&Setup{Transport: "sctp"}, func(t *T) {
		(&Conn{t: t, nc: &writes{err: syscall.EMSGSIZE}}).Send(make([]byte, 20))
	})
	if !strings.Contains(notRun, "takes no message as long") {
		t.Errorf("%q", notRun)
	}
	// What the subject does not take is told of, and so is what was sent in pieces.
	f, _ := try(&Setup{Transport: "tcp"}, func(t *T) {
		(&Conn{t: t, nc: &writes{err: os.ErrDeadlineExceeded}}).SendPieces([]byte{1}, []byte{2})
		t.Expect(false, "x")
	})
	if text := f.text(); !strings.Contains(text, "sent on connection 0: in 2 pieces") || !strings.Contains(text, "0102") || !strings.Contains(text, "not all was taken") {
		t.Error(text)
	}
}
