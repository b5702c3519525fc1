package suite

import (
	"time"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 5.4, and the rows of 5.6 for Stop and Closing, of a subject that is
// stopped in order:
//
//	R-Open           Stop             R-Snd-DPR        Closing
//	Closing          R-Rcv-DPA        R-Disc           Closed
//	Closing          Timeout          Error            Closed
//
// Its timer is its own; a DPA that comes at once must be in time.
func rfc6733x5x4own() []Case {
	needs := []judge.Need{judge.NeedStop}
	return []Case{
		{ID: "rfc6733/5.4/own-dpr", Last: true, Needs: needs,
			Text: "A subject that is stopped sends a DPR to each of its peers, waits for the DPA, and then hangs up.",
			Run: func(t *T) {
				peers := []*Conn{t.Open(), t.Open()}
				t.Stop()
				for _, c := range peers {
					dpr := ownDPR(t, c)
					c.Send(dpa(c, dpr).Bytes())
					answers, closed := c.UntilClosed()
					t.Expect(closed && len(answers) == 0, "the end of the connection behind the DPA, and nothing before")
				}
			}},
		{ID: "rfc6733/5.4.1/own-dpr-grammar", Last: true, Needs: needs,
			Text: "The subject's DPR is command 282 of application 0, P, E and T clear, with its names and one Disconnect-Cause from 0 to 2.",
			Run: func(t *T) {
				c := t.Open()
				t.Stop()
				m := ownDPR(t, c)
				t.Expect(m.Flags == octets.Request && m.App == 0, "the R bit alone, and application 0")
				t.Expect(t.Named(m), "the subject's names, once each")
				causes := m.All(octets.DisconnectCause, 0)
				t.Expect(len(causes) == 1, "one Disconnect-Cause")
				v, number := causes[0].Uint32()
				t.Expect(number && v <= 2, "a Disconnect-Cause that exists: REBOOTING (0), BUSY (1), DO_NOT_WANT_TO_TALK_TO_YOU (2)")
				t.Expect(m.Sound() == nil, "AVPs that can be read")
				c.Send(dpa(c, m).Bytes())
			}},
		{ID: "rfc6733/5.6/own-dpr-waits", Last: true, Needs: needs,
			Text: "Behind its DPR the subject waits for the DPA: half a second without one does not end the connection.",
			Run: func(t *T) {
				c := t.Open()
				t.Stop()
				dpr := ownDPR(t, c)
				_, state := c.NextAnswer(500 * time.Millisecond)
				t.Expect(state == judge.Nothing, "the connection to be open, and nothing more on it")
				c.Send(dpa(c, dpr).Bytes())
				_, closed := c.UntilClosed()
				t.Expect(closed, "the end of the connection behind the DPA")
			}},
		{ID: "rfc6733/6.2/before-own-dpr", Last: true, Needs: needs,
			Text: "What was asked before the subject is stopped is answered, though it is stopped.",
			Run: func(t *T) {
				c := t.Open()
				asked, out := checksOf(t, c, 200)
				c.Send(out)
				t.Expect(c.Await(asked[0]).Checked(), "the first of 200 checks answered") // so the subject is about to read the rest
				t.Stop()
				for _, m := range asked[1:] {
					a := c.Await(m)
					t.Expect(a.Checked() || a.Result() >= 3000, "each of 200 checks answered: a verdict, or an error")
				}
			}},
		{ID: "rfc6733/6.2/crossing-own-dpr", Last: true, Needs: needs, Level: should,
			Text: "A check that crosses the subject's DPR is answered where it comes before the DPA: a phone waits behind it.",
			Run: func(t *T) {
				c := t.Open()
				t.Stop()
				dpr := ownDPR(t, c)
				asked, out := checksOf(t, c, 50)
				c.Send(append(out, dpa(c, dpr).Bytes()...))
				for _, m := range asked {
					a := c.Await(m)
					t.Expect(a.Checked() || a.Result() >= 3000, "each of 50 checks answered: a verdict, or an error")
				}
			}},
		{ID: "rfc6733/5.4/no-new-peers", Last: true, Needs: needs, Level: should,
			Text: "A subject that is being stopped lets nobody in.",
			Run: func(t *T) {
				c := t.Open()
				t.Stop()
				dpr := ownDPR(t, c)
				if late := t.TryDial(); late != nil {
					late.Host = t.Identity()
					late.Send(late.CER().Bytes())
					a, state := late.NextAnswer(time.Second)
					t.Expect(state != judge.Came || a.Result() != judge.Success, "no connection, or none that a CER opens")
				}
				c.Send(dpa(c, dpr).Bytes())
			}},
		{ID: "rfc6733/8.16/restart", Last: true, Needs: needs,
			Text: "The Origin-State-Id of a subject that was started again is higher than before.",
			Run: func(t *T) {
				before := stateID(t)
				t.Stop()
				t.Start()
				after := stateID(t)
				t.Expect(after > before || before == 0 && after == 0, "an Origin-State-Id above %d (or 0 both times, from which nobody infers anything)", before)
			}},
	}
}

// ownDPR waits for the subject's DPR.
func ownDPR(t *T, c *Conn) Answer {
	for until := time.Now().Add(t.Timeout); ; {
		m, state := c.Next(time.Until(until))
		t.Expect(state == judge.Came, "a DPR on a connection that is open, since the subject is stopped")
		switch {
		case m.Flags&octets.Request == 0:
		case m.Command == octets.DisconnectPeer:
			return m
		case m.Command == octets.DeviceWatchdog:
			c.Send(c.DWA(m).Bytes())
		}
	}
}

// dpa is the answer to a DPR of the subject (RFC 6733 5.4.2), which holds what a
// DWA holds.
func dpa(c *Conn, dpr Answer) octets.Message { return c.DWA(dpr) }

// checksOf makes checks, and the octets of them all.
func checksOf(t *T, c *Conn, n int) (all []octets.Message, out []byte) {
	for range n {
		m := c.ECR(t.AnyPhone())
		all, out = append(all, m), m.Append(out)
	}
	return all, out
}

// stateID is the Origin-State-Id of the subject's CEA; without one the case is
// not run.
func stateID(t *T) uint32 {
	c := t.Dial()
	c.Host = t.Identity()
	cea := c.Ask(c.CER())
	t.Expect(cea.Result() == judge.Success, "a CEA with 2001")
	avp, ok := cea.Find(octets.OriginStateID, 0)
	if !ok {
		t.NotRun("the CEA has no Origin-State-Id: it is optional")
	}
	v, number := avp.Uint32()
	t.Expect(number, "an Origin-State-Id of four octets")
	c.Ask(c.DPR(0)) // in peace, so that the next one is no peer that was lost
	return v
}
