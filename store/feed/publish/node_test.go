package publish

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/feed/format"
)

// newNode is a node that follows an authority at an address.
func newNode(t *testing.T, a *authority, address string) (*store.Store, *feed.Follower) {
	t.Helper()
	anchor, err := os.ReadFile(filepath.Join(a.dir, "public", "1.root.json"))
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	node, err := feed.NewFollower(st, feed.Config{Source: "national", Anchor: anchor, Mirrors: []string{address}, Dir: t.TempDir()}, feed.Events{})
	if err != nil {
		t.Fatal(err)
	}
	return st, node
}

func listedBy(t *testing.T, st *store.Store) (all []string) {
	t.Helper()
	for e, err := range st.Listed("national") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, line(&format.Entry{Entry: e.Entry, Malformed: e.Malformed}))
	}
	return all
}

// TestNodesFollowTheAuthority publishes what comes, to a node that hears of all
// of it over HTTP and to one that sleeps for long and reads from a folder.
func TestNodesFollowTheAuthority(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	a := newAuthority(t, Config{Blacklist: true})
	a.small(sizes{rolling{most: 8, newest: 3}, 5, 7})
	_, url := serve(t, a)
	awake, follower := newNode(t, a, url)
	asleep, sleeper := newNode(t, a, "file://"+filepath.Join(a.dir, "public"))
	want := map[string]string{}
	follow := func(st *store.Store, f *feed.Follower) {
		t.Helper()
		if _, err := f.Once(context.Background(), a.now); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a.listed(), listedBy(t, st)); diff != "" {
			t.Fatal(diff)
		}
		if s := f.Status(a.now); s.State != a.list.State {
			t.Fatalf("a node is at %+v, the feed at %+v", s.State, a.list.State)
		}
	}
	for step := range 40 {
		a.step(rng, want)
		follow(awake, follower)
		if step%13 == 12 {
			follow(asleep, sleeper)
		}
	}
	a.publish("20260401_blacklist.csv", fmt.Sprintf("imei,block_date,reasons\n%s,20260101,stolen\nABCDEF*#,20260101,stolen\n", imei(1)))
	follow(awake, follower)
	follow(asleep, sleeper)
}

// A node that polls once in an hour is up to date at once where it listens.
func TestWhoListensNeedNotPoll(t *testing.T) {
	a := newAuthority(t, Config{})
	if _, err := a.Renew(nil, time.Now(), a.keys...); err != nil {
		t.Fatal(err)
	}
	a.publishNow("20260301_blacklist.csv", blacklist(1))
	_, url := serve(t, a)
	st, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	anchor, err := os.ReadFile(filepath.Join(a.dir, "public", "root.json"))
	if err != nil {
		t.Fatal(err)
	}
	applied := make(chan feed.Step, 8)
	node, err := feed.NewFollower(st, feed.Config{
		Source: "national", Anchor: anchor, Mirrors: []string{url}, Dir: t.TempDir(), Poll: time.Hour,
	}, feed.Events{Applied: func(s feed.Step) { applied <- s }, Failed: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { node.Run(ctx) })
	running.Go(func() { node.Listen(ctx) })
	defer running.Wait()
	defer stop()
	<-applied
	for n := 2; n < 5; n++ {
		a.publishNow("change.csv", "target,status,reason,op\n"+imei(n)+",prohibited,stolen,put\n")
		if s := <-applied; s.To.Sequence != uint64(n) {
			t.Fatalf("sequence %d was applied, not %d", s.To.Sequence, n)
		}
	}
}
