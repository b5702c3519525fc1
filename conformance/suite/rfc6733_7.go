package suite

import (
	"unicode/utf8"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 7: what error answers have in common.
func rfc6733x7() []Case {
	all := func(judge func(t *T, s stimulus, a Answer)) func(*T) {
		return func(t *T) {
			c := t.Open()
			for _, s := range faults(t) {
				judge(t, s, c.Ask(s.make(c)))
			}
		}
	}
	return []Case{
		{ID: "rfc6733/7/goes-on",
			Text: "A request that is refused ends nothing: the next one is served.",
			Run: func(t *T) {
				c := t.Open()
				for _, s := range faults(t) {
					c.Ask(s.make(c))
					t.Answers(c)
				}
			}},
		{ID: "rfc6733/7/first-error-only",
			Text: "Of several errors only one is reported.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).Without(octets.TerminalInformation).Without(octets.AuthSessionState).With(octets.Text(16777000, "?")))
				t.Refused(a, 5001, 5005)
				t.Expect(len(a.All(octets.ResultCode, 0)) == 1 && len(a.All(octets.FailedAVP, 0)) <= 1, "one Result-Code, and no two of Failed-AVP")
				if failed, ok := a.Find(octets.FailedAVP, 0); ok {
					inner, err := failed.Inner()
					t.Expect(err == nil && len(inner) == 1, "one AVP in Failed-AVP")
				}
			}},
		{ID: "rfc6733/7.1.3/e-bit",
			Text: "Codes of the class 3xxx stand only in answers with the E bit.",
			Run: all(func(t *T, s stimulus, a Answer) {
				t.Expect(a.Result()/1000 != 3 || a.E(), "the E bit in the answer to %s", s.name)
			})},
		{ID: "rfc6733/7.1.5/e-bit", Level: should,
			Text: "Codes of the class 5xxx stand in answers without the E bit.",
			Run: all(func(t *T, s stimulus, a Answer) {
				t.Expect(a.Result()/1000 != 5 || !a.E(), "the E bit clear in the answer to %s", s.name)
			})},
		{ID: "rfc6733/7.2/e-bit-of-success",
			Text: "The E bit is clear where nothing was wrong: with 2001, and with an Experimental-Result of equipment that is unknown.",
			Run: func(t *T) {
				c := t.Open()
				for _, s := range checks(t) {
					t.Expect(!c.Ask(s.make(c)).E(), "the E bit clear")
				}
				t.Expect(!c.Ask(c.DWR()).E(), "the E bit clear")
			}},
		{ID: "rfc6733/7.3/error-message",
			Text: "An Error-Message has no M bit, is UTF-8, and stands once.",
			Run: all(func(t *T, s stimulus, a Answer) {
				messages := a.All(octets.ErrorMessage, 0)
				t.Expect(len(messages) <= 1, "at most one Error-Message in the answer to %s", s.name)
				for _, m := range messages {
					t.Expect(m.Flagged(0) && utf8.Valid(m.Data), "an Error-Message without flags, in UTF-8, in the answer to %s", s.name)
				}
			})},
		{ID: "rfc6733/7.5/failed-avp-m-bit",
			Text: "Result-Code and Failed-AVP have the M bit and no Vendor-Id.",
			Run: all(func(t *T, s stimulus, a Answer) {
				for _, code := range []uint32{octets.ResultCode, octets.FailedAVP} {
					for _, avp := range a.All(code, 0) {
						t.Expect(avp.Flagged(octets.M), "%s with the M bit alone in the answer to %s", octets.AVPName(code, 0), s.name)
					}
				}
			})},
		{ID: "rfc6733/7.5/one-failed-avp", Level: should,
			Text: "An error that an AVP caused is explained by one Failed-AVP.",
			Run: all(func(t *T, s stimulus, a Answer) {
				if s.code/1000 == 5 {
					t.Expect(len(a.All(octets.FailedAVP, 0)) == 1, "one Failed-AVP in the answer to %s", s.name)
				}
			})},
		{ID: "rfc6733/6.2/no-equipment-status-in-errors",
			Text: "An answer that refuses a check says nothing of the equipment.",
			Run: all(func(t *T, s stimulus, a Answer) {
				t.Expect(len(a.All(octets.EquipmentStatus, tgpp)) == 0, "no Equipment-Status in the answer to %s", s.name)
			})},
	}
}

// RFC 6733 7.1.3: protocol errors.
func rfc6733x7x1x3() []Case {
	var cases []Case
	for _, bad := range []struct {
		name, text   string
		command, app uint32
		codes        []uint32
	}{
		{"unknown-command", "A command that S13 does not have", 8388607, octets.AppS13, []uint32{3001}},
		{"experimental-command", "A command for experiments", 0xffffff, octets.AppS13, []uint32{3001}},
		{"command-0", "Command 0", 0, octets.AppS13, []uint32{3001}},
		{"unknown-base-command", "A command that the base protocol does not have", 8388607, octets.AppBase, []uint32{3001}},
		{"check-of-base", "A check of application 0", octets.MEIdentityCheck, octets.AppBase, []uint32{3001, 3007}},
	} {
		cases = append(cases, Case{ID: "rfc6733/7.1.3/" + bad.name,
			Text: bad.text + " is refused with " + judge.Codes(bad.codes...) + " and the E bit.",
			Run: func(t *T) {
				c := t.Open()
				m := c.ECR(t.AnyPhone())
				m.Command, m.App = bad.command, bad.app
				t.Refused(c.Ask(m), bad.codes...)
				t.Answers(c)
			}})
	}
	for _, bad := range []struct {
		name, text   string
		command, app uint32
	}{
		{"other-application", "A check of another application", octets.MEIdentityCheck, nobodys},
		{"s6a-request", "An S6a request, to who does not offer S6a,", 316, 16777251},
		{"relay-application", "A check of the relay's application", octets.MEIdentityCheck, octets.AppRelay},
		{"accounting", "An accounting request, to who does not offer that,", 271, 3},
	} {
		// Where the command is unknown as well, which of the two is found first is
		// nobody's business (clause 7).
		codes := []uint32{3007}
		if bad.command != octets.MEIdentityCheck {
			codes = append(codes, 3001)
		}
		cases = append(cases, Case{ID: "rfc6733/7.1.3/" + bad.name,
			Text: bad.text + " is refused with " + judge.Codes(codes...) + " and the E bit.",
			Run: func(t *T) {
				c := t.Open()
				if offered(c.CEA)[bad.app] {
					t.NotRun("the subject offers application %d", bad.app)
				}
				m := c.ECR(t.AnyPhone())
				m.Command, m.App = bad.command, bad.app
				t.Refused(c.Ask(m), codes...)
				t.Answers(c)
			}})
	}
	return append(cases, Case{ID: "rfc6733/8/session-termination",
		Text: "Session-Termination, for which S13 has no use, is refused: 3001, 5002 (no such session), or 5005 (no Termination-Cause).",
		Run: func(t *T) {
			c := t.Open()
			m := c.ECR(t.AnyPhone()).Without(octets.TerminalInformation)
			m.Command = 275
			t.Refused(c.Ask(m), 3001, 5002, 5005)
			t.Answers(c)
		}})
}
