package main

import (
	"errors"
	"fmt"
	"os"

	"paperweight/conformance/load"
)

// plotFile is where the drawing goes. It is opened before the run, since a
// result of hours is not to be lost for a wrong name, and what stands in it
// stays until there is another.
type plotFile struct {
	f     *os.File // nil where none is wanted, or once it is written
	fresh bool     // it was not there before
}

func openPlot(name string) (*plotFile, error) {
	if name == "" {
		return &plotFile{}, nil
	}
	_, err := os.Lstat(name)
	p := &plotFile{fresh: errors.Is(err, os.ErrNotExist)}
	if p.f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666); err != nil {
		return nil, fmt.Errorf("--plot: %w", err)
	}
	return p, nil
}

func (p *plotFile) write(r *load.OpenResult) error {
	if p.f == nil {
		return nil
	}
	f := p.f
	p.f = nil
	// What is no regular file, as /dev/stdout, has nothing to cut off.
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		if err := f.Truncate(0); err != nil {
			return errors.Join(fmt.Errorf("--plot: %w", err), f.Close())
		}
	}
	if err := errors.Join(r.WritePlot(f), f.Close()); err != nil {
		return fmt.Errorf("--plot: %w", err)
	}
	return nil
}

// discard ends a run without a drawing: it leaves no empty file behind.
func (p *plotFile) discard() {
	if p.f == nil {
		return
	}
	p.f.Close()
	if p.fresh {
		os.Remove(p.f.Name())
	}
}
