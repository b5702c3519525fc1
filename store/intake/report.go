package intake

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"paperweight/store/listfile"
)

// firstProblems is how many the Result keeps.
const firstProblems = 10

// report writes problems as they come, as JSON lines.
type report struct {
	w     *bufio.Writer
	e     *json.Encoder
	err   error
	first []listfile.Problem
	total uint64
}

func newReport(w io.Writer) *report {
	r := &report{}
	if w != nil {
		r.w = bufio.NewWriterSize(w, 64<<10)
		r.e = json.NewEncoder(r.w)
		r.e.SetEscapeHTML(false)
	}
	return r
}

func (r *report) problem(p *listfile.Problem) {
	r.total++
	if len(r.first) < firstProblems {
		r.first = append(r.first, *p)
	}
	r.write(p)
}

func (r *report) write(v any) {
	if r.e != nil && r.err == nil {
		r.err = r.e.Encode(v)
	}
}

// summary ends the report.
func (r *report) summary(result *Result) error {
	r.write(struct {
		Summary *Result `json:"summary"`
	}{result})
	return r.flush()
}

func (r *report) flush() error {
	if r.w == nil {
		return nil
	}
	if r.err == nil {
		r.err = r.w.Flush()
	}
	if r.err != nil {
		return fmt.Errorf("the report can't be written: %w", r.err)
	}
	return nil
}
