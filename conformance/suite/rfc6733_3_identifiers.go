package suite

import (
	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 3: Hop-by-Hop and End-to-End Identifiers, duplicates.
func rfc6733x3identifiers() []Case {
	return []Case{
		{ID: "rfc6733/3/hop-by-hop-values",
			Text: "Any Hop-by-Hop Identifier comes back as it is: also 0 and the largest.",
			Run: func(t *T) {
				c := t.Open()
				for _, id := range []uint32{0, 1, 0x7fffffff, 0x80000000, 0xffffffff} {
					m := c.ECR(t.AnyPhone())
					m.HopByHop = id
					c.Send(m.Bytes())
					a, state := c.NextAnswer(t.Timeout)
					t.Expect(state == judge.Came && a.HopByHop == id, "an answer with Hop-by-Hop Identifier %#x", id)
				}
			}},
		{ID: "rfc6733/3/end-to-end-values",
			Text: "Any End-to-End Identifier comes back as it is: also 0 and the largest.",
			Run: func(t *T) {
				c := t.Open()
				for _, id := range []uint32{0, 1, 0x7fffffff, 0x80000000, 0xffffffff} {
					m := c.ECR(t.AnyPhone())
					m.EndToEnd = id
					t.Expect(c.Ask(m).EndToEnd == id, "an answer with End-to-End Identifier %#x", id)
				}
			}},
		{ID: "rfc6733/3/duplicate",
			Text: "A duplicate (same Origin-Host and End-to-End Identifier, T bit) gets the same answer.", Level: should,
			Run: func(t *T) {
				c := t.Open()
				m := c.ECR(t.AnyPhone())
				first := c.Ask(m)
				again := m.Flag(octets.Retransmitted, 0)
				again.HopByHop = c.ECR("").HopByHop
				second := c.Ask(again)
				t.Expect(second.EndToEnd == m.EndToEnd && second.Result() == first.Result() && second.Status() == first.Status() && second.Unknown() == first.Unknown(),
					"the same result again, with the same End-to-End Identifier")
			}},
		{ID: "rfc6733/3/unknown-answer",
			Text: "An answer with a Hop-by-Hop Identifier that nobody sent is discarded, and never answered.",
			Run: func(t *T) {
				c := t.Open()
				for _, m := range []octets.Message{c.ECR(t.AnyPhone()), c.DWR(), c.Request(8388607, octets.AppS13)} {
					m.Flags &^= octets.Request
					c.Send(m.With(octets.Number(octets.ResultCode, 2001)).Bytes())
					c.Silence("an answer")
				}
				t.Answers(c)
			}},
		{ID: "rfc6733/7.2/faulty-answer",
			Text: "An answer is never answered with an error, however faulty: unknown command, E bit, broken AVPs.",
			Run: func(t *T) {
				c := t.Open()
				for _, m := range []octets.Message{
					c.Request(8388607, 4711),
					c.ECR(t.AnyPhone()).Flag(octets.ErrorBit, 0),
					c.ECR(t.AnyPhone()).With(octets.Text(16777000, "?")),
				} {
					c.Send(m.Flag(0, octets.Request).Bytes())
					c.Silence("a faulty answer")
				}
				// RFC 6733 2.1: what can't be parsed, and has no error to be told by, may
				// end the connection.
				c.Send(c.ECR(t.AnyPhone()).With(octets.Text(octets.UserName, "x").Says(7)).Flag(0, octets.Request).Bytes())
				m := c.DWR()
				c.Send(m.Bytes())
				a, state := c.NextAnswer(t.Timeout)
				t.Expect(state == judge.Closed || state == judge.Came && a.HopByHop == m.HopByHop, "no answer to a broken answer, and then one to a DWR or the end")
			}},
	}
}
