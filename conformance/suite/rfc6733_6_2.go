package suite

import (
	"bytes"
	"fmt"

	"paperweight/conformance/octets"
)

// RFC 6733 6.2: what every answer has in common with its request. Each rule is
// tried on answers to checks and on errors: "the error messages are also
// subjected to the above processing rules".
func rfc6733x6x2() []Case {
	var cases []Case
	for _, rule := range []struct {
		name, text string
		edit       func(octets.Message) octets.Message
		judge      func(t *T, name string, m octets.Message, a Answer)
	}{
		{"hop-by-hop", "the Hop-by-Hop Identifier of its request", nil,
			func(t *T, name string, m octets.Message, a Answer) {
				t.Expect(a.HopByHop == m.HopByHop, "Hop-by-Hop Identifier %#x in the answer to %s", m.HopByHop, name)
			}},
		{"end-to-end", "the End-to-End Identifier of its request", nil,
			func(t *T, name string, m octets.Message, a Answer) {
				t.Expect(a.EndToEnd == m.EndToEnd, "End-to-End Identifier %#x in the answer to %s", m.EndToEnd, name)
			}},
		{"p-bit-set", "the P bit set where its request has it", nil,
			func(t *T, name string, _ octets.Message, a Answer) {
				t.Expect(a.Flags&octets.Proxiable != 0, "the P bit set in the answer to %s", name)
			}},
		{"p-bit-clear", "the P bit clear where its request has not",
			func(m octets.Message) octets.Message { return m.Flag(0, octets.Proxiable) },
			func(t *T, name string, _ octets.Message, a Answer) {
				t.Expect(a.Flags&octets.Proxiable == 0, "the P bit clear in the answer to %s", name)
			}},
		{"session-id", "the Session-Id of its request, once", nil,
			func(t *T, name string, m octets.Message, a Answer) {
				id, _ := m.Find(octets.SessionID, 0)
				all := a.All(octets.SessionID, 0)
				t.Expect(len(all) == 1 && bytes.Equal(all[0].Data, id.Data), "Session-Id %q in the answer to %s", id.Data, name)
			}},
		{"origin", "the subject's own Origin-Host and Origin-Realm, once each", nil,
			func(t *T, name string, _ octets.Message, a Answer) {
				t.Expect(t.Named(a), "Origin-Host %s and Origin-Realm %s in the answer to %s", t.Subject.Host, t.Subject.Realm, name)
			}},
		{"no-destination", "no Destination-Host and no Destination-Realm", nil,
			func(t *T, name string, _ octets.Message, a Answer) {
				t.Expect(len(a.All(octets.DestinationHost, 0))+len(a.All(octets.DestinationRealm, 0)) == 0,
					"no Destination-Host and no Destination-Realm in the answer to %s", name)
			}},
		{"one-result", "one Result-Code or one Experimental-Result, and not both", nil,
			func(t *T, name string, _ octets.Message, a Answer) {
				t.Expect(len(a.All(octets.ResultCode, 0))+len(a.All(octets.ExperimentalResult, 0)) == 1,
					"one Result-Code or Experimental-Result in the answer to %s", name)
			}},
		{"proxy-info", "every Proxy-Info of its request, in the same order and unchanged",
			func(m octets.Message) octets.Message { return m.With(proxies(5)...) },
			func(t *T, name string, m octets.Message, a Answer) {
				expectProxies(t, name, m, a)
			}},
	} {
		for _, kind := range []struct {
			name, text string
			of         func(*T) []stimulus
		}{{"checks", "The answer to a check has", checks}, {"errors", "An error answer has", faults}} {
			cases = append(cases, Case{
				ID: "rfc6733/6.2/" + rule.name + "-" + kind.name, Text: kind.text + " " + rule.text + ".",
				Run: func(t *T) {
					c := t.Open()
					for _, s := range kind.of(t) {
						m := s.make(c)
						if rule.edit != nil {
							m = rule.edit(m)
						}
						rule.judge(t, s.name, m, c.Ask(m))
					}
				}})
		}
	}
	return append(cases,
		Case{ID: "rfc6733/6.2/proxy-info-apart",
			Text: "Proxy-Info AVPs come back in their order though other AVPs stand between them, and those do not come back.",
			Run: func(t *T) {
				c := t.Open()
				m := c.ECR(t.AnyPhone())
				for i, p := range proxies(4) {
					m = m.With(p, octets.Number(16777000, uint32(i)).Optional())
				}
				a := c.Ask(m)
				expectProxies(t, "a check", m, a)
				for _, avp := range a.AVPs {
					t.Expect(avp.Code < 16777000, "no AVP of the request but Proxy-Info: not %s", octets.AVPName(avp.Code, 0))
				}
			}},
		Case{ID: "rfc6733/6.2/proxy-info-many",
			Text: "Thirty agents on the way are thirty of Proxy-Info in the answer.",
			Run: func(t *T) {
				c := t.Open()
				m := c.ECR(t.AnyPhone()).With(proxies(30)...)
				expectProxies(t, "a check", m, c.Ask(m))
			}},
		Case{ID: "rfc6733/6.2/long-session-id",
			Text: "A long Session-Id comes back whole.",
			Run: func(t *T) {
				c := t.Open()
				id := c.Host + ";1;2;" + string(bytes.Repeat([]byte("s"), 1500))
				a := c.Ask(c.ECR(t.AnyPhone()).Replace(octets.SessionID, octets.Text(octets.SessionID, id)))
				t.Expect(a.Text(octets.SessionID) == id, "the whole Session-Id")
			}},
	)
}

// proxies are n of Proxy-Info whose states need padding, and hold any octets.
func proxies(n int) []octets.AVP {
	var all []octets.AVP
	for i := range n {
		all = append(all, octets.Group(octets.ProxyInfo,
			octets.Text(octets.ProxyHost, fmt.Sprintf("agent%d.example.org", i)),
			octets.AVP{Code: octets.ProxyState, Flags: octets.M, Data: bytes.Repeat([]byte{byte(i), 0, 0xff}, i%4+1)}))
	}
	return all
}

func expectProxies(t *T, name string, m octets.Message, a Answer) {
	want, got := m.All(octets.ProxyInfo, 0), a.All(octets.ProxyInfo, 0)
	same := len(want) == len(got)
	for i := 0; same && i < len(want); i++ {
		same = bytes.Equal(want[i].Append(nil), got[i].Append(nil))
	}
	t.Expect(same, "the %d Proxy-Info of the request, in their order, in the answer to %s", len(want), name)
}
