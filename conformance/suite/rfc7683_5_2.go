package suite

import (
	"encoding/binary"
	"time"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

const (
	// reportWithin bounds the flood that a subject has for its first report.
	reportWithin = 4 * time.Second
	// endWithin bounds the wait for the end of reports.
	endWithin = 45 * time.Second
)

// RFC 7683 5.2: overload reports. Only who sends some can send wrong ones, and a
// rate that a peer exceeds need not be an overload (5.2.3): where no report comes
// the cases are not run.
func rfc7683x5x2() []Case {
	needs := []judge.Need{judge.NeedRate}
	return []Case{
		{ID: "rfc7683/7.3/report", Alone: true, Needs: needs,
			Text: "A report has a sequence number and its type, HOST or REALM, first; a reduction up to 100 and a validity up to 86400, if any; no V bit.",
			Run: func(t *T) {
				c := t.Open()
				n := 0
				reports(t, c, func(a Answer) bool { n++; return n == 100 })
			}},
		{ID: "rfc7683/5.1.2/features-over-the-rate", Alone: true, Needs: needs,
			Text: "While it reports, whoever reports answers each OC-Supported-Features with its own: a refusal too.",
			Run: func(t *T) {
				c := t.Open()
				n := 0
				reports(t, c, func(a Answer) bool {
					t.Expect(len(a.All(octets.OCSupportedFeatures, 0)) == 1, "one OC-Supported-Features")
					n++
					return n == 100
				})
			}},
		{ID: "rfc7683/5.1.2/report-not-announced", Alone: true, Needs: needs,
			Text: "While it reports, to a request without OC-Supported-Features the answer has no AVP of overload control, refusal or not.",
			Run: func(t *T) {
				c := t.Open()
				n := 0
				reports(t, c, func(Answer) bool {
					a := c.Ask(c.ECR(t.AnyPhone()))
					t.Expect(len(a.All(octets.OCSupportedFeatures, 0))+len(a.All(octets.OCOLR, 0)) == 0, "no AVP of overload control")
					n++
					return n == 20
				})
			}},
		{ID: "rfc7683/5.2.1.4/sequence", Alone: true, Needs: needs,
			Text: "The sequence number grows whenever a report says something else, and never falls.",
			Run: func(t *T) {
				c := t.Open()
				changes := 0
				var last report
				follow := func(a Answer) {
					r, ok := reported(t, a)
					switch {
					case !ok:
						return
					case last.some && r.says() != last.says():
						t.Expect(r.sequence > last.sequence, "a sequence number above %d: the report before said something else", last.sequence)
						changes++
					case last.some:
						t.Expect(r.sequence >= last.sequence, "a sequence number of %d or more", last.sequence)
					}
					last = r
				}
				began := time.Now()
				reports(t, c, func(a Answer) bool {
					follow(a)
					return time.Since(began) > 2*time.Second
				})
				// It changes as the load does.
				for until := time.Now().Add(10 * time.Second); changes < 2 && time.Now().Before(until); {
					time.Sleep(50 * time.Millisecond) // far below any rate
					follow(c.Ask(c.ECR(t.AnyPhone()).With(features(1))))
				}
				if changes == 0 {
					t.NotRun("the report did not change within 10s of the load's end")
				}
			}},
		{ID: "rfc7683/5.2.3/end", Slow: true, Needs: []judge.Need{judge.NeedPeerRate}, Level: should,
			Text: "When an overload is over its report is eased, and its end is said: by a validity of 0.",
			Run: func(t *T) {
				c := t.Open()
				ask := func(int) octets.Message { return c.ECR(t.AnyPhone()).With(features(1)) }
				// A tenth is refused and no more: a small overload is over soon.
				asked, refused := 0, 0
				t.Flood(c, floodFor, ask, func(_ octets.Message, a Answer) bool {
					if asked++; !a.Checked() {
						refused++
					}
					return 10*refused >= asked
				})
				var most, last report
				silent := true
				for until := time.Now().Add(endWithin); time.Now().Before(until); {
					time.Sleep(100 * time.Millisecond) // far below any rate
					r, ok := reported(t, c.Ask(ask(0)))
					if silent = !ok; silent {
						continue // 5.2.3: what is active there need not be sent again
					}
					if r.validity == 0 {
						return
					}
					if last = r; r.reduction > most.reduction {
						most = r
					}
				}
				if !most.some {
					t.NotRun("no report came of %d refusals of %d checks: overload control is optional on S13", refused, asked)
				}
				t.Expect(!silent, "a report with a validity of 0 behind the last one")
				t.Expect(last.reduction < most.reduction, "a lower reduction than %d, or the end, %v after the last refusal", most.reduction, endWithin)
				t.NotRun("the reduction fell from %d to %d, and the end did not come within %v", most.reduction, last.reduction, endWithin)
			}},
	}
}

// report is an OC-OLR.
type report struct {
	some                      bool
	sequence                  uint64
	kind, reduction, validity uint32
}

// says is what a reacting node does because of it.
func (r report) says() [3]uint32 { return [3]uint32{r.kind, r.reduction, r.validity} }

// reports floods c with checks that announce the loss algorithm, until enough
// says so of an answer that has a report. The case is not run where none comes.
func reports(t *T, c *Conn, enough func(Answer) bool) {
	came := false
	ask := func(int) octets.Message { return c.ECR(t.AnyPhone()).With(features(1)) }
	tooSlow := t.Flood(c, reportWithin, ask, func(_ octets.Message, a Answer) bool {
		_, ok := reported(t, a)
		came = came || ok
		return ok && enough(a)
	})
	switch {
	case came:
	case tooSlow != "":
		t.NotRun("%s", tooSlow)
	default:
		t.NotRun("no report came within %v of four times the rate: overload control is optional on S13", reportWithin)
	}
}

// reported reads the report of an answer, if it has one, and expects that it can
// be read (RFC 7683 7.3 to 7.8).
func reported(t *T, a Answer) (r report, ok bool) {
	all := a.All(octets.OCOLR, 0)
	if len(all) == 0 {
		return r, false
	}
	inner, err := all[0].Inner()
	t.Expect(err == nil && len(inner) >= 2 && all[0].Flags&octets.V == 0, "an OC-OLR without the V bit, whose AVPs can be read")
	t.Expect(inner[0].Is(octets.OCSequenceNumber, 0) && len(inner[0].Data) == 8 && inner[1].Is(octets.OCReportType, 0),
		"in the OC-OLR first an OC-Sequence-Number of 8 octets, then an OC-Report-Type")
	r = report{some: true, sequence: binary.BigEndian.Uint64(inner[0].Data), validity: 30} // 7.5: the default
	for i, avp := range inner[1:] {
		v, number := avp.Uint32()
		switch {
		case avp.Is(octets.OCReportType, 0):
			t.Expect(number && v <= 1 && i == 0, "one OC-Report-Type, HOST_REPORT (0) or REALM_REPORT (1)")
			r.kind = v
		case avp.Is(octets.OCReductionPercentage, 0):
			t.Expect(number && v <= 100, "an OC-Reduction-Percentage from 0 to 100")
			r.reduction = v
		case avp.Is(octets.OCValidityDuration, 0):
			t.Expect(number && v <= 86400, "an OC-Validity-Duration up to 86400")
			r.validity = v
		}
	}
	return r, true
}
