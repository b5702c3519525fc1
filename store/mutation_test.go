package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"paperweight/eir"
	"paperweight/store"
)

// The mutation test: each file of a directory is flipped, cut, emptied, deleted,
// replaced by an older one or loses a page. Whatever that does, what was listed is
// answered as it was listed or by policy.store_failure, or Open refuses and says
// why: no phone is ever unknown that a list names.

// aged is a directory with some history, and what it was before.
type aged struct {
	now, before *vfs.MemFS
	// listed are the answers that were acknowledged.
	listed map[eir.IMEI]eir.Status
	own    []eir.Entry
}

// newAged makes one. At rest it was closed in order, else it is as a power cut
// leaves it.
func newAged(t *testing.T, atRest bool) *aged {
	t.Helper()
	a := &aged{now: vfs.NewMem(), listed: map[eir.IMEI]eir.Status{}}
	s := open(t, a.now, "data")
	list := func(source string, first eir.IMEI, n int) {
		fill(t, s, source, func(add func(eir.Entry)) {
			for i := range eir.IMEI(n) {
				e := exact(first + i)
				e.Reference = strings.Repeat(fmt.Sprint(uint64(e.From)*0x9e3779b97f4a7c15), 3)
				add(e)
				a.listed[e.From] = eir.Prohibited
			}
		})
	}
	change := func(source string, put ...eir.Entry) {
		if _, err := s.Apply(store.Change{Source: source, Put: put}); err != nil {
			t.Fatal(err)
		}
		for i := range put {
			a.listed[put[i].From] = put[i].Status
		}
	}
	list("national", tac.First(), 500)
	list("import", tac.First()+10_000, 50)
	reopen := func() {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, a.now, "data")
	}
	reopen()
	a.before = copyOf(t, a.now)
	list("national", tac.First(), 2000) // in the place of the first
	reopen()
	for i := range eir.IMEI(20) {
		change("national", exact(tac.First()+5000+i))
		own := exact(tac.First() + 20_000 + i)
		own.Status, own.Date, own.Reason = eir.Tracked, int64(i), fmt.Sprint("case ", i)
		change(store.Operator, own)
		a.own = append(a.own, own)
	}
	if err := s.Attach("national", map[string][]byte{store.StateBlob: []byte("state")}); err != nil {
		t.Fatal(err)
	}
	if atRest {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	a.now = copyOf(t, a.now)
	if !atRest {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func copyOf(t *testing.T, from *vfs.MemFS) *vfs.MemFS {
	t.Helper()
	to := vfs.NewMem()
	if _, err := vfs.Clone(from, to, "data", "data"); err != nil {
		t.Fatal(err)
	}
	return to
}

func filesOf(t *testing.T, fs vfs.FS, dir string) (files []string) {
	t.Helper()
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		name = path.Join(dir, name)
		info, err := fs.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			files = append(files, filesOf(t, fs, name)...)
		} else {
			files = append(files, name)
		}
	}
	return files
}

