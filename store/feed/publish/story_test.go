package publish

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

var dayOne = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// authority is a laboratory's feed.
type authority struct {
	t *testing.T
	*Publisher
	dir  string
	keys []crypto.Signer
	now  time.Time
	sizes
}

// sizes are what a test makes small, so that few entries make many files.
type sizes struct {
	rolling
	part  uint64
	chunk int
}

// small sets the sizes, also of the Publisher after a reopen.
func (a *authority) small(s sizes) {
	if a.sizes = s; s != (sizes{}) {
		a.Publisher.rolling, a.Publisher.chunk, a.list.limit = s.rolling, s.chunk, s.part
	}
}

func newAuthority(t *testing.T, c Config) *authority {
	t.Helper()
	c.Dir = filepath.Join(t.TempDir(), "feed")
	if err := InitLab(c.Dir, nil, dayOne); err != nil {
		t.Fatal(err)
	}
	keys, err := Keys(c.Dir)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t: t, dir: c.Dir, keys: keys, now: dayOne}
	a.open(c)
	t.Cleanup(func() { a.Close() })
	return a
}

func (a *authority) open(c Config) {
	a.t.Helper()
	var err error
	if a.Publisher, err = Open(c); err != nil {
		a.t.Fatal(err)
	}
	a.small(a.sizes)
}

func (a *authority) reopen() {
	a.t.Helper()
	c := a.config
	if err := a.Close(); err != nil {
		a.t.Fatal(err)
	}
	a.open(c)
}

// file is a list file in a test.
func file(t *testing.T, name, text string) intake.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return intake.Path(path)
}

func (a *authority) tryPublish(files ...intake.File) (Result, error) {
	a.now = a.now.Add(time.Minute)
	return a.Publish(context.Background(), Job{Files: files, Keys: a.keys, At: a.now})
}

// confirm publishes what empties the list too.
func (a *authority) confirm(files ...intake.File) (Result, error) {
	a.now = a.now.Add(time.Minute)
	return a.Publish(context.Background(), Job{Files: files, Keys: a.keys, At: a.now, Confirm: true})
}

func (a *authority) publish(name, text string) Result {
	a.t.Helper()
	r, err := a.tryPublish(file(a.t, name, text))
	if err != nil {
		a.t.Fatal(err)
	}
	return r
}

// publishNow publishes at the present time, for a node that has a clock.
func (a *authority) publishNow(name, text string) {
	a.t.Helper()
	j := Job{Files: []intake.File{file(a.t, name, text)}, Keys: a.keys, At: time.Now()}
	if _, err := a.Publish(context.Background(), j); err != nil {
		a.t.Fatal(err)
	}
}

// published is the list as a node finds it: over the mirror, from the anchor.
func (a *authority) published() []string {
	a.t.Helper()
	return a.follow(format.State{}, nil)
}

func (a *authority) listed() []string {
	a.t.Helper()
	in := a.list.entries()
	defer in.Close()
	return lines(a.t, in)
}

func lines(t *testing.T, in format.Stream) (all []string) {
	t.Helper()
	var e format.Entry
	for {
		switch err := in.Next(&e); err {
		case nil:
			all = append(all, line(&e))
		case io.EOF:
			return all
		default:
			t.Fatal(err)
		}
	}
}

func line(e *format.Entry) string {
	if e.Malformed != "" {
		return e.Malformed + " malformed " + e.Status.String()
	}
	return e.Target.String() + " " + e.Status.String() + " " + e.Reason
}

