package feed

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paperweight/eir"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// today is the day on which the feeds of these tests begin.
var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// fataler is what a test, a benchmark and a rapid test have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// key is what makes two entries one.
type key struct {
	eir.Target
	malformed string
}

func keyOf(e format.Entry) key { return key{e.Target, e.Malformed} }

// authority is the other end of a feed, with what it believes is listed.
type authority struct {
	repo *trust.Repository
	keys []crypto.Signer
	dir  string
	web  *httptest.Server
	down atomic.Bool // it answers nothing
	now  time.Time

	list  map[key]format.Entry
	state format.State
	// states are all that were published, by place.
	states map[place]map[key]format.Entry
	links  map[uint64]format.State // of this epoch, by sequence
	// served counts the requests for a path; mu guards it.
	mu     sync.Mutex
	served map[string]int
}

func newAuthority(t fataler, dir string) *authority {
	t.Helper()
	repo, err := trust.InitLab(dir, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := trust.LabKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{
		repo: repo, keys: keys, dir: dir, now: today,
		list: map[key]format.Entry{}, states: map[place]map[key]format.Entry{},
		links: map[uint64]format.State{}, served: map[string]int{},
	}
	files := http.FileServer(http.Dir(a.public()))
	a.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.served[r.URL.Path]++
		a.mu.Unlock()
		if a.down.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		files.ServeHTTP(w, r)
	}))
	return a
}

func startAuthority(t testing.TB) *authority {
	t.Helper()
	a := newAuthority(t, t.TempDir())
	t.Cleanup(func() { a.close(t) })
	return a
}

func (a *authority) close(t fataler) {
	t.Helper()
	a.web.Close()
	if err := a.repo.Close(); err != nil {
		t.Fatal(err)
	}
}

// requests returns a copy of served.
func (a *authority) requests() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.served)
}

func (a *authority) public() string { return filepath.Join(a.dir, "public") }

func (a *authority) anchor(t fataler) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(a.public(), "root.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// file writes a file of the feed and returns it with the state it leads to.
func file(t fataler, h format.Header, changes []format.Change) ([]byte, format.State) {
	t.Helper()
	f, err := os.CreateTemp("", "feed-*")
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	w, err := format.NewWriter(f, h)
	if err != nil {
		t.Fatal(err)
	}
	for i := range changes {
		if err := w.Add(&changes[i]); err != nil {
			t.Fatal(err)
		}
	}
	if h, err = w.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return text, h.State(hashOf(text))
}

// put makes a file a target, to be published with the next publication.
func (a *authority) put(t fataler, name string, text []byte, l Label) {
	t.Helper()
	custom, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	role := trust.Deltas
	if l.From == 0 {
		role = trust.Snapshots
	}
	if _, err := a.repo.Add(role, name, reader(text), custom, a.now); err != nil {
		t.Fatal(err)
	}
}

func (a *authority) publish(t fataler) {
	t.Helper()
	a.now = a.now.Add(time.Second)
	if _, err := a.repo.Publish(a.now, a.keys...); err != nil {
		t.Fatal(err)
	}
}

// copyPublic returns a folder with what is published now.
func (a *authority) copyPublic(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(a.public())); err != nil {
		t.Fatal(err)
	}
	return dir
}

// remove takes targets off the feed.
func (a *authority) remove(t fataler, role string, names ...string) {
	t.Helper()
	if err := a.repo.Remove(role, a.now, names...); err != nil {
		t.Fatal(err)
	}
}

// changes brings the authority's list to another and returns the way.
func changes(old, new map[key]format.Entry) (all []format.Change) {
	for k, e := range old {
		if n, ok := new[k]; !ok {
			all = append(all, format.Change{Op: format.Removed, Old: e})
		} else if n != e {
			all = append(all, format.Change{Op: format.Changed, Old: e, New: n})
		}
	}
	for k, e := range new {
		if _, ok := old[k]; !ok {
			all = append(all, format.Change{Op: format.Added, New: e})
		}
	}
	slices.SortFunc(all, func(a, b format.Change) int { return format.Compare(a.Key(), b.Key()) })
	return all
}

