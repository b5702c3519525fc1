package judge

import (
	"fmt"
	"time"

	"paperweight/conformance/octets"
)

const (
	// floodFactor is how many times the subject's bound is sent.
	floodFactor = 4
	// floodStep is how long it is between two looks at what is due.
	floodStep = 10 * time.Millisecond
	// floodWindow is how many checks are sent before their answers are read:
	// few enough for the buffers between, so that nobody waits for each other.
	floodWindow = 64
)

// Flood sends checks on c at four times the bound that the subject has, for a
// time, or until one and its answer are enough. Each is waited for: that one is
// dropped ends the case. Ask makes the check number i, from 0. Where the time was
// up, and the suite or the way was too slow to exceed the bound, tooSlow says so.
func (t *T) Flood(c *Conn, within time.Duration, ask func(i int) octets.Message, enough func(m octets.Message, a Answer) bool) (tooSlow string) {
	rate := t.Subject.Drive.Rate()
	window := make([]octets.Message, 0, floodWindow)
	var out []byte
	sent, began := 0, time.Now()
	for time.Since(began) < within {
		due := 1 + int(time.Since(began).Seconds()*float64(floodFactor*rate))
		for sent < due {
			window, out = window[:0], out[:0]
			for ; len(window) < floodWindow && sent < due; sent++ {
				m := ask(sent)
				window, out = append(window, m), m.Append(out)
			}
			c.Send(out)
			stop := false
			for _, m := range window {
				stop = enough(m, c.Await(m)) || stop
			}
			if stop {
				return ""
			}
		}
		time.Sleep(floodStep) // the pace: what is due by then goes out at once
	}
	if reached := float64(sent) / time.Since(began).Seconds(); reached < float64(2*t.Subject.Drive.Rate()) {
		return fmt.Sprintf("only %.0f checks a second could be sent and answered: that does not exceed %d by enough", reached, t.Subject.Drive.Rate())
	}
	return ""
}
