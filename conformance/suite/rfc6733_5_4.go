package suite

import (
	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 5.4: disconnecting.
func rfc6733x5x4() []Case {
	var cases []Case
	for i, cause := range []string{"rebooting", "busy", "do-not-want-to-talk-to-you"} {
		cases = append(cases, Case{ID: "rfc6733/5.4/" + cause,
			Text: "A DPR is answered with a DPA that says 2001, whatever its cause.",
			Run: func(t *T) {
				c := t.Open()
				t.Expect(c.Ask(c.DPR(uint32(i))).Result() == judge.Success, "a DPA with 2001")
			}})
	}
	return append(cases, []Case{
		{ID: "rfc6733/5.4.2/grammar",
			Text: "A DPA has the identifiers of its DPR, P and E clear, and one Result-Code, Origin-Host and Origin-Realm.",
			Run: func(t *T) {
				c := t.Open()
				m := c.DPR(0)
				base(t, m, c.Ask(m))
			}},
		{ID: "rfc6733/5.4/in-flight", Level: should,
			Text: "A check sent right before a DPR is answered, or the DPA has an error since it is in flight.",
			Run: func(t *T) {
				c := t.Open()
				ecr, dpr := c.ECR(t.AnyPhone()), c.DPR(0)
				c.Send(append(ecr.Bytes(), dpr.Bytes()...))
				if c.Await(dpr).Result() == judge.Success {
					t.Expect(c.Await(ecr).Checked(), "the check answered")
				}
			}},
		{ID: "rfc6733/5.4.1/without-cause",
			Text: "A DPR without Disconnect-Cause gets 5005, and a Failed-AVP that comes with it has that AVP.",
			Run: func(t *T) {
				c := t.Open()
				t.Misses(c.Ask(c.DPR(0).Without(octets.DisconnectCause)), octets.DisconnectCause, 0)
			}},
		{ID: "rfc6733/5.4.1/unknown-avp-with-m",
			Text: "A DPR with an AVP that is not understood and has the M bit gets 5001 and a Failed-AVP.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.DPR(0).With(octets.Text(16777000, "?")))
				t.Refused(a, 5001)
				t.Blames(a, 16777000, 0)
			}},
		{ID: "rfc6733/5.4/again",
			Text: "A peer that parted in peace is let in again.",
			Run: func(t *T) {
				c := t.Open()
				c.Ask(c.DPR(0))
				c.Close()
				t.Answers(t.OpenAgain(c.Host))
			}},
		{ID: "rfc6733/5.4/others-stay",
			Text: "The DPR of one peer ends no other peer's connection.",
			Run: func(t *T) {
				serves := t.Bystander()
				c := t.Open()
				c.Ask(c.DPR(0))
				c.Close()
				serves()
			}},
	}...)
}

// RFC 6733 5.5: DWR and DWA.
func rfc6733x5x5() []Case {
	return []Case{
		{ID: "rfc6733/5.5/answered",
			Text: "Each DWR is answered with a DWA that says 2001.",
			Run: func(t *T) {
				c := t.Open()
				for range 10 {
					t.Expect(c.Ask(c.DWR()).Result() == judge.Success, "a DWA with 2001")
				}
			}},
		{ID: "rfc6733/5.5.2/grammar",
			Text: "A DWA has the identifiers of its DWR, P and E clear, and one Result-Code, Origin-Host and Origin-Realm.",
			Run: func(t *T) {
				c := t.Open()
				m := c.DWR().With(octets.Number(octets.OriginStateID, 1700000000))
				base(t, m, c.Ask(m))
			}},
		{ID: "rfc6733/5.5.2/origin-state-id",
			Text: "A DWA has the Origin-State-Id that the CEA had.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = t.Identity()
				cea := c.Ask(c.CER())
				dwa := c.Ask(c.DWR())
				x, ok := cea.Find(octets.OriginStateID, 0)
				if !ok {
					t.NotRun("the CEA has no Origin-State-Id: it is optional")
				}
				y, _ := dwa.Find(octets.OriginStateID, 0)
				t.Expect(string(x.Data) == string(y.Data), "the Origin-State-Id %x of the CEA", x.Data)
			}},
		{ID: "rfc6733/5.5.1/without-origin-host",
			Text: "A DWR without Origin-Host gets 5005, and a Failed-AVP that comes with it has that AVP.",
			Run: func(t *T) {
				c := t.Open()
				t.Misses(c.Ask(c.DWR().Without(octets.OriginHost)), octets.OriginHost, 0)
			}},
		{ID: "rfc6733/5.5.1/unknown-avp-with-m",
			Text: "A DWR with an AVP that is not understood and has the M bit gets 5001 and a Failed-AVP.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.DWR().With(octets.Text(16777000, "?")))
				t.Refused(a, 5001)
				t.Blames(a, 16777000, 0)
			}},
		{ID: "rfc6733/5.5.1/unknown-avp",
			Text: "A DWR may hold other AVPs without the M bit.",
			Run: func(t *T) {
				c := t.Open()
				t.Expect(c.Ask(c.DWR().With(octets.Text(16777000, "?").Optional())).Result() == judge.Success, "a DWA with 2001")
			}},
		{ID: "rfc6733/5.5/among-checks",
			Text: "A DWR among checks is answered, and so are they.",
			Run: func(t *T) {
				c := t.Open()
				var all []octets.Message
				var out []byte
				for i := range 20 {
					m := c.ECR(t.AnyPhone())
					if i%5 == 2 {
						m = c.DWR()
					}
					all, out = append(all, m), m.Append(out)
				}
				c.Send(out)
				for _, m := range all {
					a := c.Await(m)
					t.Expect(a.Checked() || m.Command == octets.DeviceWatchdog && a.Result() == judge.Success, "the check answered, the DWR too")
				}
			}},
	}
}

// base holds the answer to a message of the base protocol to what DWA and DPA
// have in common.
func base(t *T, m octets.Message, a Answer) {
	t.Expect(a.HopByHop == m.HopByHop && a.EndToEnd == m.EndToEnd && a.Command == m.Command && a.App == 0 && a.Flags == 0,
		"identifiers %#x and %#x, application 0 and no flag", m.HopByHop, m.EndToEnd)
	t.Expect(len(a.All(octets.ResultCode, 0)) == 1, "one Result-Code")
	t.Expect(t.Named(a), "Origin-Host %s and Origin-Realm %s, once each", t.Subject.Host, t.Subject.Realm)
}
