package suite

import (
	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// TS 29.272 6.2.1.3: the EIR answers what its lists say. While they can't be
// read it knows nothing, and what it does then is its own to declare: but it
// answers, it makes nothing up, and it is still a peer.
//
// The equipment asked about is prohibited. So whoever answers that it is, and does
// not declare it for this, has read it somewhere, and has not been tried.
func ts29272x6x2x1x3() []Case {
	needs := []judge.Need{judge.NeedBreakStore}
	return []Case{
		{ID: "ts29272/6.2.1.3/store-fails", Last: true, Needs: needs,
			Text: "While the lists can't be read a check gets an error, or what the subject declares for that; and its verdict once they can.",
			Run: func(t *T) {
				c := t.Open()
				t.Break()
				imei := t.Unread()
				a := c.Ask(c.ECR(imei))
				unread(t, a)
				t.Mend()
				status(t, c.Ask(c.ECR(imei)), imei, "prohibited", judge.Blacklisted)
			}},
		{ID: "rfc6733/6.2/store-fails", Last: true, Needs: needs,
			Text: "While the lists can't be read each of many checks on a connection is answered, and so is a DWR among them; no connection ends.",
			Run: func(t *T) {
				c, other := t.Open(), t.Open()
				t.Break()
				imei := t.Unread()
				var all []octets.Message
				var out []byte
				for i := range 50 {
					m := c.ECR(imei)
					if i%10 == 9 {
						m = c.DWR()
					}
					all, out = append(all, m), m.Append(out)
				}
				c.Send(out)
				for _, m := range all {
					a := c.Await(m)
					if m.Command == octets.DeviceWatchdog {
						t.Expect(a.Result() == judge.Success, "a DWA with 2001")
						continue
					}
					t.Expect(a.EndToEnd == m.EndToEnd, "End-to-End Identifier %#x", m.EndToEnd)
					unread(t, a)
				}
				t.Expect(other.Ask(other.DWR()).Result() == judge.Success, "a DWA with 2001 to another peer")
				t.Mend()
				status(t, c.Ask(c.ECR(imei)), imei, "prohibited", judge.Blacklisted)
				t.Expect(other.Ask(other.DWR()).Result() == judge.Success, "a DWA with 2001 to another peer")
			}},
	}
}

// unread expects the answer for equipment that can't be looked up.
func unread(t *T, a Answer) {
	verdicts := map[string]int{"permitted": judge.Whitelisted, "tracked": judge.Greylisted, "prohibited": judge.Blacklisted}
	declared := t.Subject.Declares.StoreFailure
	want, verdict := verdicts[declared]
	switch {
	case a.Status() == judge.Blacklisted && a.Result() == judge.Success && declared != "prohibited":
		t.NotRun("the subject still knew the equipment: drive.unread must name some that no cache holds, and break_store must reach what is read")
	case verdict:
		t.Expect(a.Result() == judge.Success && a.Status() == want, "Result-Code 2001 and Equipment-Status %d, as the subject declares", want)
	case declared == "unknown":
		t.Expect(a.Unknown(), "an Experimental-Result of 5422, as the subject declares")
	case declared == "unable":
		t.Refused(a, 5012)
	default:
		t.Expect(a.Result() >= 3000 && a.Status() == judge.NoStatus && !a.Unknown(), "an error that says nothing of the equipment")
	}
}
