package feed

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

const heldPrefix = "held-"

func (f *Follower) heldPath(hash format.Hash) string {
	return filepath.Join(f.config.Dir, heldPrefix+hash.String())
}

// hold keeps an update for an operator. The files come first: a crash between
// leaves some that nobody asks for, which the next start removes. What can't be
// written down is held all the same, as long as the process lives, since what
// was found must be seen; that is a *HoldError.
func (f *Follower) hold(u *update, d *Difference, why []Finding) error {
	head := u.in.Header()
	h := &Held{
		Source: f.config.Source, Target: u.Name, SHA256: u.SHA256, Octets: u.Length,
		Kind: u.kind.String(), Records: head.Records,
		From: f.memory.State, To: u.to, Created: time.Unix(head.Created, 0).UTC(),
		Since: u.now, Why: why, Difference: *d,
	}
	var faults []error
	for _, t := range u.base {
		h.Base = append(h.Base, HeldFile{Target: t.Name, SHA256: t.SHA256, Octets: t.Length, From: t.From, To: t.To})
	}
	for i, t := range append(slices.Clone(u.base), *u.target) {
		err := f.room(f.config.Dir, t.Length)
		if err == nil {
			err = keepFile(u.files[i], f.heldPath(t.SHA256))
		}
		faults = append(faults, err)
	}
	f.memory.Held = h
	faults = append(faults, f.remember())
	f.events.held(h)
	if err := errors.Join(faults...); err != nil {
		return &HoldError{f.config.Source, u.Name, why, f.named(err)}
	}
	return nil
}

// keepFile copies a spooled file, which has no name, to one that lasts.
func keepFile(from *os.File, path string) (err error) {
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return err
	}
	to, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// openHeld opens the files of what is held, which lay on a disk for days, and
// makes sure that they are those that were signed. Close them where there was
// no error.
func (f *Follower) openHeld(h *Held) (files []*os.File, err error) {
	for _, t := range h.way() {
		file, err := openKept(f.heldPath(t.SHA256), t.SHA256)
		if err != nil {
			closeAll(files)
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

func openKept(path string, hash format.Hash) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	if err == nil && format.Hash(sum.Sum(nil)) != hash {
		err = fmt.Errorf("the file that was held: %w", trust.ErrMismatch)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// tidy removes files that nobody asks for any more.
func (f *Follower) tidy() error {
	entries, err := os.ReadDir(f.config.Dir)
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	if h := f.memory.Held; h != nil {
		for _, t := range h.way() {
			keep[filepath.Base(f.heldPath(t.SHA256))] = true
		}
	}
	var faults []error
	for _, e := range entries {
		name := e.Name()
		if !keep[name] && (strings.HasPrefix(name, heldPrefix) || strings.HasPrefix(name, "target-")) {
			faults = append(faults, os.Remove(filepath.Join(f.config.Dir, name)))
		}
	}
	return errors.Join(faults...)
}
