package publish

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"paperweight/store/listfile"
)

// input is the list files of a Job: opened, and found out what they are,
// before a line is read.
type input struct {
	parts   []inputPart
	change  bool // the files change the list instead of being it
	skipped []string
	run     int64 // that of the deltas that were packed with a full list; 0: none
	closers []io.Closer
}

// inputPart is one list file, or a member of an archive.
type inputPart struct {
	listfile.Member
	name   listfile.Name // zero where the file has no name of DIRBS
	layout listfile.Layout
	change bool
}

// openInput opens the files of a job; close it, after an error as well.
func openInput(j *Job, limits listfile.Limits) (*input, error) {
	in := &input{}
	for _, f := range j.Files {
		c, err := f.Open()
		if err != nil {
			return in, &listfile.FileError{File: f.Name, Message: "can't be opened", Cause: err}
		}
		in.closers = append(in.closers, c)
		members, skipped, err := listfile.Members(f.Name, c, limits)
		if err != nil {
			return in, err
		}
		in.skipped = append(in.skipped, skipped...)
		in.choose(members)
	}
	for i := range in.parts {
		if err := in.parts[i].inspect(j.Format, limits); err != nil {
			return in, err
		}
	}
	return in, in.order()
}

// choose takes the lists of a file. DIRBS packs a full list together with its
// deltas: then the full list is meant.
func (in *input) choose(members []listfile.Member) {
	var all []inputPart
	full := false
	for _, m := range members {
		name, named := listfile.ParseName(m.Name)
		all = append(all, inputPart{Member: m, name: name})
		full = full || named && name.Event == ""
	}
	for _, p := range all {
		if full && len(all) > 1 && p.name.Event != "" {
			in.skipped = append(in.skipped, p.Name+": is in the full list beside it")
			in.run = max(in.run, p.name.Run)
		} else {
			in.parts = append(in.parts, p)
		}
	}
}

// inspect finds out what a part is, from its name and header.
func (p *inputPart) inspect(f listfile.Format, limits listfile.Limits) (err error) {
	s, err := p.Open()
	if err != nil {
		return err
	}
	// A gzip that was not read to its end closes without an error.
	defer func() { err = errors.Join(err, s.Close()) }()
	b := bufio.NewReaderSize(s, 64<<10)
	if f == "" {
		head, err := b.Peek(b.Size())
		if err != nil && err != io.EOF {
			return &listfile.FileError{File: p.Name, Message: "can't be read; if it was cut short, fetch it again", Cause: err}
		}
		if f, err = listfile.Detect(p.Name, head); err != nil {
			return err
		}
	}
	r, err := listfile.NewReader(b, p.Name, f, listfile.Options{Limits: limits})
	if err != nil {
		return err
	}
	p.change = r.Change()
	p.layout, err = f.Layout()
	return err
}

// order refuses lists and changes together, and sorts the parts of DIRBS
// deltas: run after run, and in a run what is removed first, since one IMEI may
// be taken away and listed in the same run, for two subscribers: listed is right.
func (in *input) order() error {
	for _, p := range in.parts {
		if p.change != in.parts[0].change {
			return fmt.Errorf("feed: of %s and %s one is a list and the other a change: publish one after the other", in.parts[0].Name, p.Name)
		}
		in.change = p.change
	}
	if in.change {
		slices.SortStableFunc(in.parts, func(a, b inputPart) int {
			return cmp.Or(cmp.Compare(a.name.Run, b.name.Run), cmp.Compare(b.name.Op(), a.name.Op()))
		})
	}
	return nil
}

func (in *input) close() {
	for _, c := range in.closers {
		c.Close() // read only
	}
}
