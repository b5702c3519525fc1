package publish

import (
	"context"
	"io"
	"strings"

	"paperweight/eir"
	"paperweight/store/feed/format"
	"paperweight/store/listfile"
)

// order is what a line asks for.
type order struct {
	entry  format.Entry // of one to be removed the key alone
	remove bool
}

// reading reads list files line after line.
type reading struct {
	ctx   context.Context
	job   *Job
	files listfile.Limits
	read  *Read
	take  func(*order) error
	tell  func(what string, entries uint64)
	part  *inputPart
	err   error // of take, for a malformed identity
}

// tellEvery is after how many entries progress is told, and ctx looked at.
const tellEvery = 1 << 16

func (r *reading) all(in *input) error {
	r.read.Skipped = in.skipped
	for i := range in.parts {
		r.part = &in.parts[i]
		if err := r.one(); err != nil {
			return err
		}
	}
	return r.ctx.Err()
}

func (r *reading) one() error {
	s, err := r.part.Open()
	if err != nil {
		return err
	}
	defer s.Close()
	in, err := listfile.NewReader(s, r.part.Name, r.part.layout.Format, listfile.Options{Limits: r.files, Problem: r.problem})
	if err != nil {
		return err
	}
	var rec listfile.Record
	malformed := r.read.Malformed
	for n := uint64(1); ; n++ {
		err := in.Next(&rec)
		if r.err != nil {
			return r.err
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		o := order{entry: format.Entry{Entry: rec.Entry}, remove: rec.Op == listfile.Remove}
		if err := r.take(&o); err != nil {
			return err
		}
		if n%tellEvery == 0 {
			if err := r.ctx.Err(); err != nil {
				return err
			}
			r.tell("reading "+r.part.Name, r.read.Records+n)
		}
	}
	stats := in.Stats()
	r.read.Lines += stats.Lines
	r.read.Records += stats.Records
	r.read.Bad += stats.Bad - (r.read.Malformed - malformed)
	r.read.Warnings += stats.Warnings
	return nil
}

// problem keeps a malformed identity, and passes the problem on.
func (r *reading) problem(p *listfile.Problem) {
	o, ok := r.malformed(p)
	if ok && r.err == nil {
		r.read.Malformed++
		r.err = r.take(&o)
		p.Severity = listfile.Warning
		p.Message += "; it is kept as it is, and answered from by nobody"
	}
	if r.job.Problem != nil {
		r.job.Problem(p)
	}
}

// malformed makes an entry of a line whose identity is no IMEI. Of such a line
// nothing else is known, so it has the status of its format.
func (r *reading) malformed(p *listfile.Problem) (order, bool) {
	layout := &r.part.layout
	if p.Severity != listfile.Error || !strings.HasPrefix(string(p.Reason), string(listfile.BadIMEI)) && p.Reason != listfile.BadTarget {
		return order{}, false
	}
	if r.part.change && !layout.Delta {
		// A column says what the line does, and the line was not read.
		return order{}, false
	}
	o := order{remove: layout.Delta && r.part.name.Op() == listfile.Remove}
	if layout.Delta && r.part.name.Op() == listfile.Pass {
		return order{}, false
	}
	o.entry = format.Entry{Malformed: p.Value, Entry: eir.Entry{Status: layout.Status(), Reason: "malformed identity"}}
	if !o.entry.Status.Listable() {
		o.entry.Status = eir.Prohibited // our own format, where each line has its own
	}
	return o, p.Value != "" && o.entry.Validate() == nil
}
