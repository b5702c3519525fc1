package suite

import (
	"encoding/binary"

	"paperweight/conformance/octets"
)

// RFC 7944: priorities.
func rfc7944() []Case {
	priority := func(v uint32) octets.AVP { return octets.Number(octets.DRMP, v).Optional() }
	return []Case{
		{ID: "rfc7944/9.1/every-priority",
			Text: "A request of any priority, 0 to 15, is served where there is no overload.",
			Run: func(t *T) {
				c := t.Open()
				for v := range uint32(16) {
					t.Expect(c.Ask(c.ECR(t.AnyPhone()).With(priority(v))).Checked(), "the check of priority %d answered", v)
				}
			}},
		{ID: "rfc7944/9.1/first",
			Text: "DRMP may stand where the grammar of S13 has it: right behind the Session-Id.",
			Run: func(t *T) {
				c := t.Open()
				m := c.ECR(t.AnyPhone())
				id, _ := m.Find(octets.SessionID, 0)
				t.Expect(c.Ask(m.Replace(octets.SessionID, id, priority(3))).Checked(), "the check answered")
			}},
		{ID: "rfc7944/8/of-answers",
			Text: "A DRMP in an answer is there to say another priority than the request's, has no V bit, and a value up to 15.",
			Run: func(t *T) {
				c := t.Open()
				for _, v := range []uint32{0, 10, 15} {
					a := c.Ask(c.ECR(t.AnyPhone()).With(priority(v)))
					for _, avp := range a.All(octets.DRMP, 0) {
						got, ok := avp.Uint32()
						t.Expect(ok && got != v && got <= 15, "no DRMP, or another one than %d up to 15", v)
					}
				}
			}},
		{ID: "rfc7944/9.1/with-m-bit",
			Text: "A DRMP with the M bit (its rules do not ask for it) is understood all the same, or refused with an error that names it.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).With(octets.Number(octets.DRMP, 5)))
				if !a.Checked() {
					t.Refused(a, 5001, 3009, 5016)
				}
				t.Answers(c)
			}},
		{ID: "rfc7944/9.1/value-16",
			Text: "A DRMP of a value that does not exist is ignored, or refused with 5004: the connection goes on.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).With(priority(16)))
				if !a.Checked() {
					t.Refused(a, 5004)
				}
				t.Answers(c)
			}},
	}
}

// features is an OC-Supported-Features with a vector, or without.
func features(vector ...uint64) octets.AVP {
	var inner []octets.AVP
	for _, v := range vector {
		inner = append(inner, octets.AVP{Code: octets.OCFeatureVector, Data: binary.BigEndian.AppendUint64(nil, v)})
	}
	return octets.Group(octets.OCSupportedFeatures, inner...).Optional()
}

// RFC 7683: overload indication, while there is no overload. It is optional on
// S13.
func rfc7683() []Case {
	overload := func(a Answer) int {
		return len(a.All(octets.OCSupportedFeatures, 0)) + len(a.All(octets.OCOLR, 0))
	}
	return []Case{
		{ID: "rfc7683/5.1.1/announced",
			Text: "A request with OC-Supported-Features is served, whatever it announces.",
			Run: func(t *T) {
				c := t.Open()
				for _, avp := range []octets.AVP{features(), features(1), features(1 << 40), features(0xffffffffffffffff)} {
					t.Expect(c.Ask(c.ECR(t.AnyPhone()).With(avp)).Checked(), "the check answered")
				}
			}},
		{ID: "rfc7683/5.1.2/not-announced",
			Text: "To a request without OC-Supported-Features the answer has no AVP of overload control.",
			Run: func(t *T) {
				c := t.Open()
				c.Ask(c.ECR(t.AnyPhone()).With(features(1))) // what was announced once holds for that request alone
				for _, s := range append(checks(t), faults(t)...) {
					t.Expect(overload(c.Ask(s.make(c))) == 0, "no AVP of overload control in the answer to %s", s.name)
				}
			}},
		{ID: "rfc7683/5.1.2/selected",
			Text: "Who answers with OC-Supported-Features selects one algorithm, and one that was announced: loss.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).With(features(1)))
				all := a.All(octets.OCSupportedFeatures, 0)
				if len(all) == 0 {
					t.Expect(len(a.All(octets.OCOLR, 0)) == 0, "no report from who supports no overload control")
					return
				}
				inner, err := all[0].Inner()
				t.Expect(err == nil && len(all) == 1, "one OC-Supported-Features that can be read")
				for _, i := range inner {
					if i.Is(octets.OCFeatureVector, 0) {
						t.Expect(len(i.Data) == 8 && binary.BigEndian.Uint64(i.Data) == 1, "OC-Feature-Vector 1 (loss), or none")
					}
				}
			}},
		{ID: "rfc7683/7.8/flags",
			Text: "AVPs of overload control have no V bit in the answer.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).With(features(1)))
				for _, avp := range a.AVPs {
					t.Expect(avp.Code < 621 || avp.Code > 627 || avp.Flags&octets.V == 0, "%s without the V bit", octets.AVPName(avp.Code, 0))
				}
			}},
		{ID: "rfc7683/5.2/report-in-a-request",
			Text: "A report (OC-OLR) in a request has no business there and does no harm.",
			Run: func(t *T) {
				c := t.Open()
				a := c.Ask(c.ECR(t.AnyPhone()).With(octets.Group(octets.OCOLR,
					octets.AVP{Code: octets.OCSequenceNumber, Data: make([]byte, 8)}, octets.Number(octets.OCReductionPercentage, 100).Optional(), octets.Number(octets.OCReportType, 0).Optional()).Optional()))
				t.Expect(a.Checked() || a.Result() >= 5000, "the check answered, or an error")
				t.Answers(c)
			}},
	}
}
