package publish

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"paperweight/store/feed"
	"paperweight/store/feed/format"
)

// list is the list as it was prepared last: state.json and its parts, in order.
// A part is never changed: what an update touches is written anew, and
// state.json, which names the parts, is replaced by a rename.
type list struct {
	dir   string
	limit uint64 // partEntries
	kept
}

// kept is what state.json holds.
type kept struct {
	State   format.State `json:"state"`
	History feed.History `json:"history,omitempty"`
	// Chains are up to where the list has followed DIRBS.
	Chains chains `json:"chains,omitempty"`
	// Coming is kept from before a target is added until the list follows it.
	Coming *coming `json:"coming,omitempty"`
	// Next is the number of the next part's file.
	Next  uint64 `json:"next"`
	Parts []part `json:"parts,omitempty"`
}

// coming is what a target does not tell and the list that follows it has to
// have: whatever a crash leaves undone, the next Open does with it.
type coming struct {
	// To is the state in the target's header.
	To      format.State `json:"to"`
	History feed.History `json:"history,omitempty"`
	Chains  chains       `json:"chains,omitempty"`
}

// part is a file with the entries from First to before the next part's First.
type part struct {
	File    string `json:"file"`
	Entries uint64 `json:"entries"`
	First   key    `json:"first"`
	// Reasons tells how many distinct ones the entries have.
	Reasons sketch `json:"reasons,omitempty"`
}

const stateFile = "state.json"

// openList reads the list in a folder, empty where there is none.
func openList(dir string) (*list, error) {
	l := &list{dir: dir, limit: partEntries}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return l, l.sweep()
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &l.kept); err != nil {
		return nil, fmt.Errorf("feed: %s: %w; remove the folder: the list is taken from what was published", filepath.Join(dir, stateFile), err)
	}
	return l, l.sweep()
}

// sweep removes what a crash, or the last update, left behind.
func (l *list) sweep() error {
	files, err := os.ReadDir(l.dir)
	for _, f := range files {
		named := func(p part) bool { return p.File == f.Name() }
		if f.Name() != stateFile && !slices.ContainsFunc(l.Parts, named) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(l.dir, f.Name())))
		}
	}
	return err
}

// save puts a next list in force, and removes what the last one alone had.
func (l *list) save(next kept) error {
	if err := l.write(next); err != nil {
		return err
	}
	return l.sweep()
}

// write puts a next list in force: the parts are on disk already.
func (l *list) write(next kept) error {
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	tmp := filepath.Join(l.dir, "tmp-"+stateFile)
	f, err := os.Create(tmp)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	// The parts' names first: a state that names what is not there is lost.
	if err := syncDir(l.dir); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(l.dir, stateFile)); err != nil {
		return err
	}
	l.kept = next
	return syncDir(l.dir)
}

// expect keeps what goes with a target that is added next.
func (l *list) expect(c coming) error {
	next := l.kept
	next.Coming = &c
	return l.write(next)
}

func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
