package suite

import (
	"net/netip"
	"slices"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 5.3.1: the CER.
func rfc6733x5x3x1() []Case {
	var cases []Case
	for _, a := range []struct {
		name string
		code uint32
	}{
		{"origin-realm", octets.OriginRealm}, {"host-ip-address", octets.HostIPAddress},
		{"vendor-id", octets.VendorID}, {"product-name", octets.ProductName},
	} {
		cases = append(cases, Case{ID: "rfc6733/5.3.1/without-" + a.name,
			Text: "A CER without a required AVP gets 5005, and a Failed-AVP that comes with it has that AVP.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = t.Identity()
				t.Misses(c.Ask(c.CER().Without(a.code)), a.code, 0)
			}})
	}
	// nobody sends a CER that does not tell one name of its peer. Such a peer may be taken
	// for an unknown one, and then clause 5.3 allows silence and the end.
	nobody := func(t *T, edit func(octets.Message) octets.Message) (a Answer, came bool) {
		c := t.Dial()
		c.Host = t.Identity()
		c.Send(edit(c.CER()).Bytes())
		a, state := c.NextAnswer(t.Timeout)
		return a, state == judge.Came && a.Result() != 3010
	}
	accepted := func(edit func(*T, octets.Message) octets.Message) func(*T) {
		return func(t *T) {
			c := t.Dial()
			c.Host = t.Identity()
			a := c.Ask(edit(t, c.CER()))
			t.Expect(a.Result() == 2001, "a CEA with 2001")
			t.Answers(c)
		}
	}
	return append(cases, []Case{
		{ID: "rfc6733/5.3.1/without-origin-host",
			Text: "A CER without Origin-Host gets 5005, or is treated as an unknown peer's: 3010, or nothing.",
			Run: func(t *T) {
				if a, came := nobody(t, func(m octets.Message) octets.Message { return m.Without(octets.OriginHost) }); came {
					t.Misses(a, octets.OriginHost, 0)
				}
			}},
		{ID: "rfc6733/5.3.1/origin-host-twice",
			Text: "A CER with two of Origin-Host gets 5009 and a Failed-AVP with the second, or is treated as an unknown peer's.",
			Run: func(t *T) {
				a, came := nobody(t, func(m octets.Message) octets.Message {
					return m.With(octets.Text(octets.OriginHost, "second."+t.Subject.Peers.Realm))
				})
				if !came {
					return
				}
				t.Refused(a, 5009)
				t.Expect(string(t.Blames(a, octets.OriginHost, 0).Data) == "second."+t.Subject.Peers.Realm, "the second Origin-Host in Failed-AVP")
			}},
		{ID: "rfc6733/5.3.1/unknown-avp",
			Text: "A CER may hold other AVPs: without the M bit they do no harm.",
			Run: accepted(func(_ *T, m octets.Message) octets.Message {
				return m.With(octets.Text(16777000, "?").Optional(), octets.Text(1, "?").Of(99999).Optional())
			})},
		{ID: "rfc6733/5.3.1/unknown-avp-with-m",
			Text: "A CER with an AVP that is not understood and has the M bit gets 5001 and a Failed-AVP with it.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = t.Identity()
				a := c.Ask(c.CER().With(octets.Text(16777000, "?")))
				t.Refused(a, 5001)
				t.Blames(a, 16777000, 0)
			}},
		{ID: "rfc6733/5.3.1/any-order",
			Text: "The AVPs of a CER may come in any order.",
			Run: accepted(func(_ *T, m octets.Message) octets.Message {
				m.AVPs = slices.Clone(m.AVPs)
				slices.Reverse(m.AVPs)
				return m
			})},
		{ID: "rfc6733/5.3.1/optional-avps",
			Text: "A CER with all its optional AVPs is accepted.",
			Run: accepted(func(_ *T, m octets.Message) octets.Message {
				return m.With(octets.Number(octets.OriginStateID, 1700000000), octets.Number(octets.SupportedVendorID, 5535),
					octets.Number(octets.InbandSecurityID, 0), octets.Number(octets.FirmwareRevision, 1).Optional())
			})},
		{ID: "rfc6733/5.3.1/many-addresses",
			Text: "A CER may name many addresses, of IPv4 and IPv6.",
			Run: accepted(func(_ *T, m octets.Message) octets.Message {
				for _, a := range []string{"192.0.2.1", "192.0.2.2", "2001:db8::1"} {
					m = m.With(octets.AVP{Code: octets.HostIPAddress, Flags: octets.M, Data: judge.Address(netip.MustParseAddr(a))})
				}
				return m
			})},
		{ID: "rfc6733/5.3.1/length-of-avp",
			Text: "A CER with an AVP of impossible length is not accepted: 5014 or the end of the connection.",
			Run: func(t *T) {
				for _, n := range []int{0, 7, 200} {
					c := t.Dial()
					c.Host = t.Identity()
					c.Send(c.CER().With(octets.Number(octets.OriginStateID, 1).Says(n)).Bytes())
					a, state := c.NextAnswer(t.Timeout)
					t.Expect(state != judge.Nothing, "5014, or the end of the connection")
					if state == judge.Came {
						t.Refused(a, 5014)
					}
				}
			}},
		{ID: "rfc6733/5.3.1/origin-host-empty",
			Text: "A CER whose Origin-Host is no name at all is not accepted.",
			Run: func(t *T) {
				c := t.Dial()
				c.Host = ""
				c.Send(c.CER().Bytes())
				a, state := c.NextAnswer(t.Timeout)
				t.Expect(state != judge.Came || a.Result() != 2001, "no CEA with 2001")
			}},
	}...)
}
