package judge

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"slices"
	"time"
)

// T is one case under way. Its methods end the case where something is not as
// it must be; a case that returns has passed. Only the case's own goroutine
// uses it.
type T struct {
	*Setup
	events  []Event
	dropped int
	conns   []*Conn
	leased  []string
	// What the case did to the subject, to be undone when it ends.
	stopping *command // drive.commands.stop; nil where it was not begun, or undone
	broken   bool
}

// Event is one line of a case's transcript.
type Event struct {
	// Conn numbers the case's connections from 1.
	Conn int
	// What is sent, came, closed, nothing or error.
	What string
	// Octets are those sent or received, at most the first shownOctets, of
	// All.
	Octets []byte
	All    int
	// Note explains what has no octets.
	Note string
}

const (
	shownOctets = 1024
	shownEvents = 12
)

// Failure is what a case found.
type Failure struct {
	// Expected is what the subject should have done.
	Expected string
	// Transcript ends with what came instead; Dropped older events are not
	// in it.
	Transcript []Event
	Dropped    int
}

// ended is how a case ends before its function returns.
type ended struct {
	failure *Failure
	notRun  string
}

// try runs a case and tells how it ended: at most one of the results is set.
func try(s *Setup, run func(*T)) (f *Failure, notRun string) {
	t := &T{Setup: s}
	defer func() {
		if why := t.cleanUp(); why != "" && f == nil {
			f, notRun = t.failure(why), ""
		}
	}()
	defer func() {
		switch r := recover().(type) {
		case nil:
		case ended:
			f, notRun = r.failure, r.notRun
		default:
			f = t.failure(fmt.Sprintf("this suite not to panic: %v\n%s", r, debug.Stack()))
		}
	}()
	run(t)
	return nil, ""
}

// cleanUp hangs up whatever the case left, and brings the subject back to where
// it was. It tells why where it can't.
func (t *T) cleanUp() (why string) {
	for _, c := range t.conns {
		c.Close()
	}
	why = t.restore()
	t.giveBack(t.leased)
	return why
}

// Identity returns an Origin-Host of the suite that no other case uses until
// this one has ended.
func (t *T) Identity() string {
	host, ok := t.lease()
	if !ok {
		t.NotRun("all %d identities of the suite are in use: raise peers.count, or lower --jobs", t.Subject.Peers.Count)
	}
	t.leased = append(t.leased, host)
	return host
}

// Expect ends the case as failed where ok is false. What it was that the
// subject should have done is told by a format: "an answer with %d".
func (t *T) Expect(ok bool, format string, args ...any) {
	if !ok {
		panic(ended{failure: t.failure(fmt.Sprintf(format, args...))})
	}
}

// NotRun ends the case as not run: something that it needs turned out to be
// missing.
func (t *T) NotRun(format string, args ...any) {
	panic(ended{notRun: visible(fmt.Sprintf(format, args...))})
}

func (t *T) failure(expected string) *Failure {
	return &Failure{Expected: visible(expected), Transcript: slices.Clone(t.events), Dropped: t.dropped}
}

func (t *T) note(e Event) {
	e.All, e.Note = len(e.Octets), visible(e.Note)
	e.Octets = slices.Clone(e.Octets[:min(len(e.Octets), shownOctets)])
	if len(t.events) == shownEvents {
		t.events = slices.Delete(t.events, 0, 1)
		t.dropped++
	}
	t.events = append(t.events, e)
}

// Dial returns a new connection on which nothing was said yet. A subject that is
// gone gets some time to come back, once: its end was another case's finding.
func (t *T) Dial() *Conn {
	nc, err := t.dial()
	if err != nil {
		t.note(Event{Conn: len(t.conns) + 1, What: "error", Note: err.Error()})
		t.Expect(false, "a connection to %s", t.Target)
	}
	return t.adopt(nc)
}

