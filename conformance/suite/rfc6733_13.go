package suite

import (
	"encoding/binary"
	"time"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 13: what an EIR must survive. Whatever a stranger or a peer sends,
// other peers are served, on connections that were open before: what ends the
// process, or stops it for long, is found by that.

// nested returns a Failed-AVP that holds one that holds one, n deep. It is
// written from the outside in, by hand: its size is n headers.
func nested(n int) []byte {
	b := make([]byte, 0, 8*n)
	for i := n; i > 0; i-- {
		b = binary.BigEndian.AppendUint32(b, octets.FailedAVP)
		b = binary.BigEndian.AppendUint32(b, uint32(octets.M)<<24|uint32(8*i)&0xffffff)
	}
	return b
}

// attack is what a sound request is made into: a stranger's CER, a peer's ECR.
type attack struct {
	name, text string
	make       func(octets.Message) []byte
	// endless: nothing is there to be answered.
	endless bool
}

func attacks() []attack {
	with := func(m octets.Message, tail []byte) []byte {
		m.Tail = append(m.Tail, tail...)
		return m.Bytes()
	}
	return []attack{
		{"nested-in-a-small-message", "Failed-AVPs nested 4,000 deep in 32 kB", func(m octets.Message) []byte {
			return with(m, nested(4000))
		}, false},
		{"flat-16m", "a message of 16 MB", func(m octets.Message) []byte {
			return with(m, octets.AVP{Code: 16777000, Data: make([]byte, 1<<24-20-1000)}.Append(nil))
		}, false},
		{"many-avps", "8,000 empty AVPs in one message", func(m octets.Message) []byte {
			for range 8000 {
				m.Tail = append(m.Tail, octets.AVP{Code: 16777000}.Append(nil)...)
			}
			return m.Bytes()
		}, false},
		{"length-underflow", "a message length under that of the header, and more behind it", func(m octets.Message) []byte {
			m.Length = octets.State(4)
			return append(m.Bytes(), make([]byte, 4000)...)
		}, false},
		{"avp-length-underflow", "AVPs shorter than their headers", func(m octets.Message) []byte {
			for n := range 12 {
				m = m.With(octets.Text(octets.UserName, "x").Of(tgpp).Says(n))
			}
			return m.Bytes()
		}, false},
		{"announced-and-never-sent", "a message of 16 MB that is announced and never sent", func(m octets.Message) []byte {
			m.Length = octets.State(1<<24 - 4)
			return m.Bytes()
		}, true},
		{"nested-512k", "Failed-AVPs nested 64,000 deep in 512 kB", func(m octets.Message) []byte {
			return with(m, nested(64000))
		}, false},
		{"nested-8m", "Failed-AVPs nested a million deep in 8 MB", func(m octets.Message) []byte {
			return with(m, nested(1000000))
		}, false},
	}
}

func rfc6733x13() []Case {
	var last []Case // some servers are not the same after these
	for _, a := range attacks() {
		for _, when := range []struct {
			name, text string
			begin      func(*T) (*Conn, octets.Message)
		}{
			{"of-a-stranger", "before the CER", func(t *T) (*Conn, octets.Message) {
				c := t.Dial()
				c.Host = t.Identity()
				return c, c.CER()
			}},
			{"of-a-peer", "of an open peer", func(t *T) (*Conn, octets.Message) {
				c := t.Open()
				return c, c.ECR(t.AnyPhone())
			}},
		} {
			last = append(last, Case{ID: "rfc6733/13/" + a.name + "-" + when.name, Alone: true,
				Text: "The subject survives " + a.text + ", " + when.text + ": it answers or hangs up, and peers that were open before are served as before.",
				Run: func(t *T) {
					serves := t.Bystander()
					c, m := when.begin(t)
					c.Send(a.make(m))
					serves()
					if !a.endless {
						_, state := c.NextAnswer(t.Timeout)
						t.Expect(state != judge.Nothing, "an answer, or the end of the connection")
					}
					serves()
					c.Reset()
					serves()
					t.Answers(t.Open())
				}})
		}
	}
	return append([]Case{
		{ID: "rfc6733/13/truncated-messages",
			Text: "A valid ECR cut at every fourth octet, with a length that fits, gets an error each, and the connection goes on.",
			Run: func(t *T) {
				c := t.Open()
				for cut := octets.HeaderLen; ; cut += 4 {
					m := c.ECR(t.AnyPhone())
					b := m.Bytes()
					if cut >= len(b) {
						break
					}
					b = b[:cut]
					b[1], b[2], b[3] = 0, byte(cut>>8), byte(cut)
					c.Send(b)
					// The last AVP is Terminal-Information: whatever is left is no ECR.
					t.Refused(c.Await(m), 5014, 5005)
				}
				t.Answers(c)
			}},
		{ID: "rfc6733/13/truncated-stream", Needs: []judge.Need{judge.NeedStream}, Alone: true,
			Text: "A connection that ends within a valid ECR, at every octet of it, does no harm: others are served, and the peer is let in again.",
			Run: func(t *T) {
				serves := t.Bystander()
				hosts := []string{t.Identity(), t.Identity(), t.Identity(), t.Identity()}
				for cut := 1; ; cut++ {
					c := t.OpenAgain(hosts[cut%len(hosts)])
					b := c.ECR(t.AnyPhone()).Bytes()
					if cut >= len(b) { // identities differ in length from one check to the next
						break
					}
					c.Send(b[:cut])
					c.Close()
					if cut%16 == 0 {
						serves()
					}
				}
				serves()
			}},
		{ID: "rfc6733/13/truncated-cer", Needs: []judge.Need{judge.NeedStream}, Alone: true,
			Text: "A connection that ends within its CER, at every octet of it, does no harm.",
			Run: func(t *T) {
				serves := t.Bystander()
				host := t.Identity()
				for cut := 0; ; cut++ {
					c := t.Dial()
					c.Host = host
					b := c.CER().Bytes()
					if cut >= len(b) {
						break
					}
					c.Send(b[:cut])
					c.Close()
				}
				serves()
				t.Answers(t.OpenAgain(host))
			}},
		{ID: "rfc6733/13/slow-loris", Needs: []judge.Need{judge.NeedStream}, Alone: true,
			Text: "Peers and strangers that begin a message and never end it keep nobody else from being served.",
			Run: func(t *T) {
				serves := t.Bystander()
				for range 10 {
					c := t.Dial()
					c.Host = t.Identity()
					c.Send(c.CER().Bytes()[:30])
				}
				for range 10 {
					c := t.Open()
					c.Send(c.ECR(t.AnyPhone()).Bytes()[:50])
				}
				serves()
				t.Answers(t.Open())
			}},
		{ID: "rfc6733/13/flood-of-connections", Alone: true,
			Text: "Fifty connections that say nothing keep no peer from being served, and when they are gone a new peer gets in.",
			Run: func(t *T) {
				serves := t.Bystander()
				var idle []*Conn
				for range 50 {
					c := t.TryDial()
					if c == nil {
						break // the subject takes no more of them: it need not
					}
					idle = append(idle, c)
				}
				serves()
				for _, c := range idle {
					c.Close()
				}
				t.Answers(t.OpenAgain(t.Identity()))
			}},
		{ID: "rfc6733/13/reader-that-does-not", Alone: true,
			Text: "A peer that asks and never reads keeps nobody else from being served.",
			Run: func(t *T) {
				serves := t.Bystander()
				c := t.Open()
				var out []byte
				for range 200 {
					out = c.ECR(t.AnyPhone()).Append(out)
				}
				for range 100 {
					if c.WriteWithin(out, 200*time.Millisecond) != nil {
						break // the subject takes no more: it need not
					}
				}
				serves()
				c.Reset()
				serves()
			}},
		{ID: "rfc6733/13/reset-under-way", Alone: true,
			Text: "Connections that are reset with requests under way do no harm.",
			Run: func(t *T) {
				serves := t.Bystander()
				for range 10 {
					c := t.Open()
					var out []byte
					for range 100 {
						out = c.ECR(t.AnyPhone()).Append(out)
					}
					c.Send(out)
					c.Reset()
				}
				serves()
			}},
		{ID: "rfc6733/13/long-names", Alone: true,
			Text: "A CER whose Origin-Host has 40,000 octets is refused or answered, and does no harm.",
			Run: func(t *T) {
				serves := t.Bystander()
				c := t.Dial()
				c.Host = t.Identity()
				long := make([]byte, 40000)
				for i := range long {
					long[i] = 'a' + byte(i%26)
				}
				c.Send(c.CER().Replace(octets.OriginHost, octets.Text(octets.OriginHost, string(long))).Bytes())
				a, state := c.NextAnswer(t.Timeout)
				t.Expect(state == judge.Closed || state == judge.Came && a.Result() != judge.Success, "no CEA with 2001 to a name that can't be one")
				serves()
			}},
		{ID: "rfc6733/7.1.5/message-over-the-cap", Needs: []judge.Need{judge.NeedMaxMessage},
			Text: "A message longer than the subject takes is refused with 5015, or ends the connection; one that is as long is served.",
			Run: func(t *T) {
				most := t.Subject.Declares.MaxMessage
				filled := func(c *Conn, n int) []byte {
					m := c.ECR(t.AnyPhone())
					rest := n - len(m.Bytes()) - 8
					return m.With(octets.AVP{Code: 16777000, Data: make([]byte, rest)}).Bytes()
				}
				c := t.Open()
				c.Send(filled(c, most&^3))
				a, state := c.NextAnswer(t.Timeout)
				t.Expect(state == judge.Came && a.Checked(), "the check answered that has %d octets", most&^3)
				c.Send(filled(c, most&^3+4))
				a, state = c.NextAnswer(t.Timeout)
				t.Expect(state != judge.Nothing, "5015, or the end of the connection")
				if state == judge.Came {
					t.Refused(a, 5015)
				}
			}},
	}, last...)
}
