package suite

import (
	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 5.3: capabilities exchange, what is common.
func rfc6733x5x3() []Case {
	offers := func(apps ...octets.AVP) func(*T) {
		return func(t *T) {
			c := t.Dial()
			c.Host = t.Identity()
			a := c.Ask(c.CER().Replace(octets.VendorSpecificApplicationID, apps...))
			t.Expect(a.Result() == 2001, "a CEA with 2001")
			t.Answers(c)
		}
	}
	nothingInCommon := func(t *T) (*Conn, Answer) {
		c := t.Dial()
		c.Host = t.Identity()
		a := c.Ask(c.CER().Replace(octets.VendorSpecificApplicationID,
			octets.Number(octets.AuthApplicationID, nobodys), octets.Number(octets.AcctApplicationID, nobodys+1)))
		if a.Result() == judge.Success && offered(a)[octets.AppRelay] {
			t.NotRun("the subject is a relay: it has every application in common")
		}
		return c, a
	}
	return []Case{
		{ID: "rfc6733/5.3/success",
			Text: "A peer that offers S13 gets a CEA with 2001, and its checks are answered.",
			Run:  offers(octets.S13Application())},
		{ID: "rfc6733/5.3/auth-application",
			Text: "An Auth-Application-Id of S13 outside Vendor-Specific-Application-Id counts as common.",
			Run:  offers(octets.Number(octets.AuthApplicationID, octets.AppS13))},
		{ID: "rfc6733/5.3/acct-application",
			Text: "All Application-Id AVPs count, an Acct-Application-Id too.",
			Run:  offers(octets.Number(octets.AcctApplicationID, octets.AppS13))},
		{ID: "rfc6733/5.3/acct-in-vendor-specific",
			Text: "An Acct-Application-Id inside Vendor-Specific-Application-Id counts.",
			Run: offers(octets.Group(octets.VendorSpecificApplicationID, octets.Number(octets.VendorID, tgpp),
				octets.Number(octets.AcctApplicationID, octets.AppS13)))},
		{ID: "rfc6733/5.3/relay",
			Text: "A relay (0xffffffff) has all applications in common.",
			Run:  offers(octets.Number(octets.AuthApplicationID, octets.AppRelay))},
		{ID: "rfc6733/5.3/relay-vendor-specific",
			Text: "A relay that says so inside Vendor-Specific-Application-Id has all in common, too.",
			Run: offers(octets.Group(octets.VendorSpecificApplicationID, octets.Number(octets.VendorID, tgpp),
				octets.Number(octets.AuthApplicationID, octets.AppRelay)))},
		{ID: "rfc6733/5.3/vendor-not-compared",
			Text: "The Vendor-Id inside Vendor-Specific-Application-Id is no part of the comparison.",
			Run: offers(octets.Group(octets.VendorSpecificApplicationID, octets.Number(octets.VendorID, 99999),
				octets.Number(octets.AuthApplicationID, octets.AppS13)))},
		{ID: "rfc6733/5.3/one-of-many",
			Text: "One application in common among many is enough.",
			Run: offers(octets.Number(octets.AuthApplicationID, 1), octets.Number(octets.AuthApplicationID, 16777251),
				octets.Number(octets.AcctApplicationID, 3), octets.S13Application(), octets.Number(octets.AuthApplicationID, 4))},
		{ID: "rfc6733/5.3/no-common-application",
			Text: "Without a common application the CEA says 5010.",
			Run: func(t *T) {
				_, a := nothingInCommon(t)
				t.Refused(a, 5010)
			}},
		{ID: "rfc6733/5.3/no-common-application-ends", Level: should,
			Text: "After 5010 the connection ends.",
			Run: func(t *T) {
				c, _ := nothingInCommon(t)
				_, closed := c.UntilClosed()
				t.Expect(closed, "the end of the connection")
			}},
		{ID: "rfc6733/5.3/no-common-application-no-service",
			Text: "A peer without a common application is not served.",
			Run: func(t *T) {
				c, _ := nothingInCommon(t)
				c.Send(c.ECR(t.AnyPhone()).Bytes())
				a, state := c.NextAnswer(t.Timeout)
				t.Expect(state != judge.Came || !a.Checked(), "no check answered")
			}},
		{ID: "rfc6733/5.3/application-of-others",
			Text: "An application that the subject does not name in its CEA is not common: S6a alone gets 2001 from who offers S6a, and 5010 from others.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = t.Identity()
				a := c.Ask(c.CER().Replace(octets.VendorSpecificApplicationID, octets.Number(octets.AuthApplicationID, 16777251)))
				if apps := offered(a); a.Result() != judge.Success || !apps[16777251] && !apps[octets.AppRelay] {
					t.Refused(a, 5010)
				}
			}},
		{ID: "rfc6733/5.3/no-common-security",
			Text: "Where only a security is offered that can't be had, the CEA says 5017; where it can, the CEA agrees to it.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = t.Identity()
				a := c.Ask(c.CER().With(octets.Number(octets.InbandSecurityID, 77)))
				t.Refused(a, 5017)
			}},
		{ID: "rfc6733/5.3/inband-security-tls",
			Text: "TLS inside the connection, offered alone, is refused with 5017 or agreed to in the CEA.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = t.Identity()
				a := c.Ask(c.CER().With(octets.Number(octets.InbandSecurityID, 1)))
				if a.Result() != 2001 {
					t.Refused(a, 5017)
					return
				}
				agreed, _ := a.Find(octets.InbandSecurityID, 0)
				v, ok := agreed.Uint32()
				t.Expect(ok && v == 1 || t.Transport == "tls", "5017, or Inband-Security-Id TLS in the CEA")
			}},
		{ID: "rfc6733/5.3/inband-security-none",
			Text: "NO_INBAND_SECURITY among what is offered is common.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = t.Identity()
				a := c.Ask(c.CER().With(octets.Number(octets.InbandSecurityID, 0), octets.Number(octets.InbandSecurityID, 77)))
				t.Expect(a.Result() == 2001, "a CEA with 2001")
				t.Answers(c)
			}},
	}
}
