package suite

import (
	"net"
	"net/netip"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// RFC 6733 5.3.2 to 5.3.7: the CEA.
func rfc6733x5x3x2() []Case {
	cea := func(t *T) (*Conn, octets.Message, Answer) {
		c := t.Dial()
		c.Host = t.Identity()
		m := c.CER()
		return c, m, c.Ask(m)
	}
	once := func(t *T, a Answer, code uint32) octets.AVP {
		all := a.All(code, 0)
		t.Expect(len(all) == 1, "one %s in the CEA", octets.AVPName(code, 0))
		return all[0]
	}
	return []Case{
		{ID: "rfc6733/5.3.2/header",
			Text: "The CEA has the identifiers of the CER, command 257 of application 0, and P and E clear.",
			Run: func(t *T) {
				_, m, a := cea(t)
				t.Expect(a.HopByHop == m.HopByHop && a.EndToEnd == m.EndToEnd && a.App == 0 && a.Flags == 0,
					"identifiers %#x and %#x, application 0 and no flag", m.HopByHop, m.EndToEnd)
			}},
		{ID: "rfc6733/5.3.2/grammar",
			Text: "The CEA has one Result-Code, Origin-Host, Origin-Realm, Vendor-Id and Product-Name, and a Host-IP-Address or more.",
			Run: func(t *T) {
				_, _, a := cea(t)
				for _, code := range []uint32{octets.ResultCode, octets.OriginHost, octets.OriginRealm, octets.VendorID, octets.ProductName} {
					once(t, a, code)
				}
				t.Expect(len(a.All(octets.HostIPAddress, 0)) > 0, "a Host-IP-Address")
				_, isNumber := once(t, a, octets.VendorID).Uint32()
				t.Expect(isNumber, "a Vendor-Id of four octets")
				t.Expect(a.Text(octets.OriginHost) != "" && a.Text(octets.OriginRealm) != "", "names that are not empty")
			}},
		{ID: "rfc6733/5.3.2/names",
			Text: "Origin-Host and Origin-Realm of the CEA are those that the subject is known by, and its answers have the same.",
			Run: func(t *T) {
				c, _, a := cea(t)
				t.Expect(t.Named(a) && t.Named(c.Ask(c.ECR(t.AnyPhone()))), "Origin-Host %s and Origin-Realm %s", t.Subject.Host, t.Subject.Realm)
			}},
		{ID: "rfc6733/5.3.2/applications", Level: should,
			Text: "The CEA names S13 among the subject's applications, or says that it is a relay.",
			Run: func(t *T) {
				_, _, a := cea(t)
				t.Expect(offered(a)[octets.AppS13] || offered(a)[octets.AppRelay], "application 16777252 in the CEA")
			}},
		{ID: "rfc6733/4.5/product-name",
			Text: "Product-Name and Firmware-Revision must not have the M bit.",
			Run: func(t *T) {
				_, _, a := cea(t)
				for _, code := range []uint32{octets.ProductName, octets.FirmwareRevision} {
					for _, avp := range a.All(code, 0) {
						t.Expect(avp.Flags&octets.M == 0, "%s without the M bit", octets.AVPName(code, 0))
					}
				}
			}},
		{ID: "rfc6733/4.5/cea-m-bits",
			Text: "The other AVPs of the CEA have the M bit, and none has a Vendor-Id.",
			Run: func(t *T) {
				_, _, a := cea(t)
				for _, code := range []uint32{octets.ResultCode, octets.OriginHost, octets.OriginRealm, octets.HostIPAddress, octets.VendorID,
					octets.OriginStateID, octets.SupportedVendorID, octets.AuthApplicationID, octets.VendorSpecificApplicationID} {
					for _, avp := range a.All(code, 0) {
						t.Expect(avp.Flagged(octets.M), "%s with the M bit alone", octets.AVPName(code, 0))
					}
				}
			}},
		{ID: "rfc6733/5.3.5/address-format",
			Text: "Each Host-IP-Address is an address: family 1 and four octets, or family 2 and sixteen.",
			Run: func(t *T) {
				_, _, a := cea(t)
				for _, avp := range a.All(octets.HostIPAddress, 0) {
					d := avp.Data
					t.Expect(len(d) == 6 && d[0] == 0 && d[1] == 1 || len(d) == 18 && d[0] == 0 && d[1] == 2, "an address of IPv4 or IPv6")
				}
			}},
		{ID: "rfc6733/5.3.5/own-address", Level: should,
			Text: "The address that was called is among the subject's Host-IP-Addresses (where no address translation stands between).",
			Run: func(t *T) {
				c, _, a := cea(t)
				host, _, err := net.SplitHostPort(c.RemoteAddr())
				called, parsed := netip.ParseAddr(host)
				if err != nil || parsed != nil {
					t.NotRun("the transport does not tell the address that was called")
				}
				want := judge.Address(called.Unmap().WithZone(""))
				for _, avp := range a.All(octets.HostIPAddress, 0) {
					if string(avp.Data) == string(want) {
						return
					}
				}
				t.Expect(false, "Host-IP-Address %s", called)
			}},
		{ID: "rfc6733/5.3.6/not-zero",
			Text: "A Supported-Vendor-Id must not be zero.",
			Run: func(t *T) {
				_, _, a := cea(t)
				for _, avp := range a.All(octets.SupportedVendorID, 0) {
					v, ok := avp.Uint32()
					t.Expect(ok && v != 0, "no Supported-Vendor-Id of zero")
				}
			}},
		{ID: "ts29272/7.1.8/supported-vendor",
			Text: "An EIR names 3GPP (10415) in a Supported-Vendor-Id, or as the Vendor-Id.",
			Run: func(t *T) {
				_, _, a := cea(t)
				for _, avp := range append(a.All(octets.SupportedVendorID, 0), a.All(octets.VendorID, 0)...) {
					if v, _ := avp.Uint32(); v == tgpp {
						return
					}
				}
				t.Expect(false, "Supported-Vendor-Id 10415")
			}},
		{ID: "ts29272/7.1.8/vendor-specific-application",
			Text: "S13 is advertised inside Vendor-Specific-Application-Id, with Vendor-Id 10415.",
			Run: func(t *T) {
				_, _, a := cea(t)
				for _, avp := range a.All(octets.VendorSpecificApplicationID, 0) {
					inner, err := avp.Inner()
					t.Expect(err == nil, "a Vendor-Specific-Application-Id that can be read")
					vendor, s13 := false, false
					for _, i := range inner {
						v, _ := i.Uint32()
						vendor = vendor || i.Is(octets.VendorID, 0) && v == tgpp
						s13 = s13 || i.Is(octets.AuthApplicationID, 0) && v == octets.AppS13
					}
					if vendor && s13 {
						return
					}
				}
				t.Expect(offered(a)[octets.AppRelay], "Vendor-Specific-Application-Id {10415, 16777252}")
			}},
		{ID: "rfc6733/8.16/origin-state-id",
			Text: "The subject's Origin-State-Id does not change while it runs: the same in every CEA.",
			Run: func(t *T) {
				_, _, a := cea(t)
				_, _, b := cea(t)
				x, _ := a.Find(octets.OriginStateID, 0)
				y, _ := b.Find(octets.OriginStateID, 0)
				t.Expect(string(x.Data) == string(y.Data), "the Origin-State-Id %x of the CEA before", x.Data)
			}},
		{ID: "rfc6733/8.16/not-the-peers",
			Text: "The Origin-State-Id of the CEA is the subject's own, not what the peer sent.",
			Run: func(t *T) {
				same := 0 // one may be its own by chance: a counter begins at 1
				for _, id := range []uint32{1, 0xfffffffe} {
					c := t.Dial()
					c.Host = t.Identity()
					a := c.Ask(c.CER().With(octets.Number(octets.OriginStateID, id)))
					avp, ok := a.Find(octets.OriginStateID, 0)
					if v, _ := avp.Uint32(); ok && v == id {
						same++
					}
					t.Expect(a.Result() == judge.Success && same < 2, "a CEA whose Origin-State-Id is not what two CERs brought, 1 and then %d", id)
				}
			}},
	}
}

// offered returns the applications that a CER or CEA names.
func offered(a Answer) map[uint32]bool {
	apps := map[uint32]bool{}
	avps := a.AVPs
	for _, avp := range a.All(octets.VendorSpecificApplicationID, 0) {
		if inner, err := avp.Inner(); err == nil {
			avps = append(avps[:len(avps):len(avps)], inner...)
		}
	}
	for _, avp := range avps {
		if v, ok := avp.Uint32(); ok && (avp.Is(octets.AuthApplicationID, 0) || avp.Is(octets.AcctApplicationID, 0)) {
			apps[v] = true
		}
	}
	return apps
}
