package suite

import (
	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 4.1 and 4.4: AVP lengths. "If a message is received with an invalid
// attribute length, the message MUST be rejected"; 7.1.5 says how.
func rfc6733x4x1lengths() []Case {
	var cases []Case
	for _, bad := range []struct {
		name, text   string
		avp          octets.AVP
		code, vendor uint32 // what Failed-AVP holds; 0: whatever
	}{
		{"length-0", "of length 0", octets.Text(octets.UserName, "001010000000009").Says(0), octets.UserName, 0},
		{"length-7", "shorter than its header", octets.Text(octets.UserName, "001010000000009").Says(7), octets.UserName, 0},
		{"length-11-with-vendor", "with a Vendor-Id and shorter than that header", octets.Text(4711, "x").Of(99999).Optional().Says(11), 4711, 0},
		{"length-8-with-vendor", "with a Vendor-Id and the length of a header without", octets.Text(4711, "x").Of(99999).Optional().Says(8), 4711, 0},
		{"length-beyond-message", "that ends behind its message", octets.Text(octets.UserName, "001010000000009").Says(1000), octets.UserName, 0},
		{"length-one-over", "that ends one octet behind its message", octets.Text(octets.UserName, "0123456789abcdef").Says(25), octets.UserName, 0},
		{"length-largest", "of the largest length that can be said", octets.Text(octets.UserName, "001010000000009").Says(0xffffff), octets.UserName, 0},
		{"length-beyond-unknown", "that is unknown, not mandatory, and ends behind its message", octets.Text(16777000, "x").Optional().Says(999), 16777000, 0},
	} {
		cases = append(cases, Case{ID: "rfc6733/4.1/" + bad.name,
			Text: "A request with an AVP " + bad.text + " is rejected with 5014 and a Failed-AVP.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).With(bad.avp))
				t.Refused(a, 5014)
				failedCode(t, a, bad.code)
				t.Expect(a.Sound() == nil, "a Failed-AVP that can be read itself")
				t.Answers(c)
			}})
	}
	inside := func(id, text string, avp octets.AVP) Case {
		return Case{ID: id, Text: text, Run: func(t *T) {
			c := t.Open()
			a := c.Ask(c.ECR(t.AnyPhone()).Replace(octets.TerminalInformation, avp))
			t.Refused(a, 5014)
			t.Expect(len(a.All(octets.FailedAVP, 0)) > 0 && a.Sound() == nil, "a Failed-AVP that can be read itself")
			t.Answers(c)
		}}
	}
	imei := octets.Text(octets.IMEI, "00100104000001").Of(tgpp)
	terminal := func(inner octets.AVP) octets.AVP {
		return octets.Group(octets.TerminalInformation, inner).Of(tgpp)
	}
	number := func(length int) func(*T) {
		return func(t *T) {
			c := t.Open()
			a := c.Ask(c.ECR(t.AnyPhone()).Replace(octets.AuthSessionState,
				octets.AVP{Code: octets.AuthSessionState, Flags: octets.M, Data: make([]byte, length)}))
			t.Refused(a, 5014, 5004)
			t.Blames(a, octets.AuthSessionState, 0)
			t.Answers(c)
		}
	}
	return append(cases,
		Case{ID: "rfc6733/4.1/octets-behind-last-avp",
			Text: "Octets behind the last AVP that are too few for a header are an AVP of wrong length: 5014 and a Failed-AVP.",
			Run: func(t *T) {
				c := t.Open()
				m := c.ECR(t.AnyPhone())
				m.Tail = []byte{0, 0, 0, octets.UserName}
				a := c.Ask(m)
				t.Refused(a, 5014)
				t.Expect(len(a.All(octets.FailedAVP, 0)) > 0 && a.Sound() == nil, "a Failed-AVP that can be read itself")
				t.Answers(c)
			}},
		Case{ID: "rfc6733/4.1/wrong-length-in-the-middle",
			Text: "An AVP whose wrong length makes garbage of what follows is rejected, and the connection goes on.",
			Run: func(t *T) {
				c := t.Open()
				for _, n := range []int{9, 13, 17, 60} {
					m := c.ECR(t.AnyPhone())
					realm, _ := m.Find(octets.OriginRealm, 0)
					a := c.Ask(m.Replace(octets.OriginRealm, realm.Says(n)))
					t.Expect(!a.Checked() && a.Result() >= 3000, "an error")
				}
				t.Answers(c)
			}},
		inside("rfc6733/4.4/inner-length-0", "An AVP of length 0 inside a group is rejected with 5014 and a Failed-AVP.", terminal(imei.Says(0))),
		inside("rfc6733/4.4/inner-length-11", "An AVP shorter than its header inside a group is rejected with 5014 and a Failed-AVP.", terminal(imei.Says(11))),
		inside("rfc6733/4.4/inner-length-beyond-group", "An AVP that ends behind its group is rejected with 5014 and a Failed-AVP.", terminal(imei.Says(60))),
		inside("rfc6733/4.4/group-too-short", "A group whose length cuts an AVP inside it is rejected with 5014 and a Failed-AVP.", terminal(imei).Says(30)),
		inside("rfc6733/4.4/group-beyond-message", "A group that ends behind its message is rejected with 5014 and a Failed-AVP.", terminal(imei).Says(500)),
		inside("rfc6733/4.4/group-shorter-than-header", "A group shorter than its own header is rejected with 5014 and a Failed-AVP.", terminal(imei).Says(4)),
		Case{ID: "rfc6733/4.4/proxy-info-broken",
			Text: "A Proxy-Info that is broken inside is rejected with 5014, or served; the answer can be read in any case.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).With(octets.Group(octets.ProxyInfo, octets.Text(octets.ProxyHost, "agent.example.org").Says(90))))
				t.Expect(a.Checked() || a.Result() == 5014, "the check answered, or 5014")
				t.Answers(c)
			}},
		Case{ID: "rfc6733/4.2/number-of-3-octets", Text: "An Enumerated of three octets has a wrong length: 5014 (or 5004) and a Failed-AVP.", Run: number(3)},
		Case{ID: "rfc6733/4.2/number-of-5-octets", Text: "An Enumerated of five octets has a wrong length: 5014 (or 5004) and a Failed-AVP.", Run: number(5)},
		Case{ID: "rfc6733/4.2/number-of-0-octets", Text: "An Enumerated of no octets has a wrong length: 5014 (or 5004) and a Failed-AVP.", Run: number(0)},
		Case{ID: "rfc6733/4.4/unknown-with-m-inside",
			Text: "An AVP that is not understood and has the M bit, inside a group that is understood, gets 5001 and a Failed-AVP with it.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).Replace(octets.TerminalInformation,
					octets.Group(octets.TerminalInformation, imei, octets.Text(16777000, "?")).Of(tgpp)))
				t.Refused(a, 5001)
				t.Blames(a, 16777000, 0)
			}},
		Case{ID: "rfc6733/4.4/unknown-inside",
			Text: "An AVP that is not understood and has no M bit, inside a group, is ignored.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).Replace(octets.TerminalInformation,
					octets.Group(octets.TerminalInformation, octets.Text(16777000, "?").Optional(), imei).Of(tgpp)))
				t.Expect(a.Checked(), "the check answered")
			}},
		Case{ID: "rfc6733/4.4/unknown-group",
			Text: "An unknown group without the M bit is ignored, though an AVP inside it has the M bit.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).With(octets.Group(16777000, octets.Text(16777001, "?")).Optional()))
				t.Expect(a.Checked(), "the check answered")
			}},
	)
}

