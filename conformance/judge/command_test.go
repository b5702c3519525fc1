package judge

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// driven is serve's subject with commands that append their names to a file.
func driven(t *testing.T) (s *Setup, log func() string) {
	t.Helper()
	s = serve(t)
	name := filepath.Join(t.TempDir(), "log")
	echo := func(word string) string { return "echo " + word + " >>" + name }
	s.Subject.Drive.Commands = Commands{Stop: echo("stop"), Start: echo("start"), BreakStore: echo("break"), MendStore: echo("mend")}
	s.Subject.Drive.Within = time.Minute
	return s, func() string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(string(b)), " ")
	}
}

// What a case did to the subject is undone when it ends, however it ends.
func TestWhatIsDoneIsUndone(t *testing.T) {
	for _, c := range []struct {
		run  func(*T)
		log  string
		fail bool
	}{
		{func(t *T) { t.Stop() }, "stop start", false},
		{func(t *T) { t.Stop(); t.Start() }, "stop start", false},
		{func(t *T) { t.Break() }, "break mend", false},
		{func(t *T) { t.Break(); t.Mend() }, "break mend", false},
		{func(t *T) { t.Break(); t.Expect(false, "no") }, "break mend", true},
		{func(t *T) { t.Stop(); t.Expect(false, "no") }, "stop start", true},
	} {
		s, log := driven(t)
		f, _ := try(s, c.run)
		if got := log(); got != c.log || (f != nil) != c.fail || s.lost != "" {
			t.Errorf("%s, want %s; %+v, lost %q", got, c.log, f, s.lost)
		}
	}
}

// An interrupt ends the case, and not what brings the subject back.
func TestInterruptLeavesTheSubjectRunning(t *testing.T) {
	s, log := driven(t)
	ctx, interrupt := context.WithCancel(t.Context())
	r := Run{Cases: []Case{{ID: "doc/1/stops", Text: "It stops.", Last: true, Run: func(t *T) {
		t.Stop()
		interrupt()
	}}}}
	report := r.Judge(ctx, s)
	if got := log(); got != "stop start" || !report.Stopped || s.lost != "" {
		t.Errorf("%s, want stop start; stopped %v, lost %q", got, report.Stopped, s.lost)
	}
}

// A command that fails is shown with what it said; and where the subject was not
// brought back nothing else is tried on it.
func TestCommandsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Commands)
		run    func(*T)
		words  string
		lost   bool
	}{
		"break": {func(c *Commands) { c.BreakStore = "echo no disk >&2; exit 3" }, func(t *T) { t.Break() }, `exit status 3; it said "no disk"`, false},
		"mend":  {func(c *Commands) { c.MendStore = "exit 4" }, func(t *T) { t.Break() }, "drive.commands.mend_store to succeed: exit status 4", true},
		"start": {func(c *Commands) { c.Start = "sleep 60 & echo waiting; wait" }, func(t *T) { t.Stop() }, `does not end within 2s (drive.within); it said "waiting"`, true},
		// It serves all the same.
		"stop": {func(c *Commands) { c.Stop = "exit 5" }, func(t *T) { t.Stop() }, "drive.commands.stop to succeed: exit status 5", false},
	} {
		s, _ := driven(t)
		if name == "start" { // long enough for a shell to say its word
			s.Subject.Drive.Within = 2 * time.Second
		}
		c.change(&s.Subject.Drive.Commands)
		r := Run{Cases: []Case{
			{ID: "doc/1/drives", Text: "It drives.", Last: true, Run: c.run},
			{ID: "doc/1/next", Text: "It is next.", Last: true, Run: func(t *T) { t.Open() }},
		}}
		report := r.Judge(t.Context(), s)
		first, next := &report.Results[0], &report.Results[1]
		if first.Outcome != Failed || !strings.Contains(first.Failure.Expected, c.words) {
			t.Errorf("%s: %s %+v, want a failure with %q", name, first.Outcome, first.Failure, c.words)
		}
		if lost := next.Outcome == NotRun && strings.Contains(next.Why, "could not be brought back"); lost != c.lost {
			t.Errorf("%s: the next case: %s %s", name, next.Outcome, next.Why)
		}
	}
}

// A server that a command leaves behind keeps nobody waiting for its output.
func TestCommandThatLeavesAProcess(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	said, err := shell("echo begun; sleep 60 & echo $! >"+pid, time.Minute)
	if said != "begun" || err != nil {
		t.Errorf("%q, %v", said, err)
	}
	if _, err := shell("kill $(cat "+pid+")", time.Minute); err != nil {
		t.Errorf("it was not left running: %v", err)
	}
}

// Those that stop or break the subject come behind all others.
func TestLast(t *testing.T) {
	var order []string
	note := func(id string) func(*T) { return func(*T) { order = append(order, id) } }
	r := Run{Cases: []Case{
		{ID: "doc/1/last", Last: true, Run: note("last")},
		{ID: "doc/1/alone", Alone: true, Run: note("alone")},
		{ID: "doc/1/any", Run: note("any")},
	}}
	r.Judge(t.Context(), serve(t))
	if got := strings.Join(order, " "); got != "any alone last" {
		t.Error(got)
	}
}
