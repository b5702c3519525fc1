package store

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2"
)

// begin makes the folder of the tables. There are three cases:
//
//   - the file of acknowledgements names a source: a database is there, or lost;
//   - the file names none: whatever a crash left of a new database, nothing of it
//     was promised to anybody;
//   - there is no file: tables are of format 1, or the file is lost, which
//     openTables finds out; without tables the directory is new, and the file is
//     made first, so that this case stays what it is.
func (s *Store) begin(acked *acknowledged) error {
	tables, err := s.list(tablesDir)
	if err != nil {
		return err
	}
	if acked.missing && len(tables) == 0 {
		all, err := s.list("")
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(all, func(name string) bool { return strings.Contains(name, asideSuffix) }); i >= 0 {
			return &Error{Kind: ErrCorrupt, Path: s.dir, Cause: fmt.Errorf("it holds %s, and neither %q nor %q", all[i], tablesDir, acknowledgedFile),
				Remedy: "Something of a store was here. Restore the directory from a copy, or start on an empty one."}
		}
		if err := s.acknowledgeAnew(nil); err != nil {
			return err
		}
		acked.missing = false
	}
	// What is below the directory lasts no longer than the names that lead to it.
	return errors.Join(
		s.fs.MkdirAll(s.fs.PathJoin(s.dir, tablesDir), 0o700),
		s.syncDir(s.dir),
		s.syncDir(s.fs.PathDir(s.dir)),
	)
}

// list returns the names in a folder of the directory, none where it is missing.
func (s *Store) list(folder string) ([]string, error) {
	names, err := s.fs.List(s.fs.PathJoin(s.dir, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

// openTables opens Pebble and makes the first view. Where Pebble can't be opened
// since files are damaged, and it is known what was acknowledged, they are put
// aside: first the logs alone, since what was flushed before them is whole, then
// all tables. What is then missing of a list makes it short.
func (s *Store) openTables(acked *acknowledged) (*view, error) {
	v, err := s.tryTables(acked)
	for _, aside := range []func() (bool, error){s.logsAside, s.tablesAside} {
		if err == nil || !acked.any() || !errors.Is(err, ErrCorrupt) {
			break
		}
		moved, asideErr := aside()
		if asideErr != nil {
			return nil, errors.Join(err, asideErr)
		}
		if moved {
			s.failure.Errorf("store %s: %v: the damaged files were put aside as *%sN; remove them once all lists are whole", s.dir, causeOf(err), asideSuffix)
			v, err = s.tryTables(acked)
		}
	}
	if err != nil {
		return nil, s.withLists(err, acked)
	}
	return v, nil
}

// causeOf leaves out what to do, where it is done already.
func causeOf(err error) error {
	if e := (*Error)(nil); errors.As(err, &e) && e.Cause != nil {
		return e.Cause
	}
	return err
}

// withLists names the lists that an error keeps from being answered from.
func (s *Store) withLists(err error, acked *acknowledged) error {
	var e *Error
	if lists := acked.lists(); len(lists) > 0 && errors.As(err, &e) {
		named := *e
		named.Cause = fmt.Errorf("%s can't be read: %w", strings.Join(lists, ", "), e.Cause)
		return &named
	}
	return err
}

func (s *Store) tryTables(acked *acknowledged) (*view, error) {
	dir := s.fs.PathJoin(s.dir, tablesDir)
	// A database is made only where none can have been.
	s.options.ErrorIfNotExists = !s.aside && (acked.any() || acked.missing)
	s.removals.forget()
	var err error
	if s.db, err = pebble.Open(dir, s.options); err != nil {
		// Pebble has no error value for it.
		if strings.Contains(err.Error(), "unknown format major version") {
			return nil, s.newerFormat(err)
		}
		return nil, s.failure.opening(dir, err)
	}
	err = s.checkFormat(acked)
	var v *view
	if err == nil {
		v, err = s.load(acked)
	}
	if err != nil {
		return nil, errors.Join(s.failure.name(err), s.closeTables())
	}
	return v, nil
}

func (s *Store) closeTables() error { return s.db.Close() }

// logsAside moves Pebble's logs out of its reach; false where there are none.
func (s *Store) logsAside() (bool, error) {
	names, err := s.list(tablesDir)
	if err != nil {
		return false, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, ".log") })
	if len(names) == 0 {
		return false, nil
	}
	to, err := s.asideName("logs")
	if err != nil {
		return false, err
	}
	if err := s.fs.MkdirAll(to, 0o700); err != nil {
		return false, err
	}
	for _, name := range names {
		if err := s.fs.Rename(s.fs.PathJoin(s.dir, tablesDir, name), s.fs.PathJoin(to, name)); err != nil {
			return false, err
		}
	}
	return true, errors.Join(s.syncDir(to), s.syncDir(s.fs.PathJoin(s.dir, tablesDir)), s.syncDir(s.dir))
}

// tablesAside makes room for a new database.
func (s *Store) tablesAside() (bool, error) {
	to, err := s.asideName(tablesDir)
	if err != nil {
		return false, err
	}
	tables := s.fs.PathJoin(s.dir, tablesDir)
	if err := s.fs.Rename(tables, to); err != nil {
		return false, err
	}
	s.aside = true
	return true, errors.Join(s.fs.MkdirAll(tables, 0o700), s.syncDir(s.dir))
}

// asideName returns a name that nothing has yet.
func (s *Store) asideName(what string) (string, error) {
	names, err := s.list("")
	if err != nil {
		return "", err
	}
	for n := 1; n <= maxAside; n++ {
		if name := what + asideSuffix + strconv.Itoa(n); !slices.Contains(names, name) {
			return s.fs.PathJoin(s.dir, name), nil
		}
	}
	return "", &Error{Kind: ErrCorrupt, Path: s.dir, Cause: fmt.Errorf("damaged %s were put aside %d times already", what, maxAside),
		Remedy: fmt.Sprintf("See to the disk: start on an empty directory of another one, `paperweight salvage` saves your own entries. Or remove the %s%sN.", what, asideSuffix)}
}

// maxAside bounds how often damaged files are put aside: a disk that damages
// them again and again is filled by it, and should not be used.
const maxAside = 3
