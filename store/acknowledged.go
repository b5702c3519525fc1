package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"paperweight/eir"
	"paperweight/store/journal"
)

// acknowledgedFile lies beside the tables and is no part of them, so it tells
// what was there from what is left of it. A line says where a source is after a
// change, and is synced behind the change and before its acknowledgement: a
// store that is behind the file is damaged, one that is before it had an
// ordinary crash.
//
// It is the second copy of the operator's own entries as well: nobody can send
// these again.
const acknowledgedFile = "acknowledged"

// ackLine is a line of the file, as JSON.
type ackLine struct {
	// Format is 1 in the first line, which says nothing else.
	Format int `json:"format,omitempty"`

	Source string `json:"source,omitempty"`
	// Changes counts the batches that were written for the source.
	Changes uint64 `json:"changes,omitempty"`
	// List is the source's, nil where it has none yet.
	List *ackList `json:"list,omitempty"`
	// Kept is its StateBlob.
	Kept []byte `json:"kept,omitempty"`
	// Own are the changes to the operator's own entries, in order; where All is
	// set, these are all there are; where Part is, some before them are lost.
	All  bool        `json:"all,omitempty"`
	Part bool        `json:"part,omitempty"`
	Own  []ownChange `json:"own,omitempty"`
}

// ackFormat is the version of the file's lines.
const ackFormat = 1

// ackList is a list in force.
type ackList struct {
	ID         uint16      `json:"id"`
	Generation uint32      `json:"generation"`
	Digest     digest      `json:"digest"`
	State      SourceState `json:"state"`
	// Lost is why the list is short, until another generation takes its place.
	Lost string `json:"lost,omitempty"`
}

// ackSource is what was acknowledged of a source.
type ackSource struct {
	changes uint64
	list    *ackList
	kept    []byte
	// own are the operator's entries; whole says that none of them is lost.
	own   map[eir.Target]eir.Entry
	whole bool
}

// acknowledged is what was acknowledged of all sources.
type acknowledged struct {
	sources map[string]*ackSource
	// missing says that there is no file, or nothing in it.
	missing bool
	damage  journal.Damage
}

// readAcknowledged reads the file.
func (s *Store) readAcknowledged() (*acknowledged, error) {
	a := &acknowledged{sources: map[string]*ackSource{}}
	path := s.fs.PathJoin(s.dir, acknowledgedFile)
	headed := false
	var err error
	a.damage, err = journal.Read(s.fs, path, func(text []byte) error {
		var l ackLine
		if err := json.Unmarshal(text, &l); err != nil {
			return &Error{Kind: ErrNewerFormat, Path: path, Cause: err, Remedy: remedyNewer}
		}
		if l.Format > ackFormat {
			return &Error{Kind: ErrNewerFormat, Path: path, Cause: fmt.Errorf("it is written in format %d, this release reads up to %d", l.Format, ackFormat), Remedy: remedyNewer}
		}
		headed = true
		a.take(&l)
		return nil
	})
	// It is never empty: it is made whole, under another name.
	if errors.Is(err, fs.ErrNotExist) || err == nil && !headed {
		a.missing, err = true, nil
	}
	return a, err
}

// take lays a line over those before it.
func (a *acknowledged) take(l *ackLine) {
	if l.Source == "" {
		return
	}
	src := a.sources[l.Source]
	if src == nil {
		src = &ackSource{own: map[eir.Target]eir.Entry{}}
		a.sources[l.Source] = src
	}
	switch {
	case l.All:
		clear(src.own)
		src.whole = !l.Part
	case l.Changes == 1:
		src.whole = true
	case l.Changes != src.changes+1:
		src.whole = false // a line between them is lost
	}
	src.changes, src.list, src.kept = l.Changes, l.List, l.Kept
	for i := range l.Own {
		e, gone := l.Own[i].entry()
		if gone {
			delete(src.own, e.Target)
		} else {
			src.own[e.Target] = e
		}
	}
}

// any reports whether anything was acknowledged.
func (a *acknowledged) any() bool { return len(a.sources) > 0 }

// lists returns the lists that were acknowledged, for people.
func (a *acknowledged) lists() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(a.sources)) {
		if l := a.sources[name].list; l != nil {
			names = append(names, listName(&l.State))
		}
	}
	return names
}

// listName names a list in an error.
func listName(st *SourceState) string {
	return fmt.Sprintf("list %q (%d entries, sequence %d)", st.Name, st.Entries+st.Malformed, st.Sequence)
}

// ownChange is what the file says of one entry of the operator's own.
type ownChange struct {
	Gone      bool       `json:"gone,omitempty"`
	Kind      uint8      `json:"kind"`
	From      uint64     `json:"from,omitempty"`
	To        uint64     `json:"to,omitempty"`
	IMSI      uint64     `json:"imsi,omitempty"` // eir's, packed
	SVNs      eir.SVNSet `json:"svns"`
	Status    uint8      `json:"status,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Date      int64      `json:"date,omitempty"`  // Unix seconds
	Until     int64      `json:"until,omitempty"` // Unix seconds
	Reference string     `json:"reference,omitempty"`
}

func ownOf(t *eir.Target) ownChange {
	return ownChange{Gone: true, Kind: uint8(t.Kind), From: uint64(t.From), To: uint64(t.To), IMSI: uint64(t.IMSI), SVNs: t.SVNs}
}

func ownEntry(e *eir.Entry) ownChange {
	c := ownOf(&e.Target)
	c.Gone, c.Status, c.Reason, c.Date, c.Until, c.Reference = false, uint8(e.Status), e.Reason, e.Date, e.Until, e.Reference
	return c
}

func (c *ownChange) entry() (e eir.Entry, gone bool) {
	e.Target = eir.Target{Kind: eir.Kind(c.Kind), From: eir.IMEI(c.From), To: eir.IMEI(c.To), IMSI: eir.IMSI(c.IMSI), SVNs: c.SVNs}
	e.Status, e.Reason, e.Date, e.Until, e.Reference = eir.Status(c.Status), c.Reason, c.Date, c.Until, c.Reference
	return e, c.Gone
}
