package suite

import (
	"fmt"

	"paperweight/conformance/octets"
)

// RFC 6733 6.1: where a request was meant to go.
func rfc6733x6x1() []Case {
	served := func(edit func(t *T, m octets.Message) octets.Message) func(*T) {
		return func(t *T) {
			c := t.Open()
			t.Expect(c.Ask(edit(t, c.ECR(t.AnyPhone()))).Checked(), "the check answered")
		}
	}
	refused := func(codes []uint32, edit func(t *T, m octets.Message) octets.Message) func(*T) {
		return func(t *T) {
			c := t.Open()
			t.Refused(c.Ask(edit(t, c.ECR(t.AnyPhone()))), codes...)
			t.Answers(c)
		}
	}
	host := func(name string) octets.AVP { return octets.Text(octets.DestinationHost, name) }
	realm := func(name string) octets.AVP { return octets.Text(octets.DestinationRealm, name) }
	via := func(name string) octets.AVP { return octets.Text(octets.RouteRecord, name) }
	return []Case{
		{ID: "rfc6733/6.1.4/own-host",
			Text: "A request with the subject's own Destination-Host is processed there.",
			Run:  served(func(t *T, m octets.Message) octets.Message { return m.With(host(t.Subject.Host)) })},
		{ID: "rfc6733/6.1.4/through-an-agent",
			Text: "A request whose Origin-Host is not the peer's came through an agent, and is served.",
			Run: served(func(t *T, m octets.Message) octets.Message {
				return m.Replace(octets.OriginHost, octets.Text(octets.OriginHost, "mme77."+t.Subject.Realm)).
					With(via("mme77." + t.Subject.Realm))
			})},
		{ID: "rfc6733/6.1.6/other-host",
			Text: "A request for another host is refused with 3002.",
			Run: refused([]uint32{3002}, func(t *T, m octets.Message) octets.Message {
				return m.With(host("other." + t.Subject.Realm))
			})},
		{ID: "rfc6733/6.1.6/host-that-begins-alike",
			Text: "A Destination-Host is compared to its end: a longer name, and a shorter one, are other hosts.",
			Run: func(t *T) {
				c := t.Open()
				for _, name := range []string{t.Subject.Host + "x", t.Subject.Host[:len(t.Subject.Host)-1]} {
					t.Refused(c.Ask(c.ECR(t.AnyPhone()).With(host(name))), 3002)
				}
			}},
		{ID: "rfc6733/6.1.6/other-realm",
			Text: "A request for another realm is refused with 3003.",
			Run: refused([]uint32{3003}, func(_ *T, m octets.Message) octets.Message {
				return m.Replace(octets.DestinationRealm, realm("epc.example.net"))
			})},
		{ID: "rfc6733/6.1.6/realm-below",
			Text: "A realm below the subject's is another realm.",
			Run: refused([]uint32{3003}, func(t *T, m octets.Message) octets.Message {
				return m.Replace(octets.DestinationRealm, realm("sub."+t.Subject.Realm))
			})},
		{ID: "rfc6733/6.1.6/other-host-and-realm",
			Text: "A request for another host of another realm is refused with 3003 or 3002.",
			Run: refused([]uint32{3003, 3002}, func(_ *T, m octets.Message) octets.Message {
				return m.Replace(octets.DestinationRealm, realm("epc.example.net")).With(host("eir.epc.example.net"))
			})},
		{ID: "rfc6733/6.5/host-without-realm",
			Text: "A Destination-Host without a Destination-Realm is refused: 3002, or 5005 with a Failed-AVP.",
			Run: refused([]uint32{3002, 5005}, func(t *T, m octets.Message) octets.Message {
				return m.Without(octets.DestinationRealm).With(host(t.Subject.Host))
			})},
		// The MUST is on relays and proxies; "if the server finds its own identity" is
		// all that it says of others.
		{ID: "rfc6733/6.1.3/loop", Level: should,
			Text: "A Route-Record with the subject's own name is a loop: 3005.",
			Run:  refused([]uint32{3005}, func(t *T, m octets.Message) octets.Message { return m.With(via(t.Subject.Host)) })},
		{ID: "rfc6733/6.1.3/loop-among-others", Level: should,
			Text: "A loop is found among other Route-Records, too.",
			Run: refused([]uint32{3005}, func(t *T, m octets.Message) octets.Message {
				return m.With(via("a.example.org"), via(t.Subject.Host), via("b.example.org"))
			})},
		{ID: "rfc6733/6.7.1/route-records",
			Text: "Route-Records of others do no harm, however many.",
			Run: served(func(_ *T, m octets.Message) octets.Message {
				for i := range 30 {
					m = m.With(via(fmt.Sprintf("agent%d.example.org", i)))
				}
				return m
			})},
	}
}
