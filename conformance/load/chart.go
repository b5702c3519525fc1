package load

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The drawing's area inside its axes, in its own units.
const (
	chartLeft, chartTop     = 70.0, 24.0
	chartWidth, chartHeight = 760.0, 250.0
)

// chart is one drawing, as the page wants it.
type chart struct {
	Title, Across string // what the axes show, with units
	Lines         []line
	Columns, Rows []mark
	Bands         []band

	from, upTo float64 // of x
}

// line is one curve.
type line struct {
	Name, Path string
	// Class is its style on the page: c0 to c7, and wide for one that is
	// drawn broad and pale, for others to lie on.
	Class string
	at    [][2]float64
}

// mark is a line of the grid, with its label.
type mark struct {
	At    float64
	Label string
}

// band is a step's place on the axis of time.
type band struct {
	At, Middle float64
	Label      string // empty where there is no room for it
}

func (c *chart) placeX(x float64) float64 {
	return round(chartLeft + chartWidth*(x-c.from)/(c.upTo-c.from))
}

func placeY(share float64) float64 { return round(chartTop + chartHeight*(1-share)) }

// round keeps a page of a long run small.
func round(at float64) float64 { return math.Round(10*at) / 10 }

// linear draws the lines with y from 0 to a round number above the most.
func (c *chart) linear() chart {
	_, most := c.span()
	step := ticks(most, 5)
	top := step * math.Ceil(most/step)
	for y := 0.0; y <= top; y += step {
		c.Rows = append(c.Rows, mark{placeY(y / top), grouped(y)})
	}
	return c.drawn(func(y float64) float64 { return y / top })
}

// logarithmic draws lines of microseconds, with a row for each power of ten.
func (c *chart) logarithmic() chart {
	least, most := c.span()
	low := math.Floor(math.Log10(max(least, 1)))
	high := max(low+1, math.Ceil(math.Log10(max(most, 1))))
	for y := low; y <= high; y++ {
		c.Rows = append(c.Rows, mark{placeY((y - low) / (high - low)), micros(math.Pow(10, y))})
	}
	// What is nothing, as the latency of no answers, lies on the axis.
	return c.drawn(func(y float64) float64 { return max(0, math.Log10(max(y, 1))-low) / (high - low) })
}

// span returns the least y above 0 and the most, at least 1.
func (c *chart) span() (least, most float64) {
	least, most = math.Inf(1), 1
	for _, l := range c.Lines {
		for _, p := range l.at {
			if most = max(most, p[1]); p[1] > 0 {
				least = min(least, p[1])
			}
		}
	}
	return min(least, most), most
}

func (c *chart) drawn(scale func(float64) float64) chart {
	for i := range c.Lines {
		l := &c.Lines[i]
		l.Class = fmt.Sprintf("c%d %s", i%8, l.Class)
		var b strings.Builder
		for j, p := range l.at {
			b.WriteByte("ML"[min(j, 1)])
			b.WriteString(coordinate(c.placeX(p[0])))
			b.WriteByte(' ')
			b.WriteString(coordinate(placeY(scale(p[1]))))
		}
		l.Path = b.String()
	}
	return *c
}

func coordinate(at float64) string { return strconv.FormatFloat(at, 'f', -1, 64) }

// ticks returns the round number, 1, 2 or 5 by a power of ten, of which most
// holds at most n.
func ticks(most float64, n int) float64 {
	power := math.Pow(10, math.Floor(math.Log10(most/float64(n))))
	for _, m := range []float64{1, 2, 5} {
		if most/(m*power) <= float64(n) {
			return m * power
		}
	}
	return 10 * power
}

// grouped writes a number with a comma between thousands.
func grouped(n float64) string {
	s := strconv.FormatFloat(n, 'f', -1, 64)
	whole, rest, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		return whole + "." + rest
	}
	return whole
}

// micros writes a power of ten of microseconds in the unit that suits it.
func micros(us float64) string {
	switch {
	case us >= 1e6:
		return fmt.Sprintf("%.0f s", us/1e6)
	case us >= 1e3:
		return fmt.Sprintf("%.0f ms", us/1e3)
	}
	return fmt.Sprintf("%.0f us", us)
}
