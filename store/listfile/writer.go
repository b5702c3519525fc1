package listfile

import (
	"bufio"
	"io"
	"strings"
	"time"

	"paperweight/eir"
)

// Writer writes entries in our own format; a Reader of format Paperweight
// reads the same entries back. Text that is not UTF-8 and control characters
// in it, which no Reader lets in, are replaced.
type Writer struct {
	w    *bufio.Writer
	line []byte
	err  error
}

// NewWriter writes the header.
func NewWriter(w io.Writer) *Writer {
	lw := &Writer{w: bufio.NewWriterSize(w, 64<<10)}
	_, lw.err = lw.w.WriteString("target,imsi,status,svn,reason,reference,date,until\n")
	return lw
}

// Write appends one entry.
func (w *Writer) Write(e *eir.Entry) error {
	if w.err != nil {
		return w.err
	}
	if w.err = e.Validate(); w.err != nil {
		return w.err
	}
	equipment, imsi := columnsOf(&e.Target)
	b := w.line[:0]
	for i, field := range []string{
		equipment, imsi, e.Status.String(), strings.ReplaceAll(e.SVNs.String(), ",", " "),
		e.Reason, e.Reference, moment(e.Date), moment(e.Until),
	} {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendField(b, field)
	}
	w.line = append(b, '\n')
	_, w.err = w.w.Write(w.line)
	return w.err
}

// Flush writes what is buffered, and returns the first error of any write.
func (w *Writer) Flush() error {
	if w.err == nil {
		w.err = w.w.Flush()
	}
	return w.err
}

// columnsOf writes a target as ParseTarget reads it.
func columnsOf(t *eir.Target) (equipment, imsi string) {
	switch t.Kind {
	case eir.Exact:
		return t.From.String(), ""
	case eir.ByTAC:
		return t.From.TAC().String(), ""
	case eir.Range:
		return t.From.String() + "-" + t.To.String(), ""
	case eir.Pair:
		return t.From.String(), t.IMSI.String()
	case eir.RangePair:
		return t.From.String() + "-" + t.To.String(), t.IMSI.String() + "*"
	}
	return "", t.IMSI.String()
}

func moment(unix int64) string {
	if unix == 0 {
		return ""
	}
	return time.Unix(unix, 0).UTC().Format(time.RFC3339)
}

// appendField quotes where a reader would otherwise cut or trim.
func appendField(b []byte, s string) []byte {
	s = printable(s)
	if !strings.ContainsAny(s, ",\"") && strings.TrimSpace(s) == s {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}