// failedCode expects a Failed-AVP that holds a code, whatever the vendor.
func failedCode(t *T, a Answer, code uint32) {
	for _, f := range a.All(octets.FailedAVP, 0) {
		inner, err := f.Inner()
		t.Expect(err == nil, "a Failed-AVP that can be read itself: %v", err)
		for _, i := range inner {
			if i.Code == code {
				return
			}
		}
	}
	t.Expect(false, "a Failed-AVP with the header of %s", octets.AVPName(code, 0))
}

// RFC 6733 4.3.1: DiameterIdentity is compared as the DNS compares names.
func rfc6733x4x3() []Case {
	upper := func(s string) string {
		b := []byte(s)
		for i, c := range b {
			if 'a' <= c && c <= 'z' {
				b[i] = c - 'a' + 'A'
			}
		}
		return string(b)
	}
	return []Case{
		{ID: "rfc6733/4.3.1/realm-case",
			Text: "A Destination-Realm is compared without regard to case.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).Replace(octets.DestinationRealm, octets.Text(octets.DestinationRealm, upper(t.Subject.Realm))))
				t.Expect(a.Checked(), "the check answered")
			}},
		{ID: "rfc6733/4.3.1/host-case",
			Text: "A Destination-Host is compared without regard to case.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).With(octets.Text(octets.DestinationHost, upper(t.Subject.Host))))
				t.Expect(a.Checked(), "the check answered")
			}},
		{ID: "rfc6733/5.6.4/peer-case",
			Text: "A peer is the same peer whatever the case of its Origin-Host: a second connection is not opened.",
			Run: func(t *T) {
				c := t.Open()
				second := t.Dial()
				second.Host = upper(c.Host)
				second.Send(second.CER().Bytes())
				a, state := second.NextAnswer(t.Timeout)
				t.Expect(state == judge.Closed || state == judge.Came && a.Result() != judge.Success, "no second connection of the same peer")
				t.Answers(c)
			}},
	}
}