func contentOf(t *testing.T, fs vfs.FS, name string) []byte {
	t.Helper()
	f, err := fs.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put(t *testing.T, fs vfs.FS, name string, content []byte) {
	t.Helper()
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
}

// mutations are what becomes of a file's content, by name; nil is no file.
func (a *aged) mutations(t *testing.T, name string) map[string][]byte {
	whole := contentOf(t, a.now, name)
	n := len(whole)
	all := map[string][]byte{"deleted": nil, "emptied": {}}
	for i := range 24 {
		at := n * i / 24
		if i >= 12 { // half of them in the tail, where the newest is
			at = n - 1 - (i-12)*(i-12)*3
		}
		if at < 0 || at >= n {
			continue
		}
		flipped := bytes.Clone(whole)
		flipped[at] ^= 1 << (i % 8)
		all[fmt.Sprint("bit flipped at ", at, " of ", n)] = flipped
		if i%3 == 0 {
			all[fmt.Sprint("cut at ", at, " of ", n)] = whole[:at]
		}
	}
	for _, at := range []int{0, n / 2, n - 4096} {
		if at >= 0 && at < n {
			zeroed := bytes.Clone(whole)
			clear(zeroed[at:min(at+4096, n)])
			all[fmt.Sprint("zeroed from ", at, " of ", n)] = zeroed
		}
	}
	if _, err := a.before.Stat(name); err == nil {
		if old := contentOf(t, a.before, name); !bytes.Equal(old, whole) {
			all["replaced by an older one"] = old
		}
	}
	return all
}

// stays makes sure that what is short does not come to be whole by a restart,
// nor by what a feed writes down meanwhile.
func (a *aged) stays(t *testing.T, fs vfs.FS, wrong *[]string) {
	for range 2 {
		s := open(t, fs, "data")
		if s.Short() == nil {
			*wrong = append(*wrong, "it is whole after a restart")
		}
		for _, st := range s.Sources() {
			if err := s.Attach(st.Name, map[string][]byte{"more": []byte(st.Name)}); err != nil {
				*wrong = append(*wrong, err.Error())
			}
		}
		if err := s.Close(); err != nil {
			*wrong = append(*wrong, err.Error())
		}
	}
}

// wrong asks for all that was listed.
func (a *aged) wrong(t *testing.T, s *store.Store) []string {
	reg := register(t, s)
	for i, want := range a.listed {
		v := reg.Check(eir.Query{IMEI: i, SVN: eir.NoSVN})
		if v.Status != want && (v.Rule != eir.RuleStoreFailure || s.Err() == nil) {
			return []string{fmt.Sprintf("%s: %s by %s, want %s; the store says %v", i.Masked(), v.Status, v.Rule, want, s.Err())}
		}
	}
	return nil
}

// salvage makes sure that the operator's own entries can be had.
func (a *aged) salvage(fs vfs.FS) (wrong []string) {
	got, err := store.Salvage("data", fs)
	if err != nil {
		return []string{err.Error()}
	}
	if diff := cmp.Diff(a.own, got.Entries); diff != "" {
		wrong = append(wrong, fmt.Sprintf("salvaged: %s %v", diff, got.Notes))
	}
	return wrong
}

// outcome opens a directory and asks for all that was listed.
func (a *aged) outcome(t *testing.T, fs vfs.FS) (kind string, wrong []string) {
	t.Helper()
	s, err := store.Open("data", store.Options{FS: fs})
	if err != nil {
		var e *store.Error
		if !errors.As(err, &e) || e.Remedy == "" || e.Path == "" {
			wrong = append(wrong, fmt.Sprintf("refused without path and remedy: %v", err))
		}
		return "refused", append(wrong, a.salvage(fs)...)
	}
	kind = "right"
	if s.Err() != nil {
		kind = "by policy"
	}
	wrong = a.wrong(t, s)
	if s.Err() != nil {
		defer a.stays(t, fs, &wrong)
	}
	defer s.Close()
	var own []eir.Entry
	for e, err := range s.Entries(store.Operator) {
		if err != nil {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return kind, append(wrong, a.salvage(fs)...)
		}
		own = append(own, e)
	}
	if diff := cmp.Diff(a.own, own); diff != "" {
		wrong = append(wrong, "the operator's own entries: "+diff)
	}
	return kind, wrong
}

func TestMutations(t *testing.T) {
	for _, atRest := range []bool{true, false} {
		a := newAged(t, atRest)
		count := map[string]int{}
		for _, name := range filesOf(t, a.now, "data") {
			for what, content := range a.mutations(t, name) {
				fs := copyOf(t, a.now)
				if content == nil {
					if err := fs.Remove(name); err != nil {
						t.Fatal(err)
					}
				} else {
					put(t, fs, name, content)
				}
				kind, wrong := a.outcome(t, fs)
				count[kind]++
				for _, w := range wrong {
					t.Errorf("at rest %v: %s %s: %s", atRest, name, what, w)
				}
			}
		}
		t.Logf("at rest %v: %v", atRest, count)
	}
}

// TestMutationsWhileRunning does the same to a directory that is open, and closes
// it afterwards.
func TestMutationsWhileRunning(t *testing.T) {
	a := newAged(t, true)
	count := map[string]int{}
	for _, name := range filesOf(t, a.now, "data") {
		for what, content := range a.mutations(t, name) {
			fs := copyOf(t, a.now)
			// A cache of next to nothing, so that what was read is read again.
			s, err := store.Open("data", store.Options{FS: fs, CacheBytes: 1})
			if err != nil {
				t.Fatal(err)
			}
			if names := filesOf(t, fs, "data"); !slices.Contains(names, name) {
				content = nil // Open has no more use for it
			} else if content == nil {
				err = fs.Remove(name)
			} else {
				overwrite(t, fs, name, content)
			}
			if err != nil {
				t.Fatal(err)
			}
			wrong := a.wrong(t, s)
			// A change of what is so already: what is listed stays the same.
			if _, err := s.Apply(store.Change{Source: store.Operator, Put: a.own[:1]}); err != nil {
				wrong = append(wrong, err.Error())
			}
			wrong = append(wrong, a.wrong(t, s)...)
			kind := "closed"
			if err := s.Close(); err != nil {
				kind = "not closed"
			}
			after, more := a.outcome(t, fs)
			count[kind+", then "+after]++
			for _, w := range append(wrong, more...) {
				t.Errorf("%s %s: %s", name, what, w)
			}
		}
	}
	t.Log(count)
}

// overwrite changes a file under the process that has it open.
func overwrite(t *testing.T, fs vfs.FS, name string, content []byte) {
	t.Helper()
	f, err := fs.OpenReadWrite(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// A file in RAM can't be cut under who has it open: its rest is zero.
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	whole := make([]byte, max(int(info.Size()), len(content)))
	copy(whole, content)
	if _, err := f.WriteAt(whole, 0); err != nil {
		t.Fatal(err)
	}
}
