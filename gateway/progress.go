package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"paperweight/store/intake"
)

// progress tells people how far an import is: on a terminal one line that is
// written over, elsewhere a line every few seconds.
type progress struct {
	w        io.Writer
	terminal bool
	now      func() time.Time
	last     time.Time
	width    int
}

func newProgress(w io.Writer, now func() time.Time) *progress {
	p := &progress{w: w, now: now, last: now()}
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil {
			p.terminal = info.Mode()&os.ModeCharDevice != 0
		}
	}
	return p
}

func (p *progress) show(at intake.Progress) {
	every := 5 * time.Second
	if p.terminal {
		every = 100 * time.Millisecond
	}
	if p.now().Sub(p.last) < every {
		return
	}
	p.last = p.now()
	text := describe(at)
	if !p.terminal {
		fmt.Fprintln(p.w, text)
		return
	}
	// Blanks cover what is left of a longer line.
	fmt.Fprintf(p.w, "\r%-*s", p.width, text)
	p.width = max(p.width, len(text))
}

// end takes the line off a terminal.
func (p *progress) end() {
	if p.width > 0 {
		fmt.Fprintf(p.w, "\r%*s\r", p.width, "")
	}
}

func describe(at intake.Progress) string {
	text := string(at.Phase)
	if at.File != "" {
		text += " " + at.File
	}
	if at.Total > 0 {
		text += fmt.Sprintf(" %d%%", 100*at.Bytes/at.Total)
	}
	if at.Lines > 0 {
		text += fmt.Sprintf(", %d lines", at.Lines)
	}
	if at.Problems > 0 {
		text += fmt.Sprintf(", %d problems", at.Problems)
	}
	return text
}
