package suite

import (
	"bytes"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/dict"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 4: AVPs.
func rfc6733x4() []Case {
	served := func(edits ...func(t *T, m octets.Message) octets.Message) func(*T) {
		return func(t *T) {
			c := t.Open()
			for _, edit := range edits {
				a := c.Ask(edit(t, c.ECR(t.AnyPhone())))
				t.Expect(a.Checked(), "the check answered")
			}
		}
	}
	blamed := func(codes []uint32, code, vendor uint32, avp octets.AVP) func(*T) {
		return func(t *T) {
			c := t.Open()
			a := c.Ask(c.ECR(t.AnyPhone()).With(avp))
			t.Refused(a, codes...)
			got := t.Blames(a, code, vendor)
			t.Expect(bytes.Equal(got.Data, avp.Data), "the whole AVP in Failed-AVP, with the value %x", avp.Data)
			t.Answers(c)
		}
	}
	return []Case{
		{ID: "rfc6733/4/readable",
			Text: "Every message of the subject is read by an independent decoder, down to the innermost AVP.",
			Run: func(t *T) {
				c := t.Open()
				requests := append(checks(t), faults(t)...)
				requests = append(requests, stimulus{"a DWR", func(c *Conn) octets.Message { return c.DWR() }, 0},
					stimulus{"a DPR", func(c *Conn) octets.Message { return c.DPR(0) }, 0})
				for _, s := range requests {
					a := c.Ask(s.make(c))
					err := a.Sound()
					t.Expect(err == nil, "AVPs of possible lengths in the answer to %s: %v", s.name, err)
					if s.code == 3001 || s.code == 3007 || s.code == 5001 {
						continue // that decoder refuses what it does not know
					}
					_, err = diam.ReadMessage(bytes.NewReader(a.Raw), dict.Default)
					t.Expect(err == nil, "an answer to %s that go-diameter can read: %v", s.name, err)
				}
			}},
		{ID: "rfc6733/4.1/unknown-avp",
			Text: "An AVP that is not understood and has no M bit is ignored.",
			Run: served(func(_ *T, m octets.Message) octets.Message {
				return m.With(octets.Text(16777000, "anything").Optional())
			})},
		{ID: "rfc6733/4.1/unknown-vendor-avp",
			Text: "An AVP of an unknown vendor without the M bit is ignored, also where its code is one of the base protocol.",
			Run: served(func(_ *T, m octets.Message) octets.Message {
				return m.With(octets.Text(4711, "x").Of(99999).Optional())
			}, func(_ *T, m octets.Message) octets.Message {
				return m.With(octets.Text(octets.OriginHost, "x").Of(99999).Optional())
			}, func(_ *T, m octets.Message) octets.Message {
				return m.With(octets.Text(octets.IMEI, "00100101000001").Of(99999).Optional())
			})},
		{ID: "rfc6733/4.1/unknown-avp-first",
			Text: "An unknown AVP without the M bit may stand anywhere behind the Session-Id.",
			Run: served(func(_ *T, m octets.Message) octets.Message {
				id, _ := m.Find(octets.SessionID, 0)
				return m.Replace(octets.SessionID, id, octets.Text(16777000, "xy").Optional())
			})},
		{ID: "rfc6733/4.1/unknown-avp-with-m",
			Text: "An AVP that is not understood and has the M bit gets 5001 and a Failed-AVP with it.",
			Run:  blamed([]uint32{5001}, 16777000, 0, octets.Text(16777000, "mandatory?"))},
		{ID: "rfc6733/4.1/unknown-vendor-avp-with-m",
			Text: "An AVP of an unknown vendor with the M bit gets 5001 and a Failed-AVP with it, Vendor-Id included.",
			Run:  blamed([]uint32{5001}, 4711, 99999, octets.Text(4711, "mandatory?").Of(99999))},
		{ID: "rfc6733/4.1/code-of-another-vendor",
			Text: "Code and Vendor-Id together are the AVP: code 1402 of another vendor is no IMEI, and unknown.",
			Run:  blamed([]uint32{5001}, octets.IMEI, 99999, octets.Text(octets.IMEI, "00100101000001").Of(99999))},
		{ID: "rfc6733/4.1/reserved-bits",
			Text: "Reserved bits of an AVP, and the P bit, are ignored or considered an error (3009, 5016): clause 4.1 recommends both.",
			Run: func(t *T) {
				c := t.Open()
				for bit := uint8(1); bit <= 0x20; bit <<= 1 {
					m := c.ECR(t.AnyPhone())
					imsi := octets.Text(octets.UserName, "001010000000009")
					imsi.Flags |= bit
					if a := c.Ask(m.With(imsi)); !a.Checked() {
						t.Refused(a, 3009, 5016)
					}
				}
			}},
		{ID: "rfc6733/4.1/padding-of-any-value",
			Text: "Padding is no part of an AVP: its octets may have any value.",
			Run: served(func(_ *T, m octets.Message) octets.Message {
				for i := range m.AVPs {
					m.AVPs[i].Filler = 0xff
					for j := range m.AVPs[i].Group {
						m.AVPs[i].Group[j].Filler = 0xff
					}
				}
				return m
			})},
		{ID: "rfc6733/4.1/empty-avp",
			Text: "An AVP without a value is possible: an empty User-Name does no harm to the stream.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).With(octets.Text(octets.UserName, "").Optional()))
				t.Expect(a.Checked() || a.Result() == 5004 || a.Result() == 5014, "the check answered, or 5004, or 5014")
				t.Answers(c)
			}},
		{ID: "rfc6733/4.1/p-bit-of-answers", Level: should,
			Text: "The P bit of the subject's own AVPs is 0: nothing uses it.",
			Run: func(t *T) {
				c := t.Open()
				for _, m := range []octets.Message{c.ECR(t.AnyPhone()), c.DWR()} {
					for _, avp := range c.Ask(m).AVPs {
						t.Expect(avp.Flags&octets.P == 0, "%s without the P bit", octets.AVPName(avp.Code, avp.Vendor))
					}
				}
			}},
		{ID: "rfc6733/4.1/large-avp", Needs: []judge.Need{func(s *judge.Setup) string {
			if most := s.Subject.Declares.MaxMessage; most > 0 && most < 24000 {
				return "the subject takes no message as long as that (declares.max_message)"
			}
			return ""
		}},
			Text: "An unknown AVP of some kilobytes without the M bit is ignored.",
			Run: served(func(_ *T, m octets.Message) octets.Message {
				return m.With(octets.AVP{Code: 16777000, Data: bytes.Repeat([]byte("x"), 20001)})
			})},
		{ID: "rfc6733/4.1/many-avps",
			Text: "A hundred unknown AVPs without the M bit are ignored.",
			Run: served(func(_ *T, m octets.Message) octets.Message {
				for i := range uint32(100) {
					m = m.With(octets.Number(16777000+i, i).Optional())
				}
				return m
			})},
	}
}
