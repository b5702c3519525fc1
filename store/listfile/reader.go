package listfile

import (
	"bytes"
	"fmt"
	"io"
)

// Options of a Reader.
type Options struct {
	// Limits bound a line; zero fields take the defaults.
	Limits Limits
	// Problem is called with every problem, in the order of the lines; the
	// Problem is the callee's to keep. Nil: they are only counted.
	Problem func(*Problem)
}

// Stats counts what a Reader met.
type Stats struct {
	// Lines is the number of lines, header and blank ones included.
	Lines uint64
	// Records were returned, Passed said that nothing changes, Bad were left
	// out with a Problem, Warnings is the number of fields left out.
	Records, Passed, Bad, Warnings uint64
}

// Reader reads the lines of one list. One goroutine uses it.
type Reader struct {
	layout    Layout
	file      string
	options   Options
	lines     *lines
	separator byte
	// names are the header's, as it has them; at is where each column
	// stands, -1 where it does not.
	names []string
	at    [numColumns]int
	cut   [][]byte
	op    Op
	texts texts
	stats Stats
}

// NewReader reads the header of a list. name is the file's or the member's:
// that of a delta says what its lines do. A list without a single line is an
// empty list. The error is a *FileError.
func NewReader(r io.Reader, name string, f Format, o Options) (*Reader, error) {
	layout, err := f.Layout()
	if err != nil {
		return nil, err
	}
	if err := f.Fits(name); err != nil {
		return nil, err
	}
	o.Limits = o.Limits.withDefaults()
	lr := &Reader{layout: layout, file: name, options: o, lines: newLines(r, o.Limits), texts: texts{}}
	if n, ok := ParseName(name); ok && layout.Delta {
		lr.op = n.Op()
	}
	return lr, lr.header()
}

// Change says that the list's lines change a list instead of being one: it is
// a delta, or has the column that says so.
func (r *Reader) Change() bool { return r.layout.Delta || r.at[colOp] >= 0 }

// Headed reports whether the list has a header: one of nothing, or of blank
// lines alone, has none.
func (r *Reader) Headed() bool { return len(r.names) > 0 }

// Stats returns the counts so far.
func (r *Reader) Stats() Stats {
	r.stats.Lines = uint64(r.lines.number)
	return r.stats
}

func (r *Reader) header() error {
	for i := range r.at {
		r.at[i] = -1
	}
	var line []byte
	for first := true; len(line) == 0; first = false {
		b, whole, err := r.lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return readError(r.file, r.lines.number, err)
		}
		if first {
			b = bytes.TrimPrefix(b, byteOrderMark)
		}
		if line = bytes.TrimSpace(b); !whole || bytes.IndexByte(line, 0) >= 0 {
			return r.fault("is not a text file with a header")
		}
	}
	r.separator = separatorOf(line)
	cut, _ := fields(bytes.Clone(line), r.separator, nil)
	names := columnNames(line, r.separator)
	for i, name := range names {
		r.names = append(r.names, string(bytes.TrimSpace(cut[i])))
		if name != "" && isDigit(name[0]) {
			return r.fault(fmt.Sprintf("the header is missing, the first line is data already; put %q above it", r.layout.header()))
		}
		if r.layout.strict && !r.layout.knows(name) {
			return r.fault(fmt.Sprintf("the header has a column %q that format %s does not know; it knows %v", name, r.layout.Format, r.layout.Optional))
		}
		c := r.layout.column(name)
		if c == colIgnored {
			continue
		}
		if r.at[c] >= 0 {
			return r.fault(fmt.Sprintf("the header has the column %q twice", name))
		}
		r.at[c] = i
	}
	for _, name := range r.layout.Columns {
		if c := r.layout.column(name); r.at[c] < 0 {
			return r.fault(fmt.Sprintf("the header has no column %q; format %s begins with %q", name, r.layout.Format, r.layout.header()))
		}
	}
	if r.layout.Format == Paperweight {
		return r.ownHeader()
	}
	return nil
}

func (r *Reader) fault(message string) error {
	return &FileError{r.file, r.lines.number, message, nil}
}

// Next reads on to the next line that asks for something. io.EOF is the end;
// any other error is a *FileError, and then nothing of the file counts.
func (r *Reader) Next(rec *Record) error {
	for {
		line, whole, err := r.lines.next()
		if err == io.EOF {
			return io.EOF
		}
		if err != nil {
			return readError(r.file, r.lines.number, err)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if !whole {
			r.cut = append(r.cut[:0], line)
			r.bad(colIgnored, LineLength, fmt.Sprintf("the line has more than %d octets", r.options.Limits.LineBytes))
			continue
		}
		if !r.split(line) {
			continue
		}
		*rec = Record{Op: r.op, Line: r.lines.number}
		switch {
		case !r.record(rec):
		case rec.Op == Pass:
			r.stats.Passed++
		default:
			r.stats.Records++
			return nil
		}
	}
}

// split cuts a line into as many fields as the header has. Empty ones more, as
// spreadsheets append, do no harm.
func (r *Reader) split(line []byte) bool {
	var ok bool
	r.cut, ok = fields(line, r.separator, r.cut)
	if !ok {
		r.problem(len(r.cut), Error, Quoting, "a quoted field must end with a quote on the same line, before the separator")
		return false
	}
	want := len(r.names)
	for len(r.cut) > want && len(r.cut[len(r.cut)-1]) == 0 {
		r.cut = r.cut[:len(r.cut)-1]
	}
	if len(r.cut) != want {
		r.problem(min(len(r.cut), want+1), Error, FieldCount, fmt.Sprintf("the line has %d fields, the header %d", len(r.cut), want))
		return false
	}
	return true
}

// bad reports a field for which the line is left out, and returns false.
func (r *Reader) bad(c column, reason Reason, message string) bool {
	r.problem(r.at[c]+1, Error, reason, message)
	return false
}

// warn reports a field that is left out, while the line counts.
func (r *Reader) warn(c column, reason Reason, message string) {
	r.problem(r.at[c]+1, Warning, reason, message)
}

func (r *Reader) problem(column int, s Severity, reason Reason, message string) {
	if s == Error {
		r.stats.Bad++
	} else {
		r.stats.Warnings++
	}
	if r.options.Problem == nil {
		return
	}
	p := &Problem{File: r.file, Line: r.lines.number, Column: column, Severity: s, Reason: reason, Message: message}
	if column > 0 && column <= len(r.names) {
		p.Field = r.names[column-1]
	}
	if i := max(column-1, 0); i < len(r.cut) {
		p.Value = printable(string(r.cut[i][:min(len(r.cut[i]), maxValueLen)]))
	}
	r.options.Problem(p)
}
