package intake

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"paperweight/store"
	"paperweight/store/listfile"
)

// plan is what an import is going to do: found out from names, headers and the
// source's state, before a line is read.
type plan struct {
	layout listfile.Layout
	source string
	parts  []part
	// skipped members of archives, each with the reason.
	skipped []string
	// whole: the list is replaced, not changed.
	whole    bool
	previous store.SourceState
	cursor   cursor
	found    []Finding
}

// part is one list file.
type part struct {
	listfile.Member
	name  listfile.Name
	named bool
}

// makePlan opens the files and appends them to closers.
func makePlan(st *store.Store, job *Job, limits *Limits, closers *[]io.Closer) (*plan, error) {
	if len(job.Files) == 0 {
		return nil, &Refused{Message: "no file is given"}
	}
	p := &plan{}
	var run int64
	for _, f := range job.Files {
		c, err := f.Open()
		if err != nil {
			return nil, &listfile.FileError{File: f.Name, Message: "can't be opened", Cause: err}
		}
		*closers = append(*closers, c)
		members, skipped, err := listfile.Members(f.Name, c, limits.Files)
		if err != nil {
			return nil, err
		}
		p.skipped = append(p.skipped, skipped...)
		all := make([]part, len(members))
		for i, m := range members {
			all[i].Member = m
			all[i].name, all[i].named = listfile.ParseName(m.Name)
		}
		run = max(run, p.choose(all, job.Format))
	}
	if len(p.parts) == 0 {
		return nil, &Refused{Message: fmt.Sprintf("no file is of format %s; left out: %v", job.Format, p.skipped)}
	}
	if err := p.inspect(job.Format, limits); err != nil {
		return nil, err
	}
	p.source = p.layout.List
	if job.Source != "" {
		p.source = job.Source
	}
	if p.source == store.Operator {
		return nil, &Refused{Message: "the source operator is the operator's own entries: choose another name with --source, or use list add"}
	}
	p.previous, _ = st.Source(p.source)
	return p, p.follow(run)
}

// choose takes the lists of one file that are meant. DIRBS packs a full list
// together with its deltas: without a format the full list is meant, and run
// is what the deltas beside it say.
func (p *plan) choose(all []part, f listfile.Format) (run int64) {
	if len(all) == 1 {
		p.parts = append(p.parts, all...)
		return 0
	}
	full := slices.ContainsFunc(all, func(m part) bool { return m.named && m.name.Event == "" })
	named := slices.ContainsFunc(all, func(m part) bool { return m.named })
	for _, m := range all {
		switch delta := m.name.Event != ""; {
		case named && !m.named:
			p.skipped = append(p.skipped, m.Name+": has no name of DIRBS, as others beside it")
		case m.named && f != "" && m.name.Format != f:
			p.skipped = append(p.skipped, m.Name+": is "+string(m.name.Format))
		case delta && full && f == "":
			p.skipped = append(p.skipped, m.Name+": is in the full list beside it")
		default:
			p.parts = append(p.parts, m)
			continue
		}
		if m.name.Event != "" {
			run = m.name.Run
		}
	}
	return run
}

// inspect reads the header of every part: what is wrong with one of them is
// known before the first line counts.
func (p *plan) inspect(f listfile.Format, limits *Limits) error {
	change := make([]bool, len(p.parts))
	for i := range p.parts {
		m := &p.parts[i]
		err := m.peek(func(b *bufio.Reader) error {
			format := f
			if format == "" {
				head, err := b.Peek(b.Size())
				if err != nil && err != io.EOF {
					return &listfile.FileError{File: m.Name, Message: "can't be read; if it was cut short, fetch it again", Cause: err}
				}
				if format, err = listfile.Detect(m.Name, head); err != nil {
					return err
				}
			}
			if i > 0 && format != p.layout.Format {
				return &Refused{Message: fmt.Sprintf("%s is %s and %s is %s: import one format at a time", p.parts[0].Name, p.layout.Format, m.Name, format)}
			}
			r, err := listfile.NewReader(b, m.Name, format, listfile.Options{Limits: limits.Files})
			if err != nil {
				return err
			}
			change[i] = r.Change()
			p.layout, err = format.Layout()
			return err
		})
		if err != nil {
			return err
		}
		if change[i] != change[0] {
			return &Refused{Message: fmt.Sprintf("of %s and %s one is a list and the other a change (it has a column op or change_type): import one after the other", p.parts[0].Name, m.Name)}
		}
	}
	p.whole = !change[0]
	return nil
}

// peek opens a part for as long as f looks at its beginning.
func (m *part) peek(f func(*bufio.Reader) error) error {
	s, err := m.Open()
	if err != nil {
		return err
	}
	// A gzip that was not read to its end closes without an error, and so
	// does a member of a zip.
	if err := f(bufio.NewReaderSize(s, 64<<10)); err != nil {
		s.Close()
		return err
	}
	return s.Close()
}

// follow asks the chain whether the files come after what was applied last.
func (p *plan) follow(run int64) (err error) {
	c := readCursor(p.previous.Mark)
	names := make([]listfile.Name, len(p.parts))
	for i, m := range p.parts {
		names[i] = m.name
	}
	switch {
	case p.layout.Delta:
		if p.cursor, p.whole, p.found, err = c.follow(names, p.previous.Sequence == 0); err != nil {
			return err
		}
		if p.whole {
			// From empty, nothing can be taken away.
			p.parts = slices.DeleteFunc(p.parts, func(m part) bool { return m.name.Op() != listfile.Put })
		}
		// One IMEI may be taken away and listed in the same run, for two
		// subscribers: listed is right.
		slices.SortStableFunc(p.parts, func(a, b part) int { return int(b.name.Op()) - int(a.name.Op()) })
	case p.whole:
		p.cursor, p.found = c.replace(oldest(names), run, operatorsOf(names))
	default:
		// A change of an operator's own numbering: what was known stays known.
		p.cursor = c
	}
	return nil
}