// follow does what a node does, with a map for a store: from a state and its
// list it takes the way that begins there, else the snapshot and what follows.
func (a *authority) follow(at format.State, have map[string]format.Entry) []string {
	a.t.Helper()
	anchor, err := os.ReadFile(filepath.Join(a.dir, "public", "root.json"))
	if err != nil {
		a.t.Fatal(err)
	}
	mirror, err := trust.NewMirror("file://"+filepath.Join(a.dir, "public"), nil)
	if err != nil {
		a.t.Fatal(err)
	}
	client, err := trust.NewClient(anchor, []trust.Mirror{mirror}, trust.Limits{})
	if err != nil {
		a.t.Fatal(err)
	}
	update, err := client.Refresh(context.Background(), a.now, trust.State{})
	if err != nil {
		a.t.Fatal(err)
	}
	state, list := at, have
	apply := func(t trust.Target) {
		f, err := client.Open(context.Background(), t, a.t.TempDir())
		if err != nil {
			a.t.Fatal(err)
		}
		defer f.Close()
		r, err := format.NewReader(f, format.Limits{})
		if err == nil {
			err = r.Follow(state)
		}
		if err != nil {
			a.t.Fatal(t.Name, err)
		}
		if r.Header().Kind == format.Snapshot {
			list = map[string]format.Entry{}
		}
		var c format.Change
		for {
			err := r.Next(&c)
			if err == io.EOF {
				break
			}
			if err != nil {
				a.t.Fatal(err)
			}
			key := c.Key().Malformed + c.Key().Target.String()
			if old, ok := list[key]; ok != (c.Op != format.Added) || old != c.Old {
				a.t.Fatalf("%s: a change that does not fit", t.Name)
			}
			delete(list, key)
			if c.Op != format.Removed {
				list[key] = c.New
			}
		}
		state, _ = r.State()
	}
	for step := true; step; {
		step = false
		for _, t := range update.Targets {
			r, ok := headerOf(a, client, t)
			if !ok {
				continue
			}
			if r.Kind == format.Snapshot && state.Sequence == 0 || r.Kind == format.Delta && state.Sequence > 0 && r.From == state {
				apply(t)
				step = true
			}
		}
	}
	if state != a.list.State {
		a.t.Fatalf("a node comes to sequence %d, the feed is at %d", state.Sequence, a.list.State.Sequence)
	}
	w := &sortedChunk{}
	for _, e := range list {
		w.chunk = append(w.chunk, e)
	}
	return lines(a.t, sorted(w.chunk))
}

func headerOf(a *authority, client *trust.Client, t trust.Target) (format.Header, bool) {
	if !strings.HasPrefix(t.Name, "snapshot/") && !strings.HasPrefix(t.Name, "delta/") || strings.HasSuffix(t.Name, ".csv") {
		return format.Header{}, false
	}
	f, err := client.Open(context.Background(), t, a.t.TempDir())
	if err != nil {
		a.t.Fatal(err)
	}
	defer f.Close()
	r, err := format.NewReader(f, format.Limits{})
	if err != nil {
		a.t.Fatal(err)
	}
	return r.Header(), true
}

func imei(n int) string { return fmt.Sprintf("%014d", n) }

func blacklist(numbers ...int) string {
	var b strings.Builder
	b.WriteString("imei,block_date,reasons\n")
	for _, n := range numbers {
		fmt.Fprintf(&b, "%s,20260101,stolen\n", imei(n))
	}
	return b.String()
}

func TestAListAndItsChanges(t *testing.T) {
	a := newAuthority(t, Config{})
	first := a.publish("20260301_blacklist.csv", blacklist(3, 1, 2, 1))
	if first.Read.Records != 4 || first.Read.Duplicates != 1 || first.To.Entries != 3 || first.To.Sequence != 1 {
		t.Errorf("the first list: %+v", first)
	}
	second := a.publish("20260302_blacklist.csv", blacklist(1, 2, 4))
	if d := second.Difference; d == nil || d.Added != 1 || d.Removed != 1 || d.Changed != 0 || second.To.Sequence != 2 {
		t.Errorf("the second list: %+v, %+v", second, d)
	}
	third := a.publish("change.csv", "target,status,reason,op\n00000000000005,prohibited,reported,put\n00000000000001,,,remove\n00000000000009,,,remove\n")
	if d := third.Difference; d == nil || d.Added != 1 || d.Removed != 1 || third.Read.Idle != 1 {
		t.Errorf("the change: %+v, %+v", third, d)
	}
	want := []string{
		"00000000000002 prohibited stolen",
		"00000000000004 prohibited stolen",
		"00000000000005 prohibited reported",
	}
	if diff := cmp.Diff(want, a.published()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, a.listed()); diff != "" {
		t.Error(diff)
	}
	a.reopen()
	if again := a.publish("same.csv", "target,status,reason,op\n00000000000005,prohibited,reported,put\n"); again.Difference != nil || again.To != third.To || len(again.Added) > 0 {
		t.Errorf("what is listed already was published again: %+v", again)
	}
}

