package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"paperweight/eir"
)

// Salvaged are the operator's own entries that can still be read.
type Salvaged struct {
	Entries []eir.Entry
	// Whole says that these are all that were acknowledged.
	Whole bool
	// Notes say, for people, what was read and what could not be.
	Notes []string
}

// Salvage reads the operator's own entries out of a directory that no process has
// open, however damaged it is, and changes nothing in it. The file of
// acknowledgements has all of them, where it is whole; else they come from it and
// from the tables, those included that were put aside. A nil file system is the
// disk.
func Salvage(dir string, from vfs.FS) (Salvaged, error) {
	if from == nil {
		from = vfs.Default
	}
	s := &Store{dir: dir, fs: from, failure: newFailure(dir, Events{})}
	names, err := from.List(dir)
	if err != nil {
		return Salvaged{}, s.failure.name(err)
	}
	if !slices.Contains(names, "LOCK") {
		return s.salvage(names) // no process has it open, and none is made
	}
	switch err := s.prepare(); {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		// A user who may not write can't lock; a disk that fails is often
		// mounted so that nobody may.
		out, err := s.salvage(names)
		out.Notes = append(out.Notes, "the directory can't be locked: make sure that no process writes to it")
		return out, err
	case err != nil:
		return Salvaged{}, s.failure.name(err)
	}
	out, err := s.salvage(names)
	return out, errors.Join(err, s.lock.Close())
}

func (s *Store) salvage(names []string) (out Salvaged, err error) {
	note := func(format string, args ...any) { out.Notes = append(out.Notes, fmt.Sprintf(format, args...)) }
	acked, err := s.readAcknowledged()
	if err != nil {
		return out, err
	}
	file := acked.sources[Operator]
	if file == nil {
		file = &ackSource{}
	}
	entries := map[eir.Target]eir.Entry{}
	var newest uint64 // of the changes in the tables
	current := false  // they are not behind the file
	slices.Sort(names)
	for _, name := range names {
		if name != tablesDir && !strings.HasPrefix(name, tablesDir+asideSuffix) {
			continue
		}
		t := s.salvageTables(name)
		if t.err != nil {
			note("%s: %v", name, t.err)
		}
		if len(t.entries) > 0 {
			note("%s: %d entries, change %d", name, len(t.entries), t.changes)
		}
		if t.changes < newest {
			continue // what a newer one says counts
		}
		newest = t.changes
		maps.Copy(entries, t.entries)
		if t.err == nil && t.changes >= file.changes {
			out.Whole = !acked.missing
			entries = t.entries
			current = true
		}
	}
	switch {
	case acked.missing:
		note("%s: there is none", acknowledgedFile)
	case file.whole:
		note("%s: %d entries, change %d, all that there were", acknowledgedFile, len(file.own), file.changes)
	default:
		note("%s: %d entries, change %d; lines of it are damaged", acknowledgedFile, len(file.own), file.changes)
	}
	switch {
	case current:
	case file.whole:
		out.Whole, entries = true, file.own
	default:
		maps.Copy(entries, file.own)
	}
	out.Entries = slices.SortedFunc(maps.Values(entries), func(a, b eir.Entry) int {
		x, n := appendItem(nil, &a, "", 0)
		y, m := appendItem(nil, &b, "", 0)
		return slices.Compare(x[:n], y[:m])
	})
	return out, nil
}

// salvagedTables are the operator's own entries in one database.
type salvagedTables struct {
	entries map[eir.Target]eir.Entry
	changes uint64
	err     error // why they are not all
}

// salvageTables reads a database as it is; where its logs are damaged, without
// them.
func (s *Store) salvageTables(name string) (t salvagedTables) {
	t.entries = map[eir.Target]eir.Entry{}
	dir := s.fs.PathJoin(s.dir, name)
	var err error
	for _, from := range []vfs.FS{untouched{s.fs}, untouched{withoutLogs{s.fs}}} {
		options := &pebble.Options{FS: from, ReadOnly: true, ErrorIfNotExists: true, FormatMajorVersion: pebbleFormat, Logger: s.failure,
			// Without it Pebble means to end the process.
			EventListener: &pebble.EventListener{DataCorruption: func(pebble.DataCorruptionInfo) {}}}
		if s.db, err = pebble.Open(dir, options); err == nil {
			break
		}
		t.err = errors.Join(t.err, err)
	}
	if err != nil {
		return t
	}
	defer func() { t.err = errors.Join(t.err, s.db.Close()) }()
	s.changes, s.kept = map[string]uint64{}, map[string][]byte{}
	t.err = errors.Join(t.err, s.loadCounts())
	t.changes = s.changes[Operator]
	records, err := s.sourceRecords()
	t.err = errors.Join(t.err, err)
	for _, r := range records {
		if r.State.Name != Operator {
			continue
		}
		missing, err := readable(s.db, generation{r.ID, r.Generation}, s.formatOf(), func(l Listed) error {
			if l.Malformed == "" {
				t.entries[l.Target] = l.Entry
			}
			return nil
		})
		t.err = errors.Join(t.err, missing, err)
	}
	return t
}

// untouched is a file system in which Pebble makes no lock.
type untouched struct{ vfs.FS }

func (u untouched) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// withoutLogs is a file system without Pebble's logs.
type withoutLogs struct{ vfs.FS }

func (w withoutLogs) List(dir string) ([]string, error) {
	names, err := w.FS.List(dir)
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, ".log") }), err
}