// change makes the next sequence: entries to put, and some to remove.
func (a *authority) change(t fataler, put []format.Entry, remove ...format.Entry) {
	t.Helper()
	next := maps.Clone(a.list)
	for _, e := range remove {
		delete(next, keyOf(e))
	}
	for _, e := range put {
		next[keyOf(e)] = e
	}
	if a.state.Sequence == 0 {
		a.list = next
		a.begin(t, 1)
		return
	}
	to := format.State{Epoch: a.state.Epoch, Sequence: a.state.Sequence + 1}
	text, state := file(t, format.Header{Kind: format.Delta, From: a.state, To: to}, changes(a.list, next))
	a.put(t, fmt.Sprintf("delta/%d", to.Sequence), text, Label{to.Epoch, a.state.Sequence, to.Sequence})
	a.list, a.state = next, state
	a.note()
	a.publish(t)
}

func (a *authority) note() {
	a.states[placeOf(a.state)] = maps.Clone(a.list)
	a.links[a.state.Sequence] = a.state
}

// begin makes a snapshot the first state of an epoch.
func (a *authority) begin(t fataler, epoch uint64) {
	t.Helper()
	a.links = map[uint64]format.State{}
	for name, target := range a.repo.Targets() {
		a.remove(t, target.Role, name)
	}
	a.state = format.State{Epoch: epoch, Sequence: 1}
	a.snapshot(t)
}

// snapshot publishes the list as a whole.
func (a *authority) snapshot(t fataler) {
	t.Helper()
	to := format.State{Epoch: a.state.Epoch, Sequence: a.state.Sequence, Link: a.state.Link}
	text, state := file(t, format.Header{Kind: format.Snapshot, To: to}, changes(nil, a.list))
	a.put(t, fmt.Sprintf("snapshot/%d", to.Sequence), text, Label{Epoch: to.Epoch, To: to.Sequence})
	a.state = state
	a.note()
	a.publish(t)
}

// rollup puts one delta in the place of those from a sequence on.
func (a *authority) rollup(t fataler, from uint64) {
	t.Helper()
	base := a.links[from]
	to := format.State{Epoch: a.state.Epoch, Sequence: a.state.Sequence, Link: a.state.Link}
	text, _ := file(t, format.Header{Kind: format.Delta, From: base, To: to},
		changes(a.states[placeOf(base)], a.list))
	for s := from + 1; s <= a.state.Sequence; s++ {
		if name := fmt.Sprintf("delta/%d", s); a.repo.Targets()[name].Name != "" {
			a.remove(t, trust.Deltas, name)
		}
	}
	a.put(t, fmt.Sprintf("delta/%d", to.Sequence), text, Label{to.Epoch, from, to.Sequence})
	a.publish(t)
}

// entry makes an entry from what `list add` takes.
func entry(t fataler, kind eir.Kind, from, to eir.IMEI, status eir.Status, reason string) format.Entry {
	t.Helper()
	e := format.Entry{Entry: eir.Entry{Target: eir.Target{Kind: kind, From: from, To: to}, Status: status, Reason: reason}}
	if err := e.Validate(); err != nil {
		t.Fatal(err)
	}
	return e
}

// tac is the test model of equipment.
const tac = eir.TAC(101)

// phone is the n-th phone of the model, prohibited.
func phone(t fataler, n int) format.Entry {
	t.Helper()
	i := tac.First() + eir.IMEI(n)
	return entry(t, eir.Exact, i, i, eir.Prohibited, "stolen")
}

func phones(t fataler, from, n int) (all []format.Entry) {
	t.Helper()
	for i := range n {
		all = append(all, phone(t, from+i))
	}
	return all
}

func malformed(text string) format.Entry {
	return format.Entry{Entry: eir.Entry{Status: eir.Prohibited, Reason: "stolen"}, Malformed: text}
}

// wantErr reports an error that is not the one wanted.
func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}
