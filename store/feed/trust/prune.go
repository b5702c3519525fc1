package trust

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// DefaultGrace is how long a timestamp is valid by default, so that no valid
// timestamp leads to a file that is gone.
const DefaultGrace = 72 * time.Hour

// supersededFile notes since when nothing leads to a file of public/ any more.
const supersededFile = "superseded.json"

// prunable are the names of metadata and of targets. What else lies in public/
// is not the feed's.
var prunable = regexp.MustCompile(`^[0-9]+\.[a-z][a-z-]*\.json$|^[a-z]+/[0-9a-f]{64}\.[A-Za-z0-9][A-Za-z0-9._-]*$`)

// Prune removes files from public/ to which no publication has led for the
// grace: readers in the midst of a fetch need them, and mirrors in the midst of
// a copy. It is called after Publish. What the timestamp in force leads to
// stays, and so does what waits to be published. Roots stay for ever: a node
// that was off for years follows them one by one.
//
// The grace begins when Prune first finds a file superseded, and that moment is
// noted. Times of files say nothing: a file that was in force for a year is old
// when it is superseded, and a restored copy has any time. Where the notes are
// lost, or the clock is set back, files stay longer. A crash in the midst leaves
// some, which the next Prune removes.
func (r *Repository) Prune(now time.Time, grace time.Duration) (removed int, err error) {
	if r.now.timestamp == nil {
		return 0, nil
	}
	old, err := r.superseded()
	if err != nil {
		return 0, err
	}
	unneeded, err := r.unneeded()
	if err != nil {
		return 0, err
	}
	noted := map[string]time.Time{}
	for _, name := range unneeded {
		since, ok := old[name]
		if !ok || since.After(now) {
			since = now.UTC()
		}
		if now.Sub(since) >= grace {
			fault := os.Remove(filepath.Join(r.dir, "public", name))
			if fault == nil || errors.Is(fault, fs.ErrNotExist) {
				removed++
				continue
			}
			err = errors.Join(err, fault)
		}
		noted[name] = since
	}
	if maps.EqualFunc(old, noted, time.Time.Equal) {
		return removed, err
	}
	text, fault := json.Marshal(noted)
	if fault == nil {
		fault = r.put(filepath.Join(r.dir, supersededFile), text)
	}
	return removed, errors.Join(err, fault)
}

// superseded reads what was noted. Notes that can't be read begin anew.
func (r *Repository) superseded() (map[string]time.Time, error) {
	text, err := os.ReadFile(filepath.Join(r.dir, supersededFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var noted map[string]time.Time
	if json.Unmarshal(text, &noted) != nil {
		return nil, nil
	}
	return noted, nil
}

// unneeded returns the names of files in public/ to which nothing leads.
func (r *Repository) unneeded() (names []string, err error) {
	needed := r.needed()
	public := os.DirFS(filepath.Join(r.dir, "public"))
	err = fs.WalkDir(public, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && prunable.MatchString(name) && !strings.HasSuffix(name, "."+Root+".json") && !needed[name] {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("feed: public/ in %s can't be read: %w", r.dir, err)
	}
	return names, nil
}

// needed are the files to which the timestamp in force leads, and what waits to
// be published, which lies in public/ already.
func (r *Repository) needed() map[string]bool {
	needed := map[string]bool{fileName(Snapshot, r.now.snapshot.Signed.Version): true}
	for role, m := range r.now.roles {
		needed[fileName(role, m.Signed.Version)] = true
		for name, f := range m.Signed.Targets {
			needed[targetFile(name, f.Hashes["sha256"])] = true
		}
	}
	for _, t := range r.Targets() {
		needed[targetFile(t.Name, t.SHA256[:])] = true
	}
	return needed
}
