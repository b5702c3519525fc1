package intake

import (
	"io"

	"paperweight/store/listfile"
)

// read hands every record of every part to take.
func (r *run) read(take func(*listfile.Record) error) error {
	r.progress.Phase = Reading
	var before int64
	for i := range r.plan.parts {
		m := &r.plan.parts[i]
		if err := r.readPart(m, before, take); err != nil {
			return err
		}
		before += m.Size
	}
	r.result.Problems = r.report.first
	return nil
}

func (r *run) readPart(m *part, before int64, take func(*listfile.Record) error) error {
	s, err := m.Open()
	if err != nil {
		return err
	}
	defer s.Close()
	r.progress.File = m.Name
	in := &paced{run: r, stream: s, before: before, lines: r.progress.Lines}
	in.list, err = listfile.NewReader(in, m.Name, r.plan.layout.Format, listfile.Options{Limits: r.limits.Files, Problem: r.report.problem})
	if err != nil {
		return err
	}
	var rec listfile.Record
	for {
		switch err := in.list.Next(&rec); err {
		case nil:
		case io.EOF:
			in.tell()
			r.count(in.list.Stats())
			return r.stop()
		default:
			if stopped := r.stop(); stopped != nil {
				return stopped
			}
			return err
		}
		if err := take(&rec); err != nil {
			return err
		}
	}
}

// stop reports why reading should not go on.
func (r *run) stop() error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if r.report.err != nil {
		return r.report.flush()
	}
	return nil
}

func (r *run) count(s listfile.Stats) {
	r.result.Lines += s.Lines
	r.result.Records += s.Records
	r.result.Passed += s.Passed
	r.result.Bad += s.Bad
	r.result.Warnings += s.Warnings
}

// paced reads a part, tells progress and stops where the import should. It
// sits below the lines, so a file without a single good line stops as well.
type paced struct {
	run    *run
	stream *listfile.Stream
	list   *listfile.Reader // nil while the header is read
	before int64            // bytes of the parts before this one
	lines  uint64           // and their lines
	told   int64
}

// tellEvery is after how many bytes progress is told: some hundred times in a
// list of a million lines.
const tellEvery = 256 << 10

func (p *paced) Read(b []byte) (int, error) {
	if err := p.run.stop(); err != nil {
		return 0, err
	}
	if done := p.stream.Done(); p.list == nil || done-p.told >= tellEvery {
		p.told = done
		p.tell()
	}
	return p.stream.Read(b)
}

func (p *paced) tell() {
	pr := &p.run.progress
	pr.Bytes, pr.Problems = p.before+p.stream.Done(), p.run.report.total
	if p.list != nil {
		pr.Lines = p.lines + p.list.Stats().Lines
	}
	p.run.tell()
}

func (r *run) phase(p Phase) {
	r.progress.Phase, r.progress.File = p, ""
	r.tell()
}

func (r *run) tell() {
	if r.events.Progress != nil {
		r.events.Progress(r.progress)
	}
}
