package load

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The labels of an axis are round numbers, and stand where they say.
func TestTicks(t *testing.T) {
	for most, want := range map[float64]float64{12: 5, 10: 2, 80089: 20000, 0.05: 0.01, 1: 0.2} {
		if got := ticks(most, 5); math.Abs(got-want) > 1e-9 {
			t.Errorf("up to %v: by %v, want %v", most, got, want)
		}
	}
	for n, want := range map[float64]string{0: "0", 500: "500", 1000: "1,000", 1234567: "1,234,567", 1000.5: "1,000.5"} {
		if got := grouped(n); got != want {
			t.Errorf("%v is written %s", n, got)
		}
	}
	c := chart{upTo: 12, Lines: []line{{at: [][2]float64{{0, 80}, {12, 25}}}}}
	if got, want := c.linear().Rows, []mark{{274, "0"}, {211.5, "20"}, {149, "40"}, {86.5, "60"}, {24, "80"}}; !cmp.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	c = chart{upTo: 12, Lines: []line{{at: [][2]float64{{0, 0}, {6, 20}, {12, 2e6}}}}}
	drawn := c.logarithmic()
	var labels []string
	for _, r := range drawn.Rows {
		labels = append(labels, r.Label)
	}
	if got := strings.Join(labels, ", "); got != "10 us, 100 us, 1 ms, 10 ms, 100 ms, 1 s, 10 s" {
		t.Errorf("rows of latency: %s", got)
	}
	// Nothing, 20 us and 2 s, on six powers of ten.
	if got := drawn.Lines[0].Path; got != "M70 274L450 261.5L830 53.1" {
		t.Errorf("path %s", got)
	}
}

// Each second is a stair, each step has its mark, and what is offered and
// refused is drawn beside the goodput.
func TestPlotSteps(t *testing.T) {
	r := &OpenResult{Deadline: 0.5, Steps: []StepResult{{Name: "10/s", Seconds: 2}, {Name: "20/s", Begin: 2, Seconds: 2}}}
	for at := range 4 {
		r.Seconds = append(r.Seconds, Interval{At: float64(at + 1), Rate: float64(10 + at/2*10), Goodput: 10, Shed: float64(at / 2 * 10)})
	}
	c := r.rates()
	want := []band{{70, 260, "10/s"}, {450, 640, "20/s"}}
	if diff := cmp.Diff(want, c.Bands); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	paths := map[string]string{
		"offered":               "M70 149L260 149L260 149L450 149L450 24L640 24L640 24L830 24",
		"goodput, within 0.5 s": "M70 149L260 149L260 149L450 149L450 149L640 149L640 149L830 149",
		"refused for overload":  "M70 274L260 274L260 274L450 274L450 149L640 149L640 149L830 149",
	}
	for _, l := range c.Lines {
		if want := paths[l.Name]; want != "" && l.Path != want {
			t.Errorf("%s: %s, want %s", l.Name, l.Path, want)
		}
		delete(paths, l.Name)
	}
	if len(paths) > 0 {
		t.Errorf("not drawn: %v", paths)
	}
	var page bytes.Buffer
	if err := r.WritePlot(&page); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), `class="c0 wide" d="M70 149`) || !strings.Contains(page.String(), ">20/s</text>") {
		t.Errorf("the page lacks the offered rate, or a step:\n%s", page.String())
	}
}

// A run of days is drawn by as many points as the page has room for, none of
// its worst moments lost.
func TestPlotOfALongRun(t *testing.T) {
	seconds := make([]Interval, 100_001)
	for i := range seconds {
		seconds[i] = Interval{At: float64(i + 1), Rate: 100, P99: 5}
	}
	seconds[77_777].P99 = 900
	f := folded(seconds)
	if len(f) > mostPoints || len(f) < mostPoints/2 || f[len(f)-1].At != 100_001 {
		t.Errorf("%d points, the last at %v", len(f), f[len(f)-1].At)
	}
	worst := 0.0
	for _, i := range f {
		if worst = max(worst, i.P99); i.Rate != 100 {
			t.Fatalf("%+v", i)
		}
	}
	if worst != 900 {
		t.Errorf("the worst p99 is %v", worst)
	}
}
