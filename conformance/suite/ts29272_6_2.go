package suite

import (
	"slices"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// list is prepared equipment and what it is.
type list struct {
	name   string
	imeis  []string
	status int
}

func lists(t *T) []list {
	e := &t.Subject.Equipment
	return []list{
		{"prohibited", e.Prohibited, judge.Blacklisted},
		{"tracked", e.Tracked, judge.Greylisted},
		{"permitted", e.Permitted, judge.Whitelisted},
	}
}

// status expects the answer for equipment on a list.
func status(t *T, a Answer, imei, name string, want int) {
	t.Expect(a.Result() == judge.Success && a.Status() == want,
		"Result-Code 2001 and Equipment-Status %d for %s, which is %s", want, imei, name)
}

// TS 29.272 6.2: the check.
func ts29272x6x2() []Case {
	needs := []judge.Need{judge.NeedEquipment}
	var cases []Case
	for i, name := range []string{"prohibited", "tracked", "permitted"} {
		cases = append(cases, Case{ID: "ts29272/6.2.1/" + name, Needs: needs,
			Text: "Equipment that is " + name + " gets Result-Code 2001 and its Equipment-Status.",
			Run: func(t *T) {
				c := t.Open()
				l := lists(t)[i]
				for _, imei := range l.imeis {
					status(t, c.Ask(c.ECR(imei)), imei, l.name, l.status)
				}
			}})
	}
	for _, form := range []struct {
		name, text string
		level      judge.Level
		edit       func(string) string
	}{
		{"15-digits-spare", "a spare 0 as 15th digit", judge.Must, func(s string) string { return s + "0" }},
		{"15-digits-check-digit", "the right check digit", judge.Must, func(s string) string { return s + string(checkDigit(s)) }},
		{"15-digits-wrong-check-digit", "a wrong check digit", judge.Must, func(s string) string { return s + string('0'+(checkDigit(s)-'0'+5)%10) }},
		// Clause 6.2.1.3 speaks of 14 and 15 digits. Peers send 16 all the same.
		{"16-digits", "the two digits of a Software-Version behind it (IMEISV)", should, func(s string) string { return s + "42" }},
	} {
		cases = append(cases, Case{ID: "ts29272/6.2.1.3/" + form.name, Needs: needs, Level: form.level,
			Text: "The first 14 digits identify the equipment: an IMEI with " + form.text + " gets the same answer.",
			Run: func(t *T) {
				c := t.Open()
				for _, l := range lists(t) {
					for _, imei := range l.imeis {
						status(t, c.Ask(c.ECR(form.edit(imei))), form.edit(imei), l.name, l.status)
					}
				}
			}})
	}
	return append(cases,
		Case{ID: "ts29272/6.2.1/mixed", Needs: needs,
			Text: "Each check of a connection gets the answer of its own equipment, whatever was asked before.",
			Run: func(t *T) {
				c := t.Open()
				for range 5 {
					for _, l := range lists(t) {
						for _, imei := range l.imeis {
							status(t, c.Ask(c.ECR(imei)), imei, l.name, l.status)
						}
					}
				}
			}},
		Case{ID: "ts29272/6.2.1/repeated",
			Text: "The same question gets the same answer.",
			Run: func(t *T) {
				c := t.Open()
				first := c.Ask(c.ECR(t.AnyPhone()))
				for range 20 {
					a := c.Ask(c.ECR(t.AnyPhone()))
					t.Expect(a.Result() == first.Result() && a.Status() == first.Status(), "Result-Code %d and Equipment-Status %d again", first.Result(), first.Status())
				}
			}},
		Case{ID: "ts29272/6.2.1/other-connection", Needs: needs,
			Text: "Every peer gets the same answer about the same equipment.",
			Run: func(t *T) {
				for range 3 {
					c := t.Open()
					for _, l := range lists(t) {
						status(t, c.Ask(c.ECR(l.imeis[0])), l.imeis[0], l.name, l.status)
					}
				}
			}},
		Case{ID: "ts29272/6.2.1.3/16-digits-otherwise", Needs: needs,
			Text: "An IMEI with the digits of a Software-Version behind it, where it is not answered as its first 14 digits, is refused with 5004.",
			Run: func(t *T) {
				c := t.Open()
				for _, l := range lists(t) {
					for _, imei := range l.imeis {
						if a := c.Ask(c.ECR(imei + "42")); a.Checked() {
							status(t, a, imei+"42", l.name, l.status)
						} else {
							t.Refused(a, 5004)
							t.Blames(a, octets.IMEI, tgpp)
						}
					}
				}
			}},
		Case{ID: "ts29272/6.2.1.3/digit-14-counts", Needs: needs,
			Text: "All of the 14 digits count: the next serial number is another phone.",
			Run:  neighbour(13)},
		Case{ID: "ts29272/6.2.1.3/digit-8-counts", Needs: needs,
			Text: "The type allocation code counts: the same serial number of another type is another phone.",
			Run:  neighbour(7)},
		Case{ID: "ts29272/6.2.1/vendor-specific-application-absent",
			Text: "Vendor-Specific-Application-Id is optional in an ECR.",
			Run: func(t *T) {
				c := t.Open()
				t.Expect(c.Ask(c.ECR(t.AnyPhone()).Without(octets.VendorSpecificApplicationID)).Checked(), "the check answered")
			}},
	)
}

// neighbour asks about an IMEI that is on no list, and differs in one digit from one
// that is on a list whose answer is not that for equipment on none.
func neighbour(digit int) func(*T) {
	return func(t *T) {
		c := t.Open()
		e := &t.Subject.Equipment
		listed := slices.Concat(e.Prohibited, e.Tracked, e.Permitted, []string{e.Pair.IMEI})
		of := lists(t)[0]
		if of.name == t.Subject.Declares.Unknown {
			of = lists(t)[2]
		}
		imei := []byte(of.imeis[0])
		for range 9 {
			imei[digit] = '0' + (imei[digit]-'0'+1)%10
			if !slices.Contains(listed, string(imei)) {
				a := c.Ask(c.ECR(string(imei)))
				t.Expect(a.Checked() && a.Status() != of.status, "another answer for %s than for %s", imei, of.imeis[0])
				return
			}
		}
		t.NotRun("all IMEIs that differ from %s in digit %d are on a list", of.imeis[0], digit+1)
	}
}

// checkDigit returns the Luhn digit of 14 digits (TS 23.003 annex B).
func checkDigit(imei string) byte {
	sum := 0
	for i := range 14 {
		d := int(imei[i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}