// TryDial is Dial where the subject may refuse: it returns nil then.
func (t *T) TryDial() *Conn {
	nc, err := t.dialOnce()
	if err != nil {
		return nil
	}
	return t.adopt(nc)
}

// DialPlain returns a connection without TLS to where TLS is spoken.
func (t *T) DialPlain() *Conn { return t.dialBy(t.Plain) }

// DialWithoutCertificate returns a connection of TLS on which we show no
// certificate, or nil where the handshake fails.
func (t *T) DialWithoutCertificate() *Conn {
	ctx, cancel := context.WithTimeout(t.context(), t.Timeout)
	defer cancel()
	nc, err := t.Anonymous(ctx)
	if err != nil {
		return nil
	}
	return t.adopt(nc)
}

func (t *T) dialBy(dial func(context.Context) (net.Conn, error)) *Conn {
	ctx, cancel := context.WithTimeout(t.context(), t.Timeout)
	defer cancel()
	nc, err := dial(ctx)
	t.Expect(err == nil, "a connection to %s: %v", t.Target, err)
	return t.adopt(nc)
}

func (t *T) adopt(nc net.Conn) *Conn {
	c := &Conn{t: t, n: len(t.conns) + 1}
	c.take(nc)
	c.hangUp = context.AfterFunc(t.context(), func() { nc.Close() })
	t.conns = append(t.conns, c)
	return c
}

// dial connects, with patience where the subject answers no call at all.
func (s *Setup) dial() (net.Conn, error) {
	until := time.Now().Add(s.Timeout)
	for {
		nc, err := s.dialOnce()
		if err == nil {
			s.gone.Store(false)
			return nc, nil
		}
		if s.gone.Load() || time.Now().After(until) || s.context().Err() != nil {
			s.gone.Store(true)
			return nil, err
		}
		time.Sleep(50 * time.Millisecond) // not to hammer on a port that is closed
	}
}

// Open returns a connection that is open: capabilities are exchanged, under an
// identity that no other case uses at the time.
func (t *T) Open() *Conn { return t.OpenAs(t.Identity()) }

// OpenAs is Open under a given identity.
func (t *T) OpenAs(host string) *Conn {
	c := t.Dial()
	c.Host = host
	c.CEA = c.Ask(c.CER())
	t.Expect(c.CEA.Result() == Success, "a CEA with Result-Code 2001 to a plain CER of %s: the case can't go on without", c.Host)
	return c
}

// OpenAgain is OpenAs for an identity whose last connection has just ended: the
// subject may notice that a little later, and is called until then.
func (t *T) OpenAgain(host string) *Conn {
	for until := time.Now().Add(t.Timeout); ; {
		c := t.Dial()
		c.Host = host
		c.Send(c.CER().Bytes())
		var state State
		if c.CEA, state = c.NextAnswer(time.Until(until)); state == Came && c.CEA.Result() == Success {
			return c
		}
		c.Close()
		t.Expect(time.Now().Before(until), "%s to be let in again within %v of its last connection's end", host, t.Timeout)
		time.Sleep(20 * time.Millisecond) // not to hammer on a door that is closed
	}
}

// AnyPhone is an IMEI to ask about where the answer does not matter.
func (t *T) AnyPhone() string {
	if len(t.Subject.Equipment.Prohibited) > 0 {
		return t.Subject.Equipment.Prohibited[0]
	}
	return "00100104000001"
}

// Answers expects that a check on c is answered: with whatever is an answer to
// a check of sound equipment.
func (t *T) Answers(c *Conn) {
	a := c.Ask(c.ECR(t.AnyPhone()))
	t.Expect(a.Checked(), "this peer's checks to be answered (2001, or 5422 in Experimental-Result)")
}

// Bystander opens a connection of another peer, and returns what expects that
// this peer is still served, on the same connection.
func (t *T) Bystander() func() {
	c := t.Open()
	t.Answers(c)
	return func() { t.Answers(c) }
}
