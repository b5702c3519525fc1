package peer

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// begin is the instant from which transcripts count; what it is plays no part.
var begin = time.Unix(1_700_000_000, 0)

func sinceBegin(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return t.Sub(begin).String()
}

// A transcript accepts a connection, then gives it one event a line:
//
//	<time> <event>
//
// and shows the actions, the state after it, and when a Timeout is due.
func TestMachine(t *testing.T) {
	datadriven.Walk(t, "testdata/machine", func(t *testing.T, path string) {
		var m Machine
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "accept":
				m = NewMachine(begin, Timeouts{CER: 5 * time.Second, Close: 3 * time.Second})
				return fmt.Sprintf("%s, timeout %s\n", m.State(), sinceBegin(m.Deadline()))
			case "step":
				var out strings.Builder
				for line := range strings.Lines(d.Input) {
					at, name, _ := strings.Cut(strings.TrimSpace(line), " ")
					e := lookup(t, d, eventNames[:], name)
					a := m.Step(begin.Add(duration(t, d, at)), Event(e))
					fmt.Fprintf(&out, "%s: %s; %s, timeout %s\n", name, a, m.State(), sinceBegin(m.Deadline()))
				}
				return out.String()
			}
			d.Fatalf(t, "no command %s", d.Cmd)
			return ""
		})
	})
}

// A machine that hung up says nothing more, and asks for nothing, whatever
// still arrives.
func TestMachineClosedIsTheEnd(t *testing.T) {
	for e := ConnCER; e <= Timeout; e++ {
		m := Machine{state: Closed}
		if a := m.Step(begin, e); a != 0 || m.State() != Closed {
			t.Errorf("%v after the end: %v, %v", e, a, m.State())
		}
	}
}

// Whatever the order of events, a connection that asked to be hung up is
// Closed, and one that is Closed asked for it in that step.
func TestMachineHangsUpExactlyOnce(t *testing.T) {
	var walk func(m Machine, depth int)
	walk = func(m Machine, depth int) {
		if depth == 0 {
			return
		}
		for e := ConnCER; e <= Timeout; e++ {
			next := m
			a := next.Step(begin, e)
			if hung := a&Hangup != 0; hung != (next.State() == Closed) {
				t.Fatalf("%v in %v: %v, and then %v", e, m.State(), a, next.State())
			}
			if next.State() != Closed {
				walk(next, depth-1)
			}
		}
	}
	walk(NewMachine(begin, Timeouts{}), 5)
}

func lookup(t *testing.T, d *datadriven.TestData, names []string, s string) int {
	t.Helper()
	for i, n := range names {
		if n == s {
			return i
		}
	}
	d.Fatalf(t, "no event %q in %q", s, names)
	return 0
}

func duration(t *testing.T, d *datadriven.TestData, s string) time.Duration {
	t.Helper()
	v, err := time.ParseDuration(s)
	if err != nil {
		d.Fatalf(t, "%v", err)
	}
	return v
}
