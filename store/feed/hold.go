package feed

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

const heldPrefix = "held-"

func (f *Follower) heldPath(h *Held) string {
	return filepath.Join(f.config.Dir, heldPrefix+h.SHA256.String())
}

// hold keeps an update for an operator. The file comes first: a crash between
// leaves one that nobody asks for, which the next start removes.
func (f *Follower) hold(u *update, file *os.File, d *Difference, why []Finding) error {
	head := u.in.Header()
	state, _ := u.in.State()
	h := &Held{
		Source: f.config.Source, Target: u.Name, SHA256: u.SHA256, Octets: u.Length,
		Kind: head.Kind.String(), Records: head.Records,
		From: f.memory.State, To: state, Created: time.Unix(head.Created, 0).UTC(),
		Since: u.now, Why: why, Difference: *d,
	}
	if err := keepFile(file, f.heldPath(h)); err != nil {
		return fmt.Errorf("holding it: %w", err)
	}
	f.memory.Held = h
	if err := f.remember(); err != nil {
		f.memory.Held = nil
		return err
	}
	f.events.held(h)
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

// openHeld opens the file of what is held, which lay on a disk for days, and
// makes sure that it is the one that was signed.
func (f *Follower) openHeld(h *Held) (*os.File, error) {
	file, err := os.Open(f.heldPath(h))
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if format.Hash(sum.Sum(nil)) != h.SHA256 {
		return nil, errors.Join(fmt.Errorf("the file that was held: %w", trust.ErrMismatch), file.Close())
	}
	_, err = file.Seek(0, io.SeekStart)
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
	var keep string
	if h := f.memory.Held; h != nil {
		keep = filepath.Base(f.heldPath(h))
	}
	var faults []error
	for _, e := range entries {
		name := e.Name()
		if name != keep && (strings.HasPrefix(name, heldPrefix) || strings.HasPrefix(name, "target-")) {
			faults = append(faults, os.Remove(filepath.Join(f.config.Dir, name)))
		}
	}
	return errors.Join(faults...)
}
