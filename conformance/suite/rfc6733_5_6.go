package suite

import (
	"bytes"
	"time"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 5.6: the peer state machine.
func rfc6733x5x6() []Case {
	var cases []Case
	for _, first := range []struct {
		name, text string
		make       func(*T, *Conn) []byte
	}{
		{"a-check", "an ECR", func(t *T, c *Conn) []byte { return c.ECR(t.AnyPhone()).Bytes() }},
		{"a-dwr", "a DWR", func(_ *T, c *Conn) []byte { return c.DWR().Bytes() }},
		{"a-dpr", "a DPR", func(_ *T, c *Conn) []byte { return c.DPR(0).Bytes() }},
		{"a-cea", "a CEA that nobody asked for", func(_ *T, c *Conn) []byte {
			return c.CER().Flag(0, octets.Request).With(octets.Number(octets.ResultCode, judge.Success)).Bytes()
		}},
		{"http", "a request of HTTP", func(*T, *Conn) []byte {
			return []byte("GET / HTTP/1.1\r\nHost: eir.example.org\r\n\r\n")
		}},
		{"zeros", "nothing but zeros", func(*T, *Conn) []byte { return make([]byte, 400) }},
		{"ones", "nothing but 0xff", func(*T, *Conn) []byte { return bytes.Repeat([]byte{0xff}, 400) }},
	} {
		cases = append(cases,
			Case{ID: "rfc6733/5.6.1/first-" + first.name, Level: should,
				Text: "A connection whose first message is " + first.text + ", and no CER, is closed: a CER behind it comes too late.",
				Run: func(t *T) {
					c := t.Dial()
					c.Host = t.Identity()
					c.Send(append(first.make(t, c), c.CER().Bytes()...))
					answers, closed := c.UntilClosed()
					for _, a := range answers {
						t.Expect(a.Result() != judge.Success, "no success on this connection")
					}
					t.Expect(closed, "the end of the connection")
				}})
	}
	return append(cases, []Case{
		{ID: "rfc6733/5.6.1/no-service-before-cer",
			Text: "Who has not exchanged capabilities is not served: neither a check nor a watchdog.",
			Run: func(t *T) {
				for _, make := range []func(*Conn) octets.Message{
					func(c *Conn) octets.Message { return c.ECR(t.AnyPhone()) },
					func(c *Conn) octets.Message { return c.DWR() },
				} {
					c := t.Dial()
					c.Host = t.Identity()
					c.Send(make(c).Bytes())
					a, state := c.NextAnswer(t.Timeout)
					t.Expect(state != judge.Came || a.Result() != judge.Success && !a.Unknown(), "no success before the CER")
				}
			}},
		{ID: "rfc6733/5.6.1/no-cer", Level: should, Needs: []judge.Need{judge.NeedCERTimeout},
			Text: "A connection on which no CER comes in time is closed.",
			Run: func(t *T) {
				c := t.Dial()
				_, state := c.Next(t.Subject.Declares.CERTimeout + patience)
				t.Expect(state == judge.Closed, "the end of the connection after %v", t.Subject.Declares.CERTimeout)
			}},
		{ID: "rfc6733/5.6.1/cer-in-drops", Level: should, Needs: []judge.Need{judge.NeedCERTimeout, judge.NeedStream},
			Text: "A CER that never becomes whole is none: octets that drip in do not put off the close.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = t.Identity()
				cer := c.CER().Bytes()
				until := time.Now().Add(t.Subject.Declares.CERTimeout + patience)
				for i := 0; i < len(cer)-1 && time.Now().Before(until); i++ {
					if c.Write(cer[i:i+1]) != nil {
						return // the subject hung up
					}
					if _, state := c.Next(t.Subject.Declares.CERTimeout / 10); state == judge.Closed {
						return
					}
				}
				t.Expect(false, "the end of the connection after %v", t.Subject.Declares.CERTimeout)
			}},
		{ID: "rfc6733/5.6/second-connection",
			Text: "A second connection of a peer that is open is not opened, and the first goes on (R-Open, R-Conn-CER: R-Reject).",
			Run: func(t *T) {
				c := t.Open()
				second := t.Dial()
				second.Host = c.Host
				second.Send(second.CER().Bytes())
				a, state := second.NextAnswer(t.Timeout)
				t.Expect(state == judge.Closed || state == judge.Came && a.Result() != judge.Success, "no second connection of the same peer")
				t.Answers(c)
			}},
		{ID: "rfc6733/5.6/back-after-close",
			Text: "A peer that hung up without a DPR is let in again.",
			Run: func(t *T) {
				c := t.Open()
				t.Answers(c)
				c.Close()
				t.Answers(t.OpenAgain(c.Host))
			}},
		{ID: "rfc6733/5.6/back-after-reset",
			Text: "A peer whose connection was reset is let in again.",
			Run: func(t *T) {
				c := t.Open()
				t.Answers(c)
				c.Reset()
				t.Answers(t.OpenAgain(c.Host))
			}},
		{ID: "rfc6733/5.6/cer-again",
			Text: "A CER on an open connection is answered, or ends it; if it is answered with 2001, the peer is still served.",
			Run: func(t *T) {
				serves := t.Bystander()
				c := t.Open()
				c.Send(c.CER().Bytes())
				a, state := c.NextAnswer(t.Timeout)
				if state == judge.Came && a.Result() == judge.Success {
					t.Answers(c)
				}
				serves()
			}},
		{ID: "rfc6733/5.6/cer-of-another",
			Text: "A CER on an open connection does not make it another peer's while the first is open: 2001 is no answer to another Origin-Host.", Level: should,
			Run: func(t *T) {
				c := t.Open()
				c.Host = t.Identity()
				c.Send(c.CER().Bytes())
				a, state := c.NextAnswer(t.Timeout)
				t.Expect(state != judge.Came || a.Result() != judge.Success, "no CEA with 2001")
			}},
		{ID: "rfc6733/5.3/unknown-peer", Needs: []judge.Need{judge.NeedPeerTable},
			Text: "A peer that the subject was not told of gets 3010 with the E bit, or silence, and the connection is closed.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = "stranger." + t.Subject.Peers.Realm
				c.Send(c.CER().Bytes())
				answers, closed := c.UntilClosed()
				for _, a := range answers {
					t.Refused(a, 3010)
				}
				t.Expect(closed, "the end of the connection")
			}},
		{ID: "rfc6733/5.6.4/own-name", Level: should,
			Text: "A peer that claims the subject's own Origin-Host is not let in.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = t.Subject.Host
				c.Send(c.CER().Bytes())
				a, state := c.NextAnswer(t.Timeout)
				t.Expect(state != judge.Came || a.Result() != judge.Success, "no CEA with 2001")
			}},
	}...)
}
