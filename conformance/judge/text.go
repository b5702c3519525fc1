package judge

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// visible writes what has no glyph as an escape: what a subject says must not
// drive the terminal, or hide in a report.
func visible(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && s[i] != "\ufffd"[0]:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n', r == '\t', strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// WriteText writes one line of a result, and behind it what was found where it
// is no pass.
func (x *Result) WriteText(w io.Writer) error {
	var s strings.Builder
	word := string(x.Outcome)
	if x.Excuse != "" && x.Outcome != NotRun {
		word = "expected"
		if x.Outcome == Passed {
			word = "better"
		}
	}
	fmt.Fprintf(&s, "%-8s  %s", word, x.ID)
	switch {
	case x.Outcome == NotRun:
		s.WriteString(": " + x.Why)
	case x.Excuse != "" && x.Outcome == Passed:
		s.WriteString(": it passes, though it was expected to fail: " + x.Excuse)
	case x.Excuse != "":
		s.WriteString(": " + x.Excuse)
	}
	s.WriteByte('\n')
	if x.Failure != nil && x.Excuse == "" {
		fmt.Fprintf(&s, "          %s: %s\n", x.Level, x.Text)
		s.WriteString(x.Failure.text())
	}
	_, err := io.WriteString(w, s.String())
	return err
}

// text shows what was expected, sent and received.
func (f *Failure) text() string {
	var s strings.Builder
	fmt.Fprintf(&s, "          expected: %s\n", f.Expected)
	events := f.Transcript
	dropped := f.Dropped
	if n := len(events) - 6; n > 0 {
		events, dropped = events[n:], dropped+n
	}
	if dropped > 0 {
		fmt.Fprintf(&s, "          (after %d earlier events)\n", dropped)
	}
	for i := range events {
		e := &events[i]
		fmt.Fprintf(&s, "          %s on connection %d", e.What, e.Conn)
		if e.Note != "" {
			fmt.Fprintf(&s, ": %s", e.Note)
		}
		s.WriteByte('\n')
		if e.All == 0 {
			continue
		}
		for line := range strings.Lines(e.decoded()) {
			s.WriteString("            " + line)
		}
		for at := 0; at < len(e.Octets); at += 32 {
			fmt.Fprintf(&s, "            %04x  %x\n", at, e.Octets[at:min(at+32, len(e.Octets))])
		}
		if e.All > len(e.Octets) {
			fmt.Fprintf(&s, "            ... %d octets in all\n", e.All)
		}
	}
	return s.String()
}

// WriteSummary writes the last lines of a report.
func (r *Report) WriteSummary(w io.Writer) error {
	n := &r.Counts
	verdict := "conforms"
	switch {
	case !r.OK():
		verdict = "DOES NOT CONFORM"
	case !r.Judged():
		verdict = "not judged"
	}
	_, err := fmt.Fprintf(w, "\n%s (%s of %s, %s): %d cases, %d passed, %d failed, %d warned, %d expected failures, %d not run: %s\n",
		r.Target, r.Host, r.Realm, r.Transport, n.Cases, n.Passed, n.Failed, n.Warned, n.Expected, n.NotRun, verdict)
	if err == nil && n.Better > 0 {
		_, err = fmt.Fprintf(w, "%d cases passed though they were expected to fail: take them out of the file\n", n.Better)
	}
	return err
}
