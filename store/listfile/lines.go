package listfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// lines cuts a file into lines. A line ends with LF, CR LF or the end of the
// file; none is kept longer than the buffer, so memory is bounded whatever the
// file holds.
type lines struct {
	r *bufio.Reader
	// number of the line that next returned last, from 1.
	number int
}

func newLines(r io.Reader, limits Limits) *lines {
	return &lines{r: bufio.NewReaderSize(r, limits.LineBytes+2)}
}

// next returns a line without its end, valid until the next call; whole is
// false where it was too long, and then it is its beginning.
func (l *lines) next() (line []byte, whole bool, err error) {
	line, err = l.r.ReadSlice('\n')
	switch {
	case err == nil, err == io.EOF && len(line) > 0:
		l.number++
		line = bytes.TrimSuffix(line, []byte("\n"))
		return bytes.TrimSuffix(line, []byte("\r")), true, nil
	case errors.Is(err, bufio.ErrBufferFull):
		l.number++
		head := bytes.Clone(line[:maxValueLen])
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = l.r.ReadSlice('\n')
		}
		if err == io.EOF {
			err = nil
		}
		return head, false, err
	}
	return nil, false, err
}

// fields cuts a line at a separator, by RFC 4180 but for one thing: a quoted
// field ends with its line, so that a stray quote costs one line and not the
// rest of the file (encoding/csv reads on to the next quote, however far).
// It reuses into, and unquotes inside line. A quote inside an unquoted field
// is text; blanks around one are not. ok is false where a quote is not closed,
// at the last field.
func fields(line []byte, separator byte, into [][]byte) (cut [][]byte, ok bool) {
	cut = into[:0]
	for {
		for len(line) > 0 && line[0] == ' ' {
			line = line[1:]
		}
		if len(line) > 0 && line[0] == '"' {
			text, rest, closed := unquote(line[1:], separator)
			cut = append(cut, text)
			if !closed {
				return cut, false
			}
			if rest == nil {
				return cut, true
			}
			line = rest
			continue
		}
		i := bytes.IndexByte(line, separator)
		if i < 0 {
			return append(cut, trimRight(line)), true
		}
		cut = append(cut, trimRight(line[:i]))
		line = line[i+1:]
	}
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// unquote reads a field behind its opening quote. rest is what follows the
// separator, nil where the field is the last.
func unquote(b []byte, separator byte) (text, rest []byte, closed bool) {
	n := 0
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != '"':
			b[n] = b[i]
			n++
		case i+1 < len(b) && b[i+1] == '"':
			b[n] = '"'
			n++
			i++
		case i+1 == len(b):
			return b[:n], nil, true
		case b[i+1] == separator:
			return b[:n], b[i+2:], true
		default:
			return b[:n], nil, false
		}
	}
	return b[:n], nil, false
}
