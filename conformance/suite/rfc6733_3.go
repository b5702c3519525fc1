package suite

import (
	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 3: the header.
func rfc6733x3() []Case {
	bare := func(c *Conn, version uint8) []byte {
		m := c.ECR("00100104000001")
		m.Version = version - 1
		return m.Bytes()
	}
	// The length is wrong by what is added to the truth, or is n. More octets than
	// it says are there: nobody may wait for them.
	wrong := func(c *Conn, n int) []byte {
		m := c.ECR("00100104000001")
		if n < 0 {
			n += len(m.Bytes())
		}
		m.Length = octets.State(n)
		return m.Bytes()
	}
	length := func(n int) func(*T) {
		return func(t *T) {
			serves := t.Bystander()
			c := t.Open()
			c.Send(wrong(c, n))
			a, state := c.NextAnswer(t.Timeout)
			t.Expect(state != judge.Nothing, "5015, or the end of the connection")
			if state == judge.Came {
				t.Refused(a, 5015)
			}
			serves()
		}
	}
	return []Case{
		{ID: "rfc6733/3/version-of-answers",
			Text: "Every message has version 1, whatever the request was refused for.",
			Run: func(t *T) {
				c := t.Open()
				for _, s := range append(checks(t), faults(t)...) {
					a := c.Ask(s.make(c)) // a message of another version is no message
					t.Expect(a.Raw[0] == 1, "version 1 in the answer to %s", s.name)
				}
			}},
		{ID: "rfc6733/3/version-2",
			Text: "A request of another version is refused with 5011 (or the connection ends), never served.",
			Run: func(t *T) {
				for _, version := range []uint8{0, 2, 255} {
					c := t.Open()
					c.Send(bare(c, version))
					a, state := c.NextAnswer(t.Timeout)
					t.Expect(state != judge.Nothing, "5011, or the end of the connection, after version %d", version)
					if state == judge.Came {
						t.Refused(a, 5011)
					}
				}
			}},
		{ID: "rfc6733/3/version-2-answer", Level: should,
			Text: "A request of another version from an open peer is told so: 5011.",
			Run: func(t *T) {
				c := t.Open()
				c.Send(bare(c, 2))
				a, state := c.NextAnswer(t.Timeout)
				t.Expect(state == judge.Came, "an answer with 5011")
				t.Refused(a, 5011)
			}},
		{ID: "rfc6733/3/length-not-multiple-of-4", Alone: true,
			Text: "A length that is no multiple of 4 is refused with 5015, or ends the connection.",
			Run:  length(-2)},
		{ID: "rfc6733/3/length-0", Alone: true,
			Text: "A length of 0 is refused with 5015, or ends the connection.",
			Run:  length(0)},
		{ID: "rfc6733/3/length-under-header", Alone: true,
			Text: "A length under that of the header is refused with 5015, or ends the connection.",
			Run:  length(16)},
		{ID: "rfc6733/3/length-answer", Alone: true, Level: should,
			Text: "An open peer is told that its message length can't be: 5015.",
			Run: func(t *T) {
				for _, n := range []int{0, 3, 16, 19, -2} {
					c := t.Open()
					c.Send(wrong(c, n))
					a, state := c.NextAnswer(t.Timeout)
					t.Expect(state == judge.Came, "an answer with 5015 to length %d", n)
					t.Refused(a, 5015)
				}
			}},
		{ID: "rfc6733/2.1/compromised-stream", Alone: true, Level: should, Needs: []judge.Need{judge.NeedStream},
			Text: "Where the length of a message can't be, the next one can't be found: the connection ends.",
			Run: func(t *T) {
				serves := t.Bystander() // who crashes ends all of them
				for _, n := range []int{0, 16, -2} {
					c := t.Open()
					c.Send(wrong(c, n))
					_, closed := c.UntilClosed()
					t.Expect(closed, "the end of the connection after length %d", n)
					serves()
				}
			}},
		{ID: "rfc6733/3/e-bit-in-request",
			Text: "The E bit must not be set in a request: it is refused with 3008, or with 5013.",
			Run: func(t *T) {
				c := t.Open()
				t.Refused(c.Ask(c.ECR(t.AnyPhone()).Flag(octets.ErrorBit, 0)), 3008, 5013)
				t.Answers(c)
			}},
		{ID: "rfc6733/3/reserved-bits-in-request",
			Text: "Reserved bits of a request are ignored, as clause 3 says, or refused with 5013, as 7.1.5 does: each of the four.",
			Run: func(t *T) {
				c := t.Open()
				for bit := uint8(1); bit <= 8; bit <<= 1 {
					a := c.Ask(c.ECR(t.AnyPhone()).Flag(bit, 0))
					t.Expect(a.Checked() || a.Result() == 5013, "the check answered, or 5013, with the reserved bit %#x", bit)
				}
			}},
		{ID: "rfc6733/3/reserved-bits-of-answers",
			Text: "Reserved bits are zero in every answer, also where the request had them.",
			Run: func(t *T) {
				c := t.Open()
				for _, s := range append(checks(t), faults(t)...) {
					a := c.Ask(s.make(c).Flag(octets.Reserved, 0))
					t.Expect(a.Flags&octets.Reserved == 0, "reserved bits of zero in the answer to %s", s.name)
				}
			}},
		{ID: "rfc6733/3/r-bit-of-answers",
			Text: "Answers have the R bit clear and the command and application of their request.",
			Run: func(t *T) {
				c := t.Open()
				for _, s := range append(checks(t), faults(t)...) {
					m := s.make(c)
					a := c.Ask(m)
					t.Expect(a.Command == m.Command && a.App == m.App && a.Flags&octets.Request == 0,
						"command %d of application %d in the answer to %s", m.Command, m.App, s.name)
				}
			}},
		{ID: "rfc6733/3/t-bit",
			Text: "A request with the T bit is answered, and the T bit is clear in the answer.",
			Run: func(t *T) {
				c := t.Open()
				for _, s := range append(checks(t), faults(t)...) {
					a := c.Ask(s.make(c).Flag(octets.Retransmitted, 0))
					t.Expect(a.Flags&octets.Retransmitted == 0, "the T bit clear in the answer to %s", s.name)
					t.Expect(s.code != 0 || a.Checked(), "the check answered in spite of the T bit")
				}
			}},
	}
}
