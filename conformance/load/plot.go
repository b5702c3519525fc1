package load

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
)

//go:embed plot.html
var plotPage string

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
	return page.Execute(w, struct {
		Target, Text string
		Charts       []chart
	}{r.Target, text.String(), []chart{r.distribution(), r.latencies(), r.rates()}})
}

// The distribution is drawn as HdrHistogram does: along the nines.
func (r *OpenResult) distribution() chart {
	c := newChart("Latency of verdicts by percentile, us", 0, 5)
	for _, nines := range []float64{0, 1, 2, 3, 4, 5} {
		label := "0 %"
		if nines > 0 {
			label = fmt.Sprintf("%.*f %%", max(0, int(nines)-2), 100-math.Pow(10, 2-nines))
		}
		c.x(nines, label)
	}
	for i := range r.Steps {
		l := line{Name: r.Steps[i].Name}
		for _, p := range r.Steps[i].Curve {
			l.at = append(l.at, [2]float64{min(5, -math.Log10(1-p.Percent/100)), p.Micros})
		}
		c.lines = append(c.lines, l)
	}
	return c.drawn(true)
}

func (r *OpenResult) latencies() chart {
	return r.overTime("Latency of verdicts by second, us", true, map[string]func(*Interval) float64{
		"p50":            func(i *Interval) float64 { return i.P50 },
		"p99":            func(i *Interval) float64 { return i.P99 },
		"max":            func(i *Interval) float64 { return i.Max },
		"generator, max": func(i *Interval) float64 { return i.Lag },
	}, "p50", "p99", "max", "generator, max")
}

func (r *OpenResult) rates() chart {
	return r.overTime("Requests a second", false, map[string]func(*Interval) float64{
		"offered":  func(i *Interval) float64 { return i.Rate },
		"sent":     func(i *Interval) float64 { return i.Sent },
		"verdicts": func(i *Interval) float64 { return i.Verdicts },
		"goodput":  func(i *Interval) float64 { return i.Goodput },
		"shed":     func(i *Interval) float64 { return i.Shed },
	}, "offered", "sent", "verdicts", "goodput", "shed")
}

func (r *OpenResult) overTime(title string, log bool, of map[string]func(*Interval) float64, names ...string) chart {
	end := 1.0
	if n := len(r.Seconds); n > 0 {
		end = r.Seconds[n-1].At
	}
	c := newChart(title, 0, end)
	for i := range 6 {
		c.x(end*float64(i)/5, fmt.Sprintf("%.0f s", end*float64(i)/5))
	}
	for _, name := range names {
		l := line{Name: name}
		for i := range r.Seconds {
			l.at = append(l.at, [2]float64{r.Seconds[i].At, of[name](&r.Seconds[i])})
		}
		c.lines = append(c.lines, l)
	}
	return c.drawn(log)
}
