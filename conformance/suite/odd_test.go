package suite

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/conformance/judge"
)

// No case fails an EIR that keeps every MUST, whatever liberties it takes. What it
// does not keep of the SHOULDs is warned of, and nothing else is.
func TestOddEIRConforms(t *testing.T) {
	s := odd(t, false)
	if err := s.Meet(); err != nil {
		t.Fatal(err)
	}
	run := judge.Run{Cases: Cases(), Jobs: 16}
	report := run.Judge(context.Background(), s)
	var warned []string
	for i := range report.Results {
		x := &report.Results[i]
		switch x.Outcome {
		case judge.Failed:
			_ = x.WriteText(t.Output())
			t.Errorf("%s fails an EIR that conforms", x.ID)
		case judge.Warned:
			warned = append(warned, x.ID)
		}
	}
	want := []string{
		"rfc6733/3/version-2-answer",
		"rfc6733/3/length-answer",
		"rfc6733/2.1/compromised-stream",
		"rfc6733/4.1/p-bit-of-answers",
		"rfc6733/5.3/no-common-application-ends",
		"rfc6733/5.3.5/own-address",
		"rfc6733/5.6.1/first-a-check",
		"rfc6733/5.6.1/first-a-dwr",
		"rfc6733/5.6.1/first-a-dpr",
		"rfc6733/5.6.1/first-a-cea",
		"rfc6733/6.1.3/loop",
		"rfc6733/6.1.3/loop-among-others",
		"rfc6733/7.1.5/e-bit",
		"rfc6733/7.1.5/example-of-what-is-missing",
		"rfc6733/7.1.5/value-of-auth-session-state",
		"ts29272/6.2.1.3/16-digits",
		"ts29272/6.2.1.3/pair-of-16-digits",
	}
	if diff := cmp.Diff(want, warned); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if n := report.Counts.Passed; n < 260 {
		t.Errorf("%d cases passed; of those that need no timers there are over 260", n)
	}
}

// An EIR that looks at nothing and permits everything fails each case that tries
// whether it looks.
func TestBlindEIRFails(t *testing.T) {
	s := odd(t, true)
	cases, err := judge.Select(Cases(), []string{
		"rfc6733/4.2", "rfc6733/6.1.6", "rfc6733/7.1.3", "rfc6733/7.1.5", "rfc6733/13/truncated-messages",
		"rfc6733/4.1/unknown-avp-with-m", "rfc6733/4.1/length-0", "rfc6733/4.1/length-beyond-message", "rfc6733/4.1/octets-behind-last-avp",
		"rfc6733/4.1/wrong-length-in-the-middle", "rfc6733/4.4/inner-length-0", "rfc6733/4.4/unknown-with-m-inside",
		"rfc6733/5.4.1/without-cause", "rfc6733/5.5.1/without-origin-host", "rfc6733/3/e-bit-in-request", "rfc6733/8/session-termination",
		"ts29272/6.2.1/prohibited", "ts29272/6.2.1.3/16-digits-otherwise", "ts29272/6.2.1.3/digit-14-counts",
	})
	if err != nil {
		t.Fatal(err)
	}
	run := judge.Run{Cases: cases, Jobs: 16, Strict: true}
	report := run.Judge(context.Background(), s)
	fine := map[string]bool{
		"rfc6733/7.1.3/e-bit": true, "rfc6733/7.1.5/e-bit": true, // who sends no errors sends none with wrong bits
		"rfc6733/7.1.5/message-over-the-cap": true, // it does look at that
	}
	for _, x := range report.Results {
		if x.Outcome != judge.Failed && x.Outcome != judge.NotRun && !fine[x.ID] {
			t.Errorf("%s: %s", x.ID, x.Outcome)
		}
	}
	if report.Counts.Failed < 40 {
		t.Errorf("%d cases failed", report.Counts.Failed)
	}
}
