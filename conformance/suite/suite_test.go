package suite

import (
	"context"
	"net"
	"regexp"
	"strings"
	"testing"

	"paperweight/conformance/judge"
	"paperweight/conformance/octets"
)

var idForm = regexp.MustCompile(`^(rfc6733|rfc3539|rfc7683|rfc7944|ts29272)/[0-9]+(\.[0-9]+)*/[a-z0-9-]+$`)

func TestCases(t *testing.T) {
	seen := map[string]bool{}
	all := Cases()
	for _, c := range all {
		if !idForm.MatchString(c.ID) {
			t.Errorf("%s: an ID is document/clause/name", c.ID)
		}
		if seen[c.ID] {
			t.Errorf("%s stands twice", c.ID)
		}
		seen[c.ID] = true
		if !strings.HasSuffix(c.Text, ".") || len(c.Text) < 20 || strings.Contains(c.Text, "\n") {
			t.Errorf("%s: the requirement is no sentence: %q", c.ID, c.Text)
		}
		if c.Run == nil {
			t.Errorf("%s does nothing", c.ID)
		}
	}
	if len(all) < 120 {
		t.Errorf("%d cases; the suite has at least 120", len(all))
	}
}

// Each class of malformed identity that a subject may declare has its case.
func TestMalformedClasses(t *testing.T) {
	var text strings.Builder
	for _, c := range malformed() {
		text.WriteString(c.ID + "\n")
	}
	for _, class := range judge.MalformedClasses {
		id := "ts29272/6.2.1/identity-" + strings.ReplaceAll(class, "_", "-")
		if class == "svn" {
			id = "ts29272/6.2.1/software-version-malformed"
		}
		if !strings.Contains(text.String(), id+"\n") {
			t.Errorf("%s has no case %s", class, id)
		}
	}
}

// While the lists can't be read nothing passes but what the subject declares, and
// who still knows the equipment has not been tried.
func TestUnread(t *testing.T) {
	answer := func(avps ...octets.AVP) Answer {
		m, err := octets.Parse(octets.Message{}.With(avps...).Bytes())
		if err != nil {
			t.Fatal(err)
		}
		return Answer{Message: m}
	}
	status := func(v uint32) Answer {
		return answer(octets.Number(octets.ResultCode, judge.Success), octets.Number(octets.EquipmentStatus, v).Of(tgpp))
	}
	answers := map[string]Answer{
		"unable": answer(octets.Number(octets.ResultCode, 5012)),
		"unknown": answer(octets.Group(octets.ExperimentalResult,
			octets.Number(octets.VendorID, tgpp), octets.Number(octets.ExperimentalResultCode, judge.EquipmentUnknown))),
		"permitted":  status(judge.Whitelisted),
		"prohibited": status(judge.Blacklisted),
		"tracked":    status(judge.Greylisted),
	}
	for _, declared := range []string{"", "unable", "unknown", "permitted", "prohibited", "tracked"} {
		for name, a := range answers {
			want := judge.Failed
			switch {
			case name == declared, declared == "" && name == "unable":
				want = judge.Passed
			case name == "prohibited":
				want = judge.NotRun
			}
			run := judge.Run{Cases: []judge.Case{{ID: "doc/1/unread", Last: true, Run: func(t *T) { unread(t, a) }}}}
			report := run.Judge(t.Context(), &judge.Setup{Subject: judge.Subject{Declares: judge.Declarations{StoreFailure: declared}}, Connect: nobody})
			if got := report.Results[0].Outcome; got != want {
				t.Errorf("declared %q, answered %s: %s, want %s", declared, name, got, want)
			}
		}
	}
}

// nobody answers.
func nobody(context.Context) (net.Conn, error) { return nil, net.ErrClosed }

// TS 23.003 annex B's way, with a vector of its own.
func TestCheckDigit(t *testing.T) {
	if d := checkDigit("26053179311383"); d != '7' {
		t.Errorf("check digit %c, want 7", d)
	}
}
