package suite

import (
	"time"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 3539 3.4.1 and appendix A: the watchdog, as far as it shows. Tw is what
// subject.yaml declares; each case gives the subject and the machines between
// some seconds more than the jitter of two.
const (
	jitter   = 2 * time.Second
	patience = 3 * time.Second
)

func rfc3539() []Case {
	needs := []judge.Need{judge.NeedShortWatchdog}
	return []Case{
		{ID: "rfc3539/3.4.1/idle", Slow: true, Needs: needs,
			Text: "A connection that is idle for Tw, give or take the jitter, gets a DWR: not earlier, not later.",
			Run: func(t *T) {
				c := settled(t)
				t.Answers(c)
				began := time.Now()
				dwr(t, c)
				tw := t.Subject.Declares.Watchdog
				t.Expect(time.Since(began) > tw-jitter-100*time.Millisecond, "the DWR no earlier than %v after the last message", tw-jitter)
			}},
		{ID: "rfc3539/3.4.1/goes-on", Slow: true, Needs: needs,
			Text: "A DWR that was answered is followed by another after the next idle Tw; identifiers are new.",
			Run: func(t *T) {
				c := settled(t)
				first := dwr(t, c)
				c.Send(c.DWA(first).Bytes())
				second := dwr(t, c)
				t.Expect(first.HopByHop != second.HopByHop && first.EndToEnd != second.EndToEnd, "other identifiers than %#x and %#x", first.HopByHop, first.EndToEnd)
				c.Send(c.DWA(second).Bytes())
				t.Answers(c)
			}},
		{ID: "rfc6733/5.5.1/own-dwr", Slow: true, Needs: needs,
			Text: "The subject's DWR is command 280 of application 0, P, E and T clear, with its Origin-Host and Origin-Realm.",
			Run: func(t *T) {
				c := settled(t)
				m := dwr(t, c)
				t.Expect(m.Flags == octets.Request && m.App == 0, "the R bit alone, and application 0")
				t.Expect(t.Named(m), "Origin-Host %s and Origin-Realm %s, once each", t.Subject.Host, t.Subject.Realm)
				t.Expect(m.Sound() == nil, "AVPs that can be read")
			}},
		{ID: "rfc3539/3.4.1/traffic", Slow: true, Needs: needs,
			Text: "Any message resets Tw: a connection with traffic gets no DWR.",
			Run: func(t *T) {
				c := settled(t)
				c.Deaf = true
				for until := time.Now().Add(t.Subject.Declares.Watchdog + jitter + patience); time.Now().Before(until); {
					c.Send(c.ECR(t.AnyPhone()).Bytes())
					for rest := time.Now().Add(time.Second); time.Now().Before(rest); {
						m, state := c.Next(time.Until(rest))
						t.Expect(state != judge.Closed && (state == judge.Nothing || m.Flags&octets.Request == 0), "answers alone, and no DWR")
					}
				}
			}},
		{ID: "rfc3539/3.4.1/one-outstanding", Slow: true, Needs: needs,
			Text: "While a DWR is not answered no other is sent; the connection is not closed before Tw has passed again.",
			Run: func(t *T) {
				c := settled(t)
				dwr(t, c)
				asked := time.Now()
				for until := asked.Add(3*(t.Subject.Declares.Watchdog+jitter) + patience); ; {
					m, state := c.Next(time.Until(until))
					t.Expect(state != judge.Came || m.Command != octets.DeviceWatchdog, "no second DWR while one is not answered")
					if state != judge.Came {
						break
					}
				}
				t.Expect(time.Since(asked) > t.Subject.Declares.Watchdog-jitter-100*time.Millisecond, "Tw to expire twice without a response before the close")
			}},
		{ID: "rfc3539/3.4.1/closes", Slow: true, Needs: needs, Level: should,
			Text: "Where Tw expires twice behind a DWR that is not answered, the connection is closed.",
			Run: func(t *T) {
				c := settled(t)
				dwr(t, c)
				_, state := c.Next(2*(t.Subject.Declares.Watchdog+jitter) + patience)
				t.Expect(state == judge.Closed, "the end of the connection")
			}},
		{ID: "rfc3539/3.4.1/late-answer", Slow: true, Needs: needs,
			Text: "A DWA that comes late, but before the close, saves the connection.",
			Run: func(t *T) {
				c := settled(t)
				m := dwr(t, c)
				_, state := c.Next(t.Subject.Declares.Watchdog + jitter - 500*time.Millisecond)
				t.Expect(state == judge.Nothing, "the connection to be open: Tw has not expired twice")
				c.Send(c.DWA(m).Bytes())
				next := dwr(t, c) // neither the close nor silence
				c.Send(c.DWA(next).Bytes())
				t.Answers(c)
			}},
		{ID: "rfc3539/3.4.1/traffic-saves", Slow: true, Needs: needs,
			Text: "A request, too, is a sign of life while a DWR is not answered: the connection is not closed, and the request is answered.",
			Run: func(t *T) {
				c := settled(t)
				dwr(t, c)
				for range 3 {
					_, state := c.Next(t.Subject.Declares.Watchdog / 2)
					t.Expect(state == judge.Nothing, "the connection to be open")
					m := c.ECR(t.AnyPhone())
					t.Expect(c.Ask(m).Checked(), "the check answered")
				}
			}},
		{ID: "rfc3539/3.4.1/reopen", Needs: append([]judge.Need{judge.NeedPeerTable}, needs...), Level: should,
			Text: "A peer that comes back after its connection was lost is sent a DWR at once, to see whether it is well.",
			Run: func(t *T) {
				c := t.Open()
				c.Reset()
				again := t.OpenAgain(c.Host)
				again.Deaf = true
				for until := time.Now().Add(t.Timeout); ; {
					m, state := again.Next(min(time.Until(until), t.Subject.Declares.Watchdog-jitter-time.Second))
					t.Expect(state == judge.Came, "a DWR at once")
					if m.Command == octets.DeviceWatchdog {
						return
					}
				}
			}},
		{ID: "rfc3539/3.4.1/three-answers", Slow: true, Needs: append([]judge.Need{judge.NeedPeerTable}, needs...), Level: should,
			Text: "A connection that came back is on trial until three DWRs were answered: traffic puts off none of them, and after them it does.",
			Run: func(t *T) {
				c := t.Open()
				c.Reset()
				again := t.OpenAgain(c.Host)
				again.Deaf = true
				// Appendix A, REOPEN: "Receive non-DWA: Throwaway()" sets no timer,
				// so what is sent meanwhile need not be answered.
				for i := range 3 {
					m := dwrAmongChecks(t, again, t.Subject.Declares.Watchdog+jitter+patience)
					t.Expect(m.Command == octets.DeviceWatchdog, "DWR %d of 3, among checks", i+1)
					again.Send(again.DWA(m).Bytes())
				}
				m := dwrAmongChecks(t, again, t.Subject.Declares.Watchdog+jitter+patience)
				t.Expect(m.Command != octets.DeviceWatchdog, "no fourth DWR on a connection with traffic")
				t.Answers(again)
			}},
	}
}

// dwrAmongChecks sends a check every half second until a DWR comes, which it
// returns, or the time is up.
func dwrAmongChecks(t *T, c *Conn, wait time.Duration) Answer {
	for until := time.Now().Add(wait); time.Now().Before(until); {
		c.Send(c.ECR(t.AnyPhone()).Bytes())
		for rest := time.Now().Add(500 * time.Millisecond); time.Now().Before(rest); {
			m, state := c.Next(time.Until(rest))
			t.Expect(state != judge.Closed, "a connection that stays")
			if state == judge.Came && m.Command == octets.DeviceWatchdog && m.Flags&octets.Request != 0 {
				return m
			}
		}
	}
	return Answer{}
}

// settled opens a connection whose watchdog is content: that of a peer whose
// last connection was lost is not, and wants three DWAs first.
func settled(t *T) *Conn {
	c := t.Open()
	c.Deaf = true
	m, state := c.Next(500 * time.Millisecond)
	for range 2 {
		if state != judge.Came {
			break
		}
		if m.Command == octets.DeviceWatchdog {
			c.Send(c.DWA(m).Bytes())
		}
		m, state = c.Next(t.Subject.Declares.Watchdog + jitter + patience)
	}
	if state == judge.Came && m.Command == octets.DeviceWatchdog {
		c.Send(c.DWA(m).Bytes())
	}
	t.Expect(state != judge.Closed, "a connection that stays")
	return c
}

// dwr waits for the subject's DWR.
func dwr(t *T, c *Conn) Answer {
	for until := time.Now().Add(t.Subject.Declares.Watchdog + jitter + patience); ; {
		m, state := c.Next(time.Until(until))
		t.Expect(state == judge.Came, "a DWR within %v", t.Subject.Declares.Watchdog+jitter)
		if m.Command == octets.DeviceWatchdog && m.Flags&octets.Request != 0 {
			return m
		}
	}
}
