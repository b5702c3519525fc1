package suite

import (
	"slices"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 2.1: messages in a stream of octets, and many of them.
func rfc6733x2x1() []Case {
	stream := []judge.Need{judge.NeedStream}
	together := func(n int) func(*T) {
		return func(t *T) {
			c := t.Open()
			var all []octets.Message
			var out []byte
			for range n {
				m := c.ECR(t.AnyPhone())
				all, out = append(all, m), m.Append(out)
			}
			c.Send(out)
			for _, m := range all {
				t.Expect(c.Await(m).Checked(), "the check answered")
			}
			c.Silence("what was answered already: each request once")
		}
	}
	return []Case{
		{ID: "rfc6733/2.1/two-in-one-segment", Needs: stream, Text: "Two requests in one segment are two requests.", Run: together(2)},
		{ID: "rfc6733/2.1/hundred-in-one-segment", Needs: stream, Text: "A hundred requests at once are each answered once.", Run: together(100)},
		{ID: "rfc6733/2.1/octet-by-octet", Needs: stream,
			Text: "A request that comes octet by octet is served.",
			Run: func(t *T) {
				c := t.Open()
				m := c.ECR(t.AnyPhone())
				c.SendPieces(slices.Collect(slices.Chunk(m.Bytes(), 1))...)
				t.Expect(c.Await(m).Checked(), "the check answered")
			}},
		{ID: "rfc6733/2.1/cut-anywhere", Needs: stream,
			Text: "A request that comes in two segments is served, wherever the cut is.",
			Run: func(t *T) {
				c := t.Open()
				for cut := 1; cut < len(c.ECR(t.AnyPhone()).Bytes()); cut++ {
					m := c.ECR(t.AnyPhone())
					b := m.Bytes()
					c.SendPieces(b[:cut], b[cut:])
					t.Expect(c.Await(m).Checked(), "the check answered that was cut at octet %d", cut)
				}
			}},
		{ID: "rfc6733/2.1/one-and-a-half", Needs: stream,
			Text: "A request is answered though only half of the next one has come.",
			Run: func(t *T) {
				c := t.Open()
				c.Deaf = true // no DWA of ours in the middle of a request
				first, second := c.ECR(t.AnyPhone()), c.ECR(t.AnyPhone())
				b := second.Bytes()
				c.Send(append(first.Bytes(), b[:len(b)/2]...))
				t.Expect(c.Await(first).Checked(), "the first check answered")
				c.Send(b[len(b)/2:])
				t.Expect(c.Await(second).Checked(), "the second check answered")
			}},
		{ID: "rfc6733/5.6/half-closed", Needs: stream, Level: should,
			Text: "A peer that closed its half of the stream is gone: its connection ends, and what it asked before may still be answered.",
			Run: func(t *T) {
				c := t.Open()
				c.Send(c.ECR(t.AnyPhone()).Bytes())
				if !c.CloseWrite() {
					t.NotRun("the transport can't close one half")
				}
				_, closed := c.UntilClosed()
				t.Expect(closed, "the end of the connection")
			}},
		{ID: "rfc6733/6.2/pipeline",
			Text: "Of two hundred requests under way each is answered once, with its own identifiers and Session-Id.",
			Run: func(t *T) {
				c := t.Open()
				var all []octets.Message
				for range 200 {
					m := c.ECR(t.AnyPhone())
					all = append(all, m)
					c.Send(m.Bytes())
				}
				for _, m := range all {
					a := c.Await(m)
					id, _ := m.Find(octets.SessionID, 0)
					t.Expect(a.Checked() && a.HopByHop == m.HopByHop && a.EndToEnd == m.EndToEnd && a.Text(octets.SessionID) == string(id.Data),
						"the check answered, with identifiers %#x and %#x and Session-Id %q", m.HopByHop, m.EndToEnd, id.Data)
				}
				c.Silence("what was answered already: each request once")
			}},
		{ID: "rfc6733/6.2/pipeline-of-faults",
			Text: "Faulty requests among others in one pipeline get their own errors, and no other request does.",
			Run: func(t *T) {
				c := t.Open()
				bad := faults(t)
				var all []octets.Message
				var want []uint32
				for i := range 60 {
					m, code := c.ECR(t.AnyPhone()), uint32(0)
					if i%3 == 1 {
						s := bad[i/3%len(bad)]
						m, code = s.make(c), s.code
					}
					all, want = append(all, m), append(want, code)
					c.Send(m.Bytes())
				}
				for i, m := range all {
					a := c.Await(m)
					t.Expect(want[i] == 0 && a.Checked() || want[i] != 0 && a.Result() == want[i], "the answer to request %d of the pipeline: %d (0 is a check)", i, want[i])
				}
			}},
		{ID: "rfc6733/2.1/many-peers",
			Text: "Twelve peers at a time are each served on their own connection.",
			Run: func(t *T) {
				var open []*Conn
				for range 12 {
					open = append(open, t.Open())
				}
				for range 3 {
					var asked []octets.Message
					for _, c := range open {
						m := c.ECR(t.AnyPhone())
						asked = append(asked, m)
						c.Send(m.Bytes())
					}
					for i, c := range open {
						t.Expect(c.Await(asked[i]).Checked(), "the check of peer %d answered", i+1)
					}
				}
			}},
	}
}
