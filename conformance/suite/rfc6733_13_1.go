package suite

import (
	"paperweight/conformance/judge"
)

// RFC 6733 13.1 and 13.2: TLS.
func rfc6733x13x1() []Case {
	needs := []judge.Need{judge.NeedTLS}
	return []Case{
		{ID: "rfc6733/13.1/served", Needs: needs,
			Text: "Checks are answered over TLS of version 1.2 or later.",
			Run: func(t *T) {
				c := t.Open()
				t.Answers(c)
				t.Expect(c.TLSVersion() >= 0x0303, "TLS 1.2 or later")
			}},
		{ID: "rfc6733/13.1/plain-text", Needs: needs,
			Text: "Plain text on the port of TLS is not answered.",
			Run: func(t *T) {
				c := t.DialPlain()
				c.Host = t.Identity()
				c.Send(c.CER().Bytes())
				b := c.Raw()
				t.Expect(len(b) == 0 || b[0] != 1, "no CEA")
			}},
		{ID: "rfc6733/13.1/stalled-handshake", Needs: needs,
			Text: "Handshakes that are never finished keep nobody else from being served.",
			Run: func(t *T) {
				serves := t.Bystander()
				for range 20 {
					t.DialPlain()
				}
				serves()
				t.Answers(t.Open())
			}},
		{ID: "rfc6733/13.2/name-of-the-certificate", Needs: needs, Level: should,
			Text: "A peer that claims an Origin-Host which its certificate does not name is not let in.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = "intruder.example.net"
				c.Send(c.CER().Bytes())
				a, state := c.NextAnswer(t.Timeout)
				t.Expect(state != judge.Came || a.Result() != judge.Success, "no CEA with 2001")
			}},
		{ID: "rfc6733/13.1/certificate-required", Needs: needs,
			Text: "A peer without a certificate is not let in: authentication is mutual.",
			Run: func(t *T) {
				c := t.DialWithoutCertificate()
				if c == nil {
					return // the handshake failed, as it should
				}
				c.Host = t.Identity()
				c.Send(c.CER().Bytes())
				b := c.Raw()
				t.Expect(len(b) == 0 || b[0] != 1, "no CEA")
			}},
	}
}
