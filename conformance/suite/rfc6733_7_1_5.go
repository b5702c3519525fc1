package suite

import (
	"bytes"

	"paperweight/conformance/octets"
)

// RFC 6733 7.1.5: permanent failures of the AVPs of an ECR.
func rfc6733x7x1x5() []Case {
	var cases []Case
	required := []struct {
		name         string
		code, vendor uint32
	}{
		{"session-id", octets.SessionID, 0}, {"auth-session-state", octets.AuthSessionState, 0},
		{"origin-host", octets.OriginHost, 0}, {"origin-realm", octets.OriginRealm, 0},
		{"destination-realm", octets.DestinationRealm, 0}, {"terminal-information", octets.TerminalInformation, tgpp},
	}
	for _, a := range required {
		cases = append(cases, Case{ID: "rfc6733/7.1.5/without-" + a.name,
			Text: "An ECR without " + octets.AVPName(a.code, a.vendor) + " gets 5005, and a Failed-AVP that comes with it has an example of it.",
			Run: func(t *T) {
				c := t.Open()
				t.Misses(c.Ask(c.ECR(t.AnyPhone()).Without(a.code)), a.code, a.vendor)
				t.Answers(c)
			}})
	}
	cases = append(cases, Case{ID: "rfc6733/7.1.5/example-of-what-is-missing", Level: should,
		Text: "With 5005 comes a Failed-AVP with an example of the AVP that is missing, and its value is zeros.",
		Run: func(t *T) {
			c := t.Open()
			for _, a := range required {
				example := t.Blames(c.Ask(c.ECR(t.AnyPhone()).Without(a.code)), a.code, a.vendor)
				t.Expect(bytes.Count(example.Data, []byte{0}) == len(example.Data), "an example of %s whose value is zeros", octets.AVPName(a.code, a.vendor))
			}
		}})
	second := []struct {
		name, text   string
		code, vendor uint32
		avp          octets.AVP
	}{
		{"terminal-information", "two of Terminal-Information", octets.TerminalInformation, tgpp, octets.Phone("00100104000050", "02")},
		{"session-id", "two of Session-Id", octets.SessionID, 0, octets.Text(octets.SessionID, "second;1;2")},
		{"origin-host", "two of Origin-Host", octets.OriginHost, 0, octets.Text(octets.OriginHost, "second.example.org")},
		{"origin-realm", "two of Origin-Realm", octets.OriginRealm, 0, octets.Text(octets.OriginRealm, "second.example.org")},
		{"auth-session-state", "two of Auth-Session-State", octets.AuthSessionState, 0, octets.Number(octets.AuthSessionState, 0)},
	}
	for _, a := range second {
		cases = append(cases, Case{ID: "rfc6733/7.1.5/twice-" + a.name,
			Text: "An ECR with " + a.text + " gets 5009 and a Failed-AVP with the second.",
			Run: func(t *T) {
				c := t.Open()
				answer := c.Ask(c.ECR(t.AnyPhone()).With(a.avp))
				t.Refused(answer, 5009)
				got := t.Blames(answer, a.code, a.vendor)
				t.Expect(bytes.Equal(octets.AVP{Code: a.code, Flags: a.avp.Flags, Vendor: a.vendor, Data: got.Data}.Append(nil), a.avp.Append(nil)), "a copy of the second in Failed-AVP")
				t.Answers(c)
			}})
	}
	two := func(code uint32, value string, group ...octets.AVP) func(*T) {
		return func(t *T) {
			c := t.Open()
			m := c.ECR(t.AnyPhone())
			if len(group) > 0 {
				m = m.Replace(octets.TerminalInformation, octets.Group(octets.TerminalInformation, group...).Of(tgpp))
			} else {
				m = m.With(octets.Text(code, "001010000000001"), octets.Text(code, value))
			}
			answer := c.Ask(m)
			t.Refused(answer, 5009)
			vendor := uint32(0)
			if len(group) > 0 {
				vendor = tgpp
			}
			t.Expect(string(t.Blames(answer, code, vendor).Data) == value, "the second, %q, in Failed-AVP", value)
		}
	}
	imei := func(s string) octets.AVP { return octets.Text(octets.IMEI, s).Of(tgpp) }
	svn := func(s string) octets.AVP { return octets.Text(octets.SoftwareVersion, s).Of(tgpp) }
	return append(cases,
		Case{ID: "rfc6733/7.1.5/twice-user-name",
			Text: "An ECR with two of User-Name gets 5009 and a Failed-AVP with the second.",
			Run:  two(octets.UserName, "001010000000002")},
		Case{ID: "rfc6733/7.1.5/twice-imei",
			Text: "A Terminal-Information with two IMEIs gets 5009 and a Failed-AVP with the second.",
			Run:  two(octets.IMEI, "00100104000009", imei("00100104000001"), imei("00100104000009"))},
		Case{ID: "rfc6733/7.1.5/twice-software-version",
			Text: "A Terminal-Information with two of Software-Version gets 5009 and a Failed-AVP with the second.",
			Run:  two(octets.SoftwareVersion, "07", imei("00100104000001"), svn("01"), svn("07"))},
		Case{ID: "rfc6733/7.1.5/value-of-auth-session-state", Level: should,
			Text: "An Auth-Session-State of a value that does not exist gets 5004 and a Failed-AVP with it.",
			Run: func(t *T) {
				c := t.Open()
				for _, v := range []uint32{2, 0xffffffff} {
					a := c.Ask(c.ECR(t.AnyPhone()).Replace(octets.AuthSessionState, octets.Number(octets.AuthSessionState, v)))
					t.Refused(a, 5004)
					got, _ := t.Blames(a, octets.AuthSessionState, 0).Uint32()
					t.Expect(got == v, "the value %d in Failed-AVP", v)
				}
			}},
		Case{ID: "rfc6733/8.11/state-maintained",
			Text: "What the peer maintains is its own affair: Auth-Session-State 0 is served, and the answer says 1, or it is refused with 5004.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).Replace(octets.AuthSessionState, octets.Number(octets.AuthSessionState, 0)))
				if !a.Checked() {
					t.Refused(a, 5004)
					t.Blames(a, octets.AuthSessionState, 0)
					return
				}
				avp, _ := a.Find(octets.AuthSessionState, 0)
				v, ok := avp.Uint32()
				t.Expect(ok && v == 1, "the check answered, with Auth-Session-State 1")
			}},
	)
}
