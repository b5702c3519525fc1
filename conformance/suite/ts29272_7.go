package suite

import (
	"slices"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// declared is the answer for equipment on no list, as the subject declares it.
func declared(t *T, a Answer, want string) {
	switch want {
	case "unknown":
		t.Expect(a.Unknown(), "Experimental-Result {10415, 5422}")
	case "permitted":
		t.Expect(a.Result() == judge.Success && a.Status() == judge.Whitelisted, "Equipment-Status 0")
	case "tracked":
		t.Expect(a.Result() == judge.Success && a.Status() == judge.Greylisted, "Equipment-Status 2")
	case "prohibited":
		t.Expect(a.Result() == judge.Success && a.Status() == judge.Blacklisted, "Equipment-Status 1")
	}
}

// TS 29.272 6.2.1 and 7.4: equipment on no list, pairs.
func ts29272unknown() []Case {
	needs := []judge.Need{judge.NeedEquipment, func(s *judge.Setup) string {
		if s.Subject.Declares.Unknown != "unknown" {
			return "the subject declares another answer than 5422 for unknown equipment"
		}
		return ""
	}}
	unknown := func(judge func(t *T, a Answer)) func(*T) {
		return func(t *T) {
			c := t.Open()
			for _, imei := range t.Subject.Equipment.Unknown {
				judge(t, c.Ask(c.ECR(imei)))
			}
		}
	}
	pair := []judge.Need{judge.NeedPair}
	imsi := func(s string) octets.AVP { return octets.Text(octets.UserName, s) }
	return []Case{
		{ID: "ts29272/6.2.1/unknown-declared", Needs: needs[:1],
			Text: "Equipment on no list gets the answer that the subject declares.",
			Run:  unknown(func(t *T, a Answer) { declared(t, a, t.Subject.Declares.Unknown) })},
		{ID: "ts29272/7.4.3.4/unknown", Needs: needs,
			Text: "Equipment on no list gets Experimental-Result {10415, 5422}.",
			Run:  unknown(func(t *T, a Answer) { t.Expect(a.Unknown(), "Experimental-Result {10415, 5422}") })},
		{ID: "ts29272/7.4.3.4/no-result-code", Needs: needs,
			Text: "Beside DIAMETER_ERROR_EQUIPMENT_UNKNOWN there is no Result-Code.",
			Run:  unknown(func(t *T, a Answer) { t.Expect(len(a.All(octets.ResultCode, 0)) == 0, "no Result-Code") })},
		{ID: "ts29272/7.4.3.4/no-equipment-status", Needs: needs,
			Text: "Beside DIAMETER_ERROR_EQUIPMENT_UNKNOWN there is no Equipment-Status.",
			Run: unknown(func(t *T, a Answer) {
				t.Expect(len(a.All(octets.EquipmentStatus, tgpp)) == 0, "no Equipment-Status")
			})},
		{ID: "rfc6733/7.6/experimental-result", Needs: needs,
			Text: "Experimental-Result has the M bit, and holds one Vendor-Id and one Experimental-Result-Code.",
			Run: unknown(func(t *T, a Answer) {
				avp, _ := a.Find(octets.ExperimentalResult, 0)
				inner, err := avp.Inner()
				t.Expect(err == nil && len(inner) == 2 && avp.Flagged(octets.M), "Experimental-Result with the M bit, and two AVPs in it")
			})},
		{ID: "ts29272/6.2.1.3/unknown-in-every-form", Needs: needs,
			Text: "Unknown equipment is unknown with 15 digits as well.",
			Run: func(t *T) {
				c := t.Open()
				for _, imei := range t.Subject.Equipment.Unknown {
					for _, form := range []string{imei, imei + "0", imei + "9"} {
						t.Expect(c.Ask(c.ECR(form)).Unknown(), "Experimental-Result {10415, 5422} for %s", form)
					}
				}
			}},
		{ID: "ts29272/6.2.1/pair-with-its-imsi", Needs: pair,
			Text: "Equipment that is prohibited but permitted with an IMSI is permitted with it.",
			Run: func(t *T) {
				c, p := t.Open(), t.Subject.Equipment.Pair
				status(t, c.Ask(c.ECR(p.IMEI).With(imsi(p.IMSI))), p.IMEI, "permitted with "+p.IMSI, judge.Whitelisted)
			}},
		{ID: "ts29272/6.2.1/pair-with-another-imsi", Needs: pair,
			Text: "With another IMSI the same equipment is prohibited, also right after its own was asked.",
			Run: func(t *T) {
				c, p := t.Open(), t.Subject.Equipment.Pair
				for range 3 {
					c.Ask(c.ECR(p.IMEI).With(imsi(p.IMSI)))
					status(t, c.Ask(c.ECR(p.IMEI).With(imsi(p.OtherIMSI))), p.IMEI, "prohibited with "+p.OtherIMSI, judge.Blacklisted)
				}
			}},
		{ID: "ts29272/6.2.1/pair-without-imsi", Needs: pair,
			Text: "Without an IMSI it gets the answer that the subject declares: any, but an answer.",
			Run: func(t *T) {
				c, p := t.Open(), t.Subject.Equipment.Pair
				a := c.Ask(c.ECR(p.IMEI))
				t.Expect(a.Checked(), "the check answered")
				declared(t, a, t.Subject.Declares.NoIMSI)
			}},
		{ID: "ts29272/6.2.1.3/pair-in-every-form", Needs: pair,
			Text: "The pair holds for the IMEI with 15 digits as well.",
			Run: func(t *T) {
				c, p := t.Open(), t.Subject.Equipment.Pair
				for _, form := range []string{p.IMEI + "0", p.IMEI + "5"} {
					status(t, c.Ask(c.ECR(form).With(imsi(p.IMSI))), form, "permitted with "+p.IMSI, judge.Whitelisted)
					status(t, c.Ask(c.ECR(form).With(imsi(p.OtherIMSI))), form, "prohibited with "+p.OtherIMSI, judge.Blacklisted)
				}
			}},
		{ID: "ts29272/6.2.1.3/pair-of-16-digits", Needs: pair, Level: should,
			Text: "The pair holds for the IMEI with the digits of a Software-Version behind it as well.",
			Run: func(t *T) {
				c, p := t.Open(), t.Subject.Equipment.Pair
				status(t, c.Ask(c.ECR(p.IMEI+"55").With(imsi(p.IMSI))), p.IMEI+"55", "permitted with "+p.IMSI, judge.Whitelisted)
				status(t, c.Ask(c.ECR(p.IMEI+"55").With(imsi(p.OtherIMSI))), p.IMEI+"55", "prohibited with "+p.OtherIMSI, judge.Blacklisted)
			}},
	}
}

// TS 29.272 7.2.19, 7.2.20 and 7.3: ECR and ECA.
func ts29272x7() []Case {
	same := func(edits ...func(m octets.Message, imei string) octets.Message) func(*T) {
		return func(t *T) {
			c := t.Open()
			phones := []string{t.AnyPhone()}
			for _, l := range lists(t) {
				phones = append(phones, l.imeis...)
			}
			for _, imei := range phones {
				plain := c.Ask(c.ECR(imei))
				for _, edit := range edits {
					a := c.Ask(edit(c.ECR(imei), imei))
					t.Expect(a.Checked() && a.Result() == plain.Result() && a.Status() == plain.Status(),
						"the same answer for %s as without: Result-Code %d, Equipment-Status %d", imei, plain.Result(), plain.Status())
				}
			}
		}
	}
	terminal := func(inner ...octets.AVP) octets.AVP {
		return octets.Group(octets.TerminalInformation, inner...).Of(tgpp)
	}
	imei := func(s string) octets.AVP { return octets.Text(octets.IMEI, s).Of(tgpp) }
	svn := func(s string) octets.AVP { return octets.Text(octets.SoftwareVersion, s).Of(tgpp) }
	phone := func(m octets.Message, avp octets.AVP) octets.Message {
		return m.Replace(octets.TerminalInformation, avp)
	}
	return []Case{
		{ID: "ts29272/7.2.20/session-id-first", Level: should,
			Text: "The Session-Id is the first AVP of an ECA.",
			Run: func(t *T) {
				c := t.Open()
				for _, s := range checks(t) {
					a := c.Ask(s.make(c))
					t.Expect(len(a.AVPs) > 0 && a.AVPs[0].Is(octets.SessionID, 0), "Session-Id as the first AVP")
				}
			}},
		{ID: "ts29272/7.2.20/auth-session-state",
			Text: "An ECA has one Auth-Session-State, NO_STATE_MAINTAINED (1).",
			Run: func(t *T) {
				c := t.Open()
				for _, s := range checks(t) {
					all := c.Ask(s.make(c)).All(octets.AuthSessionState, 0)
					t.Expect(len(all) == 1, "one Auth-Session-State")
					v, ok := all[0].Uint32()
					t.Expect(ok && v == 1, "Auth-Session-State 1")
				}
			}},
		{ID: "ts29272/7.2.20/auth-session-state-of-errors",
			Text: "An ECA that reports an error of the class 5xxx without the E bit has Auth-Session-State 1 as well.",
			Run: func(t *T) {
				c := t.Open()
				for _, s := range faults(t) {
					a := c.Ask(s.make(c))
					avp, _ := a.Find(octets.AuthSessionState, 0)
					v, ok := avp.Uint32()
					t.Expect(a.E() || ok && v == 1, "Auth-Session-State 1 in the answer to %s", s.name)
				}
			}},
		{ID: "ts29272/7.2.20/application-of-answers",
			Text: "A Vendor-Specific-Application-Id in an ECA, which is optional, is {10415, 16777252}.",
			Run: func(t *T) {
				c := t.Open()
				for _, s := range checks(t) {
					a := c.Ask(s.make(c))
					all := a.All(octets.VendorSpecificApplicationID, 0)
					t.Expect(len(all) <= 1 && (len(all) == 0 || offered(a)[octets.AppS13]), "at most one, of application 16777252")
				}
			}},
		{ID: "ts29272/7.3.51/equipment-status", Needs: []judge.Need{judge.NeedEquipment},
			Text: "Equipment-Status stands once, has the V and M bits and the vendor 10415, and four octets.",
			Run: func(t *T) {
				c := t.Open()
				for _, l := range lists(t) {
					all := c.Ask(c.ECR(l.imeis[0])).All(octets.EquipmentStatus, tgpp)
					t.Expect(len(all) == 1 && all[0].Flagged(octets.V|octets.M) && len(all[0].Data) == 4, "one Equipment-Status [VM] of four octets")
				}
			}},
		{ID: "ts29272/7.3/m-bits-of-answers",
			Text: "Session-Id, Auth-Session-State, Origin-Host and Origin-Realm of an ECA have the M bit and no Vendor-Id.",
			Run: func(t *T) {
				c := t.Open()
				for _, s := range checks(t) {
					a := c.Ask(s.make(c))
					for _, code := range []uint32{octets.SessionID, octets.AuthSessionState, octets.OriginHost, octets.OriginRealm, octets.VendorSpecificApplicationID} {
						for _, avp := range a.All(code, 0) {
							t.Expect(avp.Flagged(octets.M), "%s with the M bit alone", octets.AVPName(code, 0))
						}
					}
				}
			}},
		{ID: "ts29272/7.3.1/m-bit-missing",
			Text: "An AVP that is understood is used though its M bit is not what the table says (note 2).",
			Run: same(func(m octets.Message, s string) octets.Message {
				return phone(m, terminal(imei(s).Optional(), svn("01").Optional()).Optional())
			})},
		{ID: "ts29272/7.3.1/m-bit-set",
			Text: "An M bit on an AVP of TS 29.272 that the check does not use is no reason to refuse it.",
			Run: same(func(m octets.Message, s string) octets.Message {
				return phone(m, terminal(imei(s), octets.AVP{Code: octets.MEID, Flags: octets.M, Data: []byte("12345678")}.Of(tgpp)))
			})},
		{ID: "ts29272/7.3.3/order",
			Text: "The AVPs of Terminal-Information may come in any order.",
			Run:  same(func(m octets.Message, s string) octets.Message { return phone(m, terminal(svn("01"), imei(s))) })},
		{ID: "ts29272/7.3.5/software-version",
			Text: "The Software-Version decides nothing where no list names one: absent, 00, 99.",
			Run: same(func(m octets.Message, s string) octets.Message { return phone(m, terminal(imei(s))) },
				func(m octets.Message, s string) octets.Message { return phone(m, octets.Phone(s, "00")) },
				func(m octets.Message, s string) octets.Message { return phone(m, octets.Phone(s, "99")) })},
		{ID: "ts29272/6.2.1/user-name",
			Text: "The IMSI decides nothing where no pair names it: absent, or any.",
			Run: same(func(m octets.Message, _ string) octets.Message {
				return m.With(octets.Text(octets.UserName, "001010999999999"))
			})},
		{ID: "ts29272/6.2.1/user-name-that-is-none",
			Text: "A User-Name that is no IMSI, a NAI or anything, is ignored or refused with 5004.",
			Run: func(t *T) {
				c := t.Open()
				for _, name := range []string{"001010999999999@nai.epc.mnc001.mcc001.3gppnetwork.org", "not an IMSI"} {
					if a := c.Ask(c.ECR(t.AnyPhone()).With(octets.Text(octets.UserName, name))); !a.Checked() {
						t.Refused(a, 5004)
						t.Blames(a, octets.UserName, 0)
					}
				}
				t.Answers(c)
			}},
		{ID: "ts29272/7.2.19/any-order",
			Text: "The AVPs of an ECR behind the Session-Id may come in any order.",
			Run: same(func(m octets.Message, _ string) octets.Message {
				m.AVPs = slices.Clone(m.AVPs)
				slices.Reverse(m.AVPs[1:])
				return m
			})},
		{ID: "ts29272/6.2.1/vendor-specific-application-ignored",
			Text: "What a Vendor-Specific-Application-Id of an ECR says is ignored.",
			Run: same(func(m octets.Message, _ string) octets.Message {
				return m.Replace(octets.VendorSpecificApplicationID, octets.Group(octets.VendorSpecificApplicationID,
					octets.Number(octets.VendorID, 0), octets.Number(octets.AuthApplicationID, 16777251)))
			})},
		{ID: "ts29272/6.2.1/other-avps",
			Text: "AVPs that peers add in the field do no harm: MSISDN, Visited-PLMN-Id, RAT-Type, without the M bit.",
			Run: same(func(m octets.Message, _ string) octets.Message {
				return m.With(octets.AVP{Code: 701, Data: []byte{0x19, 0x99, 0x99}}.Of(tgpp),
					octets.AVP{Code: 1407, Data: []byte{0, 0xf1, 0x10}}.Of(tgpp), octets.AVP{Code: 1032, Data: []byte{0, 0, 3, 0xec}}.Of(tgpp))
			})},
	}
}