func TestMalformedIdentitiesAreKept(t *testing.T) {
	a := newAuthority(t, Config{Blacklist: true})
	var told []*listfile.Problem
	list := "imei,block_date,reasons\n00000000000001,20260101,stolen\n3A0000000*#1,20260101,stolen\nnonsense,20260101,stolen\n"
	r, err := a.Publish(context.Background(), Job{
		Files: []intake.File{file(t, "20260301_blacklist.csv", list)}, Keys: a.keys, At: a.now,
		Problem: func(p *listfile.Problem) { told = append(told, p) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Read.Malformed != 1 || r.Read.Bad != 1 || len(told) != 2 || told[0].Severity != listfile.Warning || told[1].Severity != listfile.Error {
		t.Errorf("read %+v, problems %v", r.Read, told)
	}
	want := []string{"00000000000001 prohibited stolen", "3A0000000*#1 malformed prohibited"}
	if diff := cmp.Diff(want, a.published()); diff != "" {
		t.Error(diff)
	}
	if r.Blacklist == nil || r.Blacklist.Records != 2 {
		t.Errorf("the blacklist: %+v", r.Blacklist)
	}
	gone := a.publish("20260302_blacklist_delta_1_2_unblocked.csv", "imei,block_date,reasons\n3A0000000*#1,20260101,stolen\n")
	if gone.Difference == nil || gone.Difference.Removed != 1 {
		t.Errorf("a malformed identity was not taken off: %+v", gone)
	}
}

func TestListsAndChangesTogetherAreRefused(t *testing.T) {
	a := newAuthority(t, Config{})
	_, err := a.tryPublish(file(t, "change.csv", "target,status,op\n00000000000001,prohibited,put\n"))
	if !errors.Is(err, ErrEmpty) {
		t.Errorf("a change to no list: %v", err)
	}
	_, err = a.tryPublish(file(t, "20260301_blacklist.csv", blacklist(1)), file(t, "change.csv", "target,status,op\n00000000000001,prohibited,put\n"))
	if err == nil || a.Status(a.now).Sequence != 0 {
		t.Errorf("a list and a change: %v", err)
	}
	_, err = a.tryPublish(intake.Path(filepath.Join(a.dir, "missing.csv")))
	var unreadable *listfile.FileError
	if !errors.As(err, &unreadable) {
		t.Errorf("no such file: %v", err)
	}
}

func TestAnythingOfAListComesThrough(t *testing.T) {
	a := newAuthority(t, Config{})
	a.publish("own.csv", "target,imsi,status,svn,reason,reference,date,until\n"+
		"00100000,,prohibited,,stolen batch,R1,2026-01-01,\n"+
		"00100000000000-00100000000009,,tracked,01 02,,,,2027-01-01\n"+
		"00000000000007,001010000000001,permitted,,pair,,,\n"+
		"00100001,00101*,permitted,,fleet,,,\n"+
		",001010000000002,permitted,,test SIM,,,\n")
	if diff := cmp.Diff(a.listed(), a.published()); diff != "" || len(a.listed()) != 5 {
		t.Errorf("%d entries: %s", len(a.listed()), diff)
	}
}

func TestAnOldBlacklistIsNotLeftBeside(t *testing.T) {
	a := newAuthority(t, Config{Blacklist: true})
	a.publish("20260301_blacklist.csv", blacklist(1))
	// It is as old as the snapshot, and Status says so.
	a.bar(5)
	if s := a.Status(a.now); s.Blacklist != 1 || s.Sequence != 2 {
		t.Errorf("%+v", s)
	}
	if _, err := a.Snapshot(context.Background(), a.now, a.keys...); err != nil || a.Status(a.now).Blacklist != 2 {
		t.Errorf("%+v, %v", a.Status(a.now), err)
	}
	a.config.Blacklist = false
	a.publish("20260302_blacklist.csv", blacklist(2))
	r, err := a.Snapshot(context.Background(), a.now, a.keys...)
	if _, there := a.repo.Targets()[blacklistName]; err != nil || there || len(r.Removed) != 2 || a.Status(a.now).Blacklist != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A full disk publishes nothing, and says what to do.
func TestFullDisk(t *testing.T) {
	a := newAuthority(t, Config{})
	a.publish("20260301_blacklist.csv", blacklist(1))
	target := filepath.Join(a.dir, "list", "tmp-target")
	if err := os.Symlink("/dev/full", target); err != nil {
		t.Fatal(err)
	}
	_, err := a.tryPublish(file(t, "20260302_blacklist.csv", blacklist(2)))
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "nothing was published") || !strings.Contains(err.Error(), "free space for "+a.dir) {
		t.Errorf("error %v", err)
	}
	a.publish("20260302_blacklist.csv", blacklist(2))
	if s := a.Status(a.now); s.Sequence != 2 {
		t.Errorf("then: %+v", s)
	}
}
