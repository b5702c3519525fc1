package load

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
	"time"
)

//go:embed plot.html
var plotPage string

// mostPoints bounds what is drawn of a long run: about the chart's pixels.
const mostPoints = 800

// WritePlot writes the result as one HTML page with its drawings in it: it
// needs nothing else, and no script.
func (r *OpenResult) WritePlot(w io.Writer) error {
	page, err := template.New("plot").Parse(plotPage)
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		return err
	}
	head, figures, _ := strings.Cut(text.String(), "\n")
	return page.Execute(w, struct {
		Target, Started, Head, Figures string
		Charts                         []chart
	}{r.Target, r.Started.Format(time.RFC3339), head, figures, []chart{r.rates(), r.latencies(), r.distribution()}})
}

// The distribution is drawn as HdrHistogram does: along the nines.
func (r *OpenResult) distribution() chart {
	c := chart{Title: "Latency by percentile", Across: "percent of the verdicts, lost and unsent of the step that took no longer", upTo: 5}
	for _, nines := range []float64{0, 1, 2, 3, 4, 5} {
		label := "0 %"
		if nines > 0 {
			label = fmt.Sprintf("%.*f %%", max(0, int(nines)-2), 100-math.Pow(10, 2-nines))
		}
		c.Columns = append(c.Columns, mark{c.placeX(nines), label})
	}
	for i := range r.Steps {
		l := line{Name: r.Steps[i].Name}
		for _, p := range r.Steps[i].Curve {
			l.at = append(l.at, [2]float64{min(5, -math.Log10(1-p.Percent/100)), p.Micros})
		}
		c.Lines = append(c.Lines, l)
	}
	return c.logarithmic()
}

func (r *OpenResult) latencies() chart {
	c := r.overTime("Latency of the verdicts of each second")
	c.curve("p50", func(i *Interval) float64 { return i.P50 })
	c.curve("p99", func(i *Interval) float64 { return i.P99 })
	c.curve("max", func(i *Interval) float64 { return i.Max })
	c.curve("the generator's own lag, max", func(i *Interval) float64 { return i.Lag })
	return c.logarithmic()
}

func (r *OpenResult) rates() chart {
	c := r.overTime("Requests a second")
	c.curve("offered", func(i *Interval) float64 { return i.Rate })
	c.Lines[0].Class = "wide"
	c.curve("sent", func(i *Interval) float64 { return i.Sent })
	c.curve("verdicts", func(i *Interval) float64 { return i.Verdicts })
	c.curve(fmt.Sprintf("goodput, within %g s", r.Deadline), func(i *Interval) float64 { return i.Goodput })
	c.curve("refused for overload", func(i *Interval) float64 { return i.Shed })
	return c.linear()
}

// timeline is a chart over the time of the run.
type timeline struct {
	chart
	seconds []Interval
}

func (r *OpenResult) overTime(title string) *timeline {
	c := &timeline{chart{Title: title, Across: "seconds since the start", upTo: 1}, folded(r.Seconds)}
	if n := len(r.Seconds); n > 0 {
		c.upTo = r.Seconds[n-1].At
	}
	step := ticks(c.upTo, 10)
	for n := 0.0; n*step <= c.upTo; n++ {
		c.Columns = append(c.Columns, mark{c.placeX(n * step), fmt.Sprintf("%g", math.Round(1000*n*step)/1000)})
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		if s.Begin >= c.upTo {
			break
		}
		b := band{At: c.placeX(s.Begin)}
		end := c.placeX(min(c.upTo, s.Begin+s.Seconds))
		// Letters are about 6 wide.
		if end-b.At > 6*float64(len(s.Name)) {
			b.Middle, b.Label = round((b.At+end)/2), s.Name
		}
		c.Bands = append(c.Bands, b)
	}
	return c
}

// curve draws a stair: a figure is one of all its second.
func (c *timeline) curve(name string, of func(*Interval) float64) {
	l, at := line{Name: name}, 0.0
	for i := range c.seconds {
		s := &c.seconds[i]
		l.at = append(l.at, [2]float64{at, of(s)}, [2]float64{s.At, of(s)})
		at = s.At
	}
	c.Lines = append(c.Lines, l)
}

// folded joins neighbours until they are few enough to be drawn: the mean of
// the rates and the worst of the latencies.
func folded(s []Interval) []Interval {
	for len(s) > mostPoints {
		var half []Interval
		for ; len(s) > 1; s = s[2:] {
			a, b := &s[0], &s[1]
			half = append(half, Interval{
				At: b.At, Step: b.Step,
				Rate: (a.Rate + b.Rate) / 2, Sent: (a.Sent + b.Sent) / 2, Verdicts: (a.Verdicts + b.Verdicts) / 2,
				Goodput: (a.Goodput + b.Goodput) / 2, Shed: (a.Shed + b.Shed) / 2,
				P50: max(a.P50, b.P50), P99: max(a.P99, b.P99), Max: max(a.Max, b.Max), Lag: max(a.Lag, b.Lag),
			})
		}
		s = append(half, s...)
	}
	return s
}
