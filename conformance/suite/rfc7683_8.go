package suite

import (
	"time"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// floodFor bounds a flood, which ends as soon as a case has seen enough.
const floodFor = 3 * time.Second

// RFC 7683 8, and what other documents say of the same answers: a subject that
// gets more checks than it answers. To refuse is to answer.
//
// RFC 7683 8 has 3004 where the request "may succeed on a different path", and
// 5012 where it would not or would come back here, as it does where
// Destination-Host names the subject. RFC 6733 7.1.3 has 3004 only "when a
// specific server is requested". So a subject that knows of no other path, and
// one that goes by RFC 6733, may answer either with either; a case takes both.
func rfc7683x8() []Case {
	needs := []judge.Need{judge.NeedRate}
	plain := func(t *T, c *Conn) func(int) octets.Message {
		return func(int) octets.Message { return c.ECR(t.AnyPhone()) }
	}
	named := func(t *T, c *Conn) func(int) octets.Message {
		return func(int) octets.Message {
			return c.ECR(t.AnyPhone()).With(octets.Text(octets.DestinationHost, t.Subject.Host))
		}
	}
	return []Case{
		{ID: "rfc6733/6.2/over-the-rate", Alone: true, Needs: needs,
			Text: "What exceeds the subject's rate is answered, each request of it: with a verdict, or with an error that says nothing of the equipment.",
			Run: func(t *T) {
				c := t.Open()
				refuses(t, c, 400, plain(t, c), func(octets.Message, Answer) {})
			}},
		{ID: "rfc6733/6.2/refusal-over-the-rate", Alone: true, Needs: needs,
			Text: "A refusal for load has what each answer has: identifiers, P bit, Session-Id, Proxy-Info, the subject's names, one Result-Code.",
			Run: func(t *T) {
				c := t.Open()
				ask := func(int) octets.Message { return c.ECR(t.AnyPhone()).With(proxies(3)...) }
				refuses(t, c, 100, ask, func(m octets.Message, a Answer) {
					id, _ := m.Find(octets.SessionID, 0)
					t.Expect(a.EndToEnd == m.EndToEnd && a.Command == m.Command && a.App == m.App && a.Flags&^octets.ErrorBit == octets.Proxiable,
						"the command, the application and the End-to-End Identifier of the request, and of its flags the P bit")
					t.Expect(a.Text(octets.SessionID) == string(id.Data), "Session-Id %q", id.Data)
					t.Expect(t.Named(a), "the subject's names")
					t.Expect(len(a.All(octets.ResultCode, 0)) == 1, "one Result-Code")
					expectProxies(t, "a check that is refused", m, a)
				})
			}},
		{ID: "rfc7683/8/over-the-rate", Alone: true, Needs: needs, Level: should,
			Text: "What is refused for load gets 3004 with the E bit, or 5012.",
			Run: func(t *T) {
				c := t.Open()
				refuses(t, c, 100, plain(t, c), func(_ octets.Message, a Answer) { t.Refused(a, 3004, 5012) })
			}},
		{ID: "rfc7683/8/destination-host", Alone: true, Needs: needs, Level: should,
			Text: "What is refused for load and names the subject in Destination-Host gets 5012, or 3004 with the E bit.",
			Run: func(t *T) {
				c := t.Open()
				refuses(t, c, 100, named(t, c), func(_ octets.Message, a Answer) { t.Refused(a, 5012, 3004) })
			}},
		{ID: "rfc6733/5.5/over-the-rate", Alone: true, Needs: needs,
			Text: "A DWR among checks that are refused for load is answered with 2001: the peer is well, and so is the connection.",
			Run: func(t *T) {
				c := t.Open()
				n := 0
				refuses(t, c, 100, plain(t, c), func(octets.Message, Answer) {
					if n++; n%10 == 1 {
						t.Expect(c.Ask(c.DWR()).Result() == judge.Success, "a DWA with 2001")
					}
				})
			}},
		{ID: "rfc7683/8/other-peers", Alone: true, Needs: []judge.Need{judge.NeedPeerRate},
			Text: "Where the rate is a peer's own, others are served while its checks are refused.",
			Run: func(t *T) {
				serves := t.Bystander()
				c := t.Open()
				n := 0
				refuses(t, c, 100, plain(t, c), func(octets.Message, Answer) {
					if n++; n%20 == 1 {
						serves()
					}
				})
			}},
		{ID: "rfc7683/8/afterwards", Alone: true, Needs: needs,
			Text: "Once the load is gone checks are served again, on the same connection.",
			Run: func(t *T) {
				c := t.Open()
				refuses(t, c, 100, plain(t, c), func(octets.Message, Answer) {})
				for until := time.Now().Add(t.Timeout); ; time.Sleep(50 * time.Millisecond) { // far below any rate
					if c.Ask(c.ECR(t.AnyPhone())).Checked() {
						break
					}
					t.Expect(time.Now().Before(until), "a check answered within %v of the flood's end", t.Timeout)
				}
				for range 10 {
					time.Sleep(50 * time.Millisecond)
					t.Answers(c)
				}
			}},
		{ID: "rfc7944/8/lower-first", Alone: true, Needs: needs, Level: should,
			Text: "Of a load that is refused in part, the lower priority is: of PRIORITY_0, half of the rate, less is refused than of PRIORITY_15.",
			Run: func(t *T) {
				c := t.Open()
				// Of each priority, how many came, and how many were refused.
				var asked, refused [16]int
				ask := func(i int) octets.Message {
					p := uint32(15)
					if i%8 == 0 { // of four times the rate: half of it
						p = 0
					}
					return c.ECR(t.AnyPhone()).With(octets.Number(octets.DRMP, p).Optional())
				}
				tooSlow := t.Flood(c, floodFor, ask, func(m octets.Message, a Answer) bool {
					avp, _ := m.Find(octets.DRMP, 0)
					p, _ := avp.Uint32()
					asked[p]++
					if !a.Checked() {
						refused[p]++
					}
					return asked[0] >= 100 && refused[15] >= 400
				})
				if refused[15] == 0 && tooSlow != "" {
					t.NotRun("%s", tooSlow)
				}
				t.Expect(refused[15] > 0, "some of %d checks refused, at four times the subject's rate", asked[0]+asked[15])
				high, low := float64(refused[0])/float64(asked[0]), float64(refused[15])/float64(asked[15])
				t.Expect(high < low/2, "of PRIORITY_0 less refused than of PRIORITY_15: it was %d of %d, and %d of %d", refused[0], asked[0], refused[15], asked[15])
			}},
	}
}

// refuses floods c until count checks were refused, and expects that some are.
// Each of them goes to see with its answer.
func refuses(t *T, c *Conn, count int, ask func(i int) octets.Message, see func(m octets.Message, a Answer)) {
	asked, refused := 0, 0
	tooSlow := t.Flood(c, floodFor, ask, func(m octets.Message, a Answer) bool {
		asked++
		if a.Checked() {
			return false
		}
		t.Expect(a.Result() >= 3000 && len(a.All(octets.ExperimentalResult, 0)) == 0 && a.Status() == judge.NoStatus,
			"a verdict, or an error that says nothing of the equipment")
		see(m, a)
		refused++
		return refused >= count
	})
	if refused == 0 && tooSlow != "" {
		t.NotRun("%s", tooSlow)
	}
	t.Expect(refused > 0, "some of %d checks refused, at four times the rate that subject.yaml says", asked)
}
