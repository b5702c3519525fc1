package peer

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// Two commands. "row" puts a watchdog in a state of appendix A and gives it one
// event, so that testdata/watchdog/table is the RFC's table, row by row:
//
//	row
//	<STATE> [pending] [NumDWA=n] | <event>
//
// "story" starts a peer in INITIAL and gives it one event a line, at its time:
//
//	story [random=0.5]
//	<time> <event>
//
// Both show the actions, the state after, the variables, and the deadline.
func TestWatchdog(t *testing.T) {
	datadriven.Walk(t, "testdata/watchdog", func(t *testing.T, path string) {
		var w Watchdog
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			tick := Tick{Now: begin, Tw: DefaultTw, Random: 0.5}
			switch d.Cmd {
			case "row":
				return rows(t, d, tick)
			case "peer":
				w = Watchdog{}
				return fmt.Sprintf("%s\n", &w)
			case "story":
				if d.HasArg("random") {
					var s string
					d.ScanArgs(t, "random", &s)
					fmt.Sscan(s, &tick.Random)
				}
				var out strings.Builder
				for line := range strings.Lines(d.Input) {
					at, name, _ := strings.Cut(strings.TrimSpace(line), " ")
					e := lookup(t, d, watchdogEventNames[:], name)
					tick.Now = begin.Add(duration(t, d, at))
					a := w.Step(tick, WatchdogEvent(e))
					fmt.Fprintf(&out, "%s: %s; %s\n", name, a, &w)
				}
				return out.String()
			}
			d.Fatalf(t, "no command %s", d.Cmd)
			return ""
		})
	})
}

func rows(t *testing.T, d *datadriven.TestData, tick Tick) string {
	var out strings.Builder
	for line := range strings.Lines(d.Input) {
		before, event, _ := strings.Cut(strings.TrimSpace(line), " | ")
		words := strings.Fields(before)
		w := Watchdog{status: Status(lookup(t, d, statusNames[:], words[0]))}
		for _, word := range words[1:] {
			if word == "pending" {
				w.pending = true
			} else if _, err := fmt.Sscanf(word, "NumDWA=%d", &w.numDWA); err != nil {
				d.Fatalf(t, "%s: %v", word, err)
			}
		}
		a := w.Step(tick, WatchdogEvent(lookup(t, d, watchdogEventNames[:], event)))
		fmt.Fprintf(&out, "%s -> %s; %s\n", strings.TrimSpace(line), a, &w)
	}
	return out.String()
}

// String shows the peer control block for transcripts.
func (w *Watchdog) String() string {
	s := fmt.Sprintf("%s NumDWA=%d", w.status, w.numDWA)
	if w.pending {
		s += " pending"
	}
	return s + " Tw " + sinceBegin(w.expires)
}

// RFC 3539 3.4.1 [2]: "a watchdog request is only sent when there is no
// watchdog response pending." Every sequence of events up to a length is tried.
func TestWatchdogNeverTwoOutstanding(t *testing.T) {
	tick := Tick{Now: begin, Tw: DefaultTw}
	var walk func(w Watchdog, depth int)
	walk = func(w Watchdog, depth int) {
		if depth == 0 {
			return
		}
		for e := ReceiveDWA; e <= ConnectionDown; e++ {
			next := w
			a := next.Step(tick, e)
			// A new connection has nothing outstanding on it.
			if a&SendWatchdog != 0 && w.pending && e != ConnectionUp {
				t.Fatalf("%v in %v: a second DWR", e, &w)
			}
			if a&SendWatchdog != 0 && !next.pending {
				t.Fatalf("%v in %v: a DWR that nobody waits for", e, &w)
			}
			walk(next, depth-1)
		}
	}
	walk(Watchdog{}, 8)
}

// RFC 3539 3.4.1 [1]: the jitter is "a value drawn between -2 and 2 seconds".
func TestWatchdogJitter(t *testing.T) {
	for _, c := range []struct {
		random float64
		want   time.Duration
	}{{0, 28 * time.Second}, {0.25, 29 * time.Second}, {0.5, 30 * time.Second}, {1, 32 * time.Second}} {
		var w Watchdog
		w.Step(Tick{Now: begin, Tw: DefaultTw, Random: c.random}, ConnectionUp)
		if got := w.Deadline().Sub(begin); got != c.want {
			t.Errorf("random %v: Tw is %v, want %v", c.random, got, c.want)
		}
	}
}
