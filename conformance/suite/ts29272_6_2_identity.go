package suite

import (
	"strings"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

// TS 29.272 6.2.1 and TS 23.003 6: identities that are none. What they get is
// the EIR's to choose ("malformed" in subject.yaml); that they get an answer
// which makes sense, on a connection that goes on, is not.
func malformed() []Case {
	var cases []Case
	for _, class := range []struct {
		name, text string
		imeis      []string
	}{
		{"empty", "An empty IMEI", []string{""}},
		{"blank", "An IMEI of blanks", []string{" ", strings.Repeat(" ", 14)}},
		{"null", "An IMEI of zero octets", []string{strings.Repeat("\x00", 14), "\x00"}},
		{"too_short", "An IMEI of under 14 digits", []string{"1", "0010010100000"}},
		{"too_long", "An IMEI of over 16 digits", []string{"00100101000001000", strings.Repeat("1", 200)}},
		{"hexadecimal", "An IMEI with hexadecimal digits", []string{"00100101A0000F", "DEADBEEF000000"}},
		{"symbols", "An IMEI with # and *", []string{"001001#1*00001", "**************"}},
		{"letters", "An IMEI of letters", []string{"ABCDEFGHIJKLMN", "unknown"}},
		{"other_octets", "An IMEI that is no UTF-8", []string{"\xff\xfe\xfd\xff\xfe\xfd\xff\xfe\xfd\xff\xfe\xfd\xff\xfe", "0010010\xff000001"}},
		{"all_zero", "An IMEI of nothing but 0", []string{"00000000000000", "000000000000000"}},
		{"repeated_digit", "An IMEI of one digit repeated", []string{"11111111111111", "999999999999999"}},
	} {
		cases = append(cases, Case{ID: "ts29272/6.2.1/identity-" + strings.ReplaceAll(class.name, "_", "-"),
			Text: class.text + " gets an answer that makes sense, and the one that the subject declares.",
			Run: func(t *T) {
				c := t.Open()
				for _, imei := range class.imeis {
					a := c.Ask(c.ECR("").Replace(octets.TerminalInformation,
						octets.Group(octets.TerminalInformation, octets.Text(octets.IMEI, imei).Of(tgpp)).Of(tgpp)))
					sensible(t, a, class.name, octets.IMEI)
				}
				t.Answers(c)
			}})
	}
	return append(cases,
		Case{ID: "ts29272/6.2.1/identity-absent",
			Text: "A Terminal-Information without an IMEI gets an answer that makes sense: 5005 with a Failed-AVP, or what the subject declares.",
			Run: func(t *T) {
				c := t.Open()
				for _, inner := range [][]octets.AVP{nil, {octets.Text(octets.SoftwareVersion, "01").Of(tgpp)}} {
					a := c.Ask(c.ECR("").Replace(octets.TerminalInformation, octets.Group(octets.TerminalInformation, inner...).Of(tgpp)))
					sensible(t, a, "absent", octets.IMEI)
				}
				t.Answers(c)
			}},
		Case{ID: "ts29272/6.2.1/software-version-malformed",
			Text: "A Software-Version that is not two digits gets an answer that makes sense.",
			Run: func(t *T) {
				c := t.Open()
				for _, svn := range []string{"1", "123", "AB", "\xff\xff"} {
					a := c.Ask(c.ECR("").Replace(octets.TerminalInformation, octets.Phone(t.AnyPhone(), svn)))
					sensible(t, a, "svn", octets.SoftwareVersion)
				}
				t.Answers(c)
			}},
		Case{ID: "ts29272/6.2.1/no-digit-is-cut",
			Text: "A number of 17 digits is no IMEI: it does not get the answer of its first 14.", Needs: []judge.Need{judge.NeedEquipment}, Level: should,
			Run: func(t *T) {
				if t.Subject.Declares.Malformed["too_long"] == "prohibited" {
					t.NotRun("the subject prohibits whatever has too many digits (declares.malformed.too_long)")
				}
				c := t.Open()
				for _, imei := range t.Subject.Equipment.Prohibited {
					a := c.Ask(c.ECR(imei + "123"))
					t.Expect(a.Status() != judge.Blacklisted, "another answer than that of %s", imei)
				}
			}},
	)
}

// sensible expects an answer that an ECR with a malformed identity may get, and
// the declared one where there is one. 5012, for unspecified reasons, says little
// and forbids nothing.
func sensible(t *T, a Answer, class string, code uint32) {
	if !a.Checked() {
		t.Refused(a, 5004, 5005, 5012, 5014)
		t.Expect(a.Result() != 5004 || hasFailed(a, code), "a Failed-AVP with %s", octets.AVPName(code, tgpp))
		t.Expect(a.Status() == judge.NoStatus, "no Equipment-Status beside an error")
	}
	want := t.Subject.Declares.Malformed[class]
	got := map[int]string{judge.Whitelisted: "permitted", judge.Blacklisted: "prohibited", judge.Greylisted: "tracked", judge.NoStatus: "invalid"}[a.Status()]
	if a.Unknown() {
		got = "unknown"
	}
	t.Expect(want == "" || got == want, "the declared answer for this class, %q, and not %q", want, got)
}

func hasFailed(a Answer, code uint32) bool {
	_, ok := a.Failed(code, tgpp)
	return ok
}
