package load

import (
	"fmt"
	"math"
	"strings"
)

// The drawing's area inside its axes, in its own units.
const (
	chartLeft, chartTop     = 70.0, 10.0
	chartWidth, chartHeight = 760.0, 260.0
)

var colours = [...]string{"#1b6ca8", "#c0392b", "#27864b", "#8e44ad", "#b8860b", "#16a085", "#7f8c8d", "#2c3e50"}

// chart is one drawing, as the page wants it.
type chart struct {
	Title      string
	Lines      []line
	Columns    []mark
	Rows       []mark
	from, upTo float64 // of x
	lines      []line
	columns    []mark
}

// line is one curve.
type line struct {
	Name, Colour, Path string
	at                 [][2]float64
}

// mark is a line of the grid.
type mark struct {
	At    float64
	Label string
}

func newChart(title string, from, upTo float64) *chart {
	return &chart{Title: title, from: from, upTo: upTo}
}

func (c *chart) x(at float64, label string) {
	c.columns = append(c.columns, mark{at, label})
}

func (c *chart) placeX(x float64) float64 {
	return chartLeft + chartWidth*(x-c.from)/(c.upTo-c.from)
}

// drawn places everything, with y growing by tens where log is set; below 1
// all is 1 then.
func (c *chart) drawn(log bool) chart {
	most := 10.0
	for _, l := range c.lines {
		for _, p := range l.at {
			most = max(most, p[1])
		}
	}
	scale := func(y float64) float64 { return y / most }
	if log {
		most = math.Pow(10, math.Ceil(math.Log10(most)))
		scale = func(y float64) float64 { return math.Log10(max(1, y)) / math.Log10(most) }
		for y := 1.0; y <= most; y *= 10 {
			c.Rows = append(c.Rows, mark{y, fmt.Sprintf("%.0f", y)})
		}
	} else {
		for i := range 6 {
			y := most * float64(i) / 5
			c.Rows = append(c.Rows, mark{y, fmt.Sprintf("%.0f", y)})
		}
	}
	placeY := func(y float64) float64 { return chartTop + chartHeight*(1-scale(y)) }
	for i := range c.Rows {
		c.Rows[i].At = placeY(c.Rows[i].At)
	}
	for _, m := range c.columns {
		c.Columns = append(c.Columns, mark{c.placeX(m.At), m.Label})
	}
	for i, l := range c.lines {
		l.Colour = colours[i%len(colours)]
		var b strings.Builder
		for j, p := range l.at {
			fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(j, 1)], c.placeX(p[0]), placeY(p[1]))
		}
		l.Path = b.String()
		c.Lines = append(c.Lines, l)
	}
	return *c
}
