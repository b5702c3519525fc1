package admin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/feed/publish"
	"paperweight/store/intake"
)

// authority publishes a list of barred phones in a feed's directory.
func authority(t *testing.T, dir string, phones ...string) {
	t.Helper()
	if _, err := os.Stat(dir); err != nil {
		if err := publish.InitLab(dir, nil, noon); err != nil {
			t.Fatal(err)
		}
	}
	list := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(list, []byte("imei\n"+strings.Join(phones, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := publish.Keys(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := publish.Open(publish.Config{Dir: dir, Files: intake.DefaultLimits().Files})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Publish(context.Background(), publish.Job{Files: []intake.File{intake.Path(list)}, Format: "barred", Keys: keys, At: noon})
	if err := errors.Join(err, p.Close()); err != nil {
		t.Fatal(err)
	}
}

// following returns a node that follows feeds by these names, each of which
// holds an update that touches a protected phone.
func following(t *testing.T, names ...string) (running, *Node) {
	t.Helper()
	var node *Node
	n := run(t, func(o *Options) {
		node = o.Node
		node.Policy = eir.DefaultPolicy
		var all []*feed.Follower
		for i, name := range names {
			all = append(all, holding(t, node.Store, name, fmt.Sprintf("0044019900000%d", i)))
		}
		node.Followers = func() []*feed.Follower { return all }
	})
	return n, node
}

func holding(t *testing.T, st *store.Store, name, phone string) *feed.Follower {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "authority")
	authority(t, dir, "00440100000001")
	anchor, err := os.ReadFile(filepath.Join(dir, "public", "root.json"))
	if err != nil {
		t.Fatal(err)
	}
	var protected feed.Range
	if err := protected.UnmarshalText([]byte("00440199")); err != nil {
		t.Fatal(err)
	}
	f, err := feed.NewFollower(st, feed.Config{
		Source: name, Anchor: anchor, Mirrors: []string{"file://" + filepath.Join(dir, "public")},
		Guard: feed.Guard{Protected: []feed.Range{protected}}, Dir: t.TempDir(),
	}, feed.Events{})
	if err != nil {
		t.Fatal(err)
	}
	for _, phones := range [][]string{{"00440100000001"}, {"00440100000001", phone}} {
		authority(t, dir, phones...)
		if _, err := f.Once(context.Background(), noon); err != nil {
			t.Fatal(err)
		}
	}
	if f.Held() == nil {
		t.Fatal("nothing is held")
	}
	return f
}

// Every way to ask for the wrong thing is refused with its status and what to
// do, and changes nothing.
func TestDecisionsRefused(t *testing.T) {
	n, node := following(t, "national", "gsma")
	national := node.Followers()[0].Held().SHA256.String()
	gsma := node.Followers()[1].Held().SHA256.String()
	for _, test := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"no JSON", `sha256=0123`, 400, "is not the JSON that is expected"},
		{"nothing", ``, 400, "is not the JSON that is expected"},
		{"an unknown field", `{"sha256":"0123456789","force":true}`, 400, `unknown field \"force\"`},
		{"another type", `{"sha256":12345678}`, 400, "is not the JSON that is expected"},
		{"too long a body", `{"feed":"` + strings.Repeat("x", maxBody) + `"}`, 413, "more than 65536 octets"},
		{"no hash", `{"feed":"national"}`, 400, "give 8 digits or more"},
		{"too short a hash", `{"feed":"national","sha256":"` + national[:7] + `"}`, 400, "give 8 digits or more"},
		{"no hexadecimal", `{"feed":"national","sha256":"0123456g"}`, 400, "names no update"},
		{"too long a hash", `{"feed":"national","sha256":"` + national + `0"}`, 400, "names no update"},
		{"an unknown feed", `{"feed":"other","sha256":"` + national + `"}`, 404, `follows no feed \"other\" but national, gsma`},
		{"another update", `{"feed":"national","sha256":"0123456789abcdef"}`, 409, "feed national: the update held is " + national},
		{"another feed's update", `{"feed":"national","sha256":"` + gsma + `"}`, 409, "the update held is " + national},
		{"nobody's update", `{"sha256":"0123456789abcdef"}`, 409, "not 0123456789abcdef"},
	} {
		for _, verb := range []string{"release", "reject"} {
			status, text := request(t, "POST", n.url+"/api/v1/feeds/"+verb, test.body, nil)
			if status != test.status || !strings.Contains(text, test.says) {
				t.Errorf("%s, %s: %d %s; want %d and %q", verb, test.name, status, text, test.status, test.says)
			}
		}
	}
	held, err := n.client.Held(context.Background())
	if err != nil || len(held) != 2 {
		t.Errorf("held after it: %v, %v; want both", held, err)
	}
}

// The hash says which feed is meant; what was decided on is gone.
func TestDecisions(t *testing.T) {
	n, node := following(t, "national", "gsma")
	ctx := context.Background()
	hash := func(i int) string { return node.Followers()[i].Held().SHA256.String() }
	national, gsma := hash(0), hash(1)
	step, err := n.client.Release(ctx, Pick{SHA256: strings.ToUpper(national[:8])})
	if err != nil || step.Target != "delta/2" || step.To.Entries != 2 {
		t.Errorf("released %+v, %v", step, err)
	}
	rejected, err := n.client.Reject(ctx, Pick{Feed: "gsma", SHA256: gsma})
	if err != nil || rejected.Source != "gsma" || rejected.Target != "delta/2" {
		t.Errorf("rejected %+v, %v", rejected, err)
	}
	for _, p := range []Pick{{SHA256: national}, {Feed: "national", SHA256: national}} {
		var r *Refusal
		if _, err := n.client.Release(ctx, p); !errors.As(err, &r) || !r.Missing || !strings.Contains(r.Message, "no update is held") {
			t.Errorf("a second time: %v", err)
		}
	}
	all, err := n.client.Feeds(ctx)
	if err != nil || len(all) != 2 || all[0].Sequence != 2 || all[1].Sequence != 1 || len(all[1].Rejected) != 1 {
		t.Errorf("after it: %+v, %v", all, err)
	}
	if status, text := request(t, "GET", n.url+"/api/v1/feeds/held", "", nil); status != 200 || text != "[]\n" {
		t.Errorf("held: %d %q", status, text)
	}
}

// Two feeds may hold the same update, whose hash is the same.
func TestTheSameUpdateTwice(t *testing.T) {
	n, node := following(t, "national")
	one := node.Followers()[0]
	other := holding(t, node.Store, "gsma", "00440199000000")
	node.Followers = func() []*feed.Follower { return []*feed.Follower{one, other} }
	p := Pick{SHA256: one.Held().SHA256.String()}
	var r *Refusal
	if _, err := n.client.Reject(context.Background(), p); !errors.As(err, &r) || !strings.Contains(r.Error(), "several feeds hold such an update: national, gsma\n  say which") {
		t.Errorf("which of two: %v", err)
	}
	p.Feed = "gsma"
	if h, err := n.client.Reject(context.Background(), p); err != nil || h.Source != "gsma" {
		t.Errorf("rejected %+v, %v", h, err)
	}
}

// A node without feeds says so.
func TestNoFeeds(t *testing.T) {
	n := run(t, nil)
	if status, text := request(t, "GET", n.url+"/api/v1/feeds", "", nil); status != 200 || text != "[]\n" {
		t.Errorf("feeds: %d %q", status, text)
	}
	for body, want := range map[string]string{
		`{"sha256":"0123456789"}`:                   "no update is held",
		`{"feed":"national","sha256":"0123456789"}`: "follows no feed",
	} {
		if status, text := request(t, "POST", n.url+"/api/v1/feeds/release", body, nil); status != 404 || !strings.Contains(text, want) {
			t.Errorf("release %s: %d %s", body, status, text)
		}
	}
	if status, text := request(t, "POST", n.url+"/api/v1/feeds/try", "", nil); status != 400 {
		t.Errorf("a what-if without files: %d %s", status, text)
	}
}

// While an operator's change is under way no feed is exchanged, and one after
// the other is.
func TestAlone(t *testing.T) {
	_, node := following(t, "national")
	node.changing.RLock()
	if err := node.Alone(func() { t.Error("not alone") }); !errors.Is(err, ErrAtWork) {
		t.Errorf("beside a change: %v, want ErrAtWork", err)
	}
	node.changing.RUnlock()
	done := false
	if err := node.Alone(func() { done = true }); err != nil || !done {
		t.Errorf("alone: %v, %v", done, err)
	}
	job := Job{Source: "national"}
	var r *Refusal
	if _, err := node.Import(context.Background(), job); !errors.As(err, &r) || !strings.Contains(r.Message, "is a signed feed") {
		t.Errorf("an import over a feed: %v", err)
	}
}

// A list is verified where it is asked for by name, or is the only one; one that
// differs is told as such.
func TestVerify(t *testing.T) {
	n, node := following(t, "national")
	ctx := context.Background()
	if s, err := n.client.Verify(ctx, ""); err != nil || s.Source != "national" || s.Verified.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
	list, err := node.Store.Replace("national")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Abort()
	if _, err := list.Stage(); err != nil {
		t.Fatal(err)
	}
	if _, err := list.Commit(store.Version{Sequence: 1, Rebase: true}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var refusal *Refusal
		if _, err := n.client.Verify(ctx, "national"); !errors.As(err, &refusal) || !strings.Contains(refusal.Message, "diverged") {
			t.Errorf("another list: %v", err)
		}
	}
	status, text := request(t, "POST", n.url+"/api/v1/feeds/verify?feed=other", "", nil)
	if status != 404 || !strings.Contains(text, "follows no feed") {
		t.Errorf("an unknown feed: %d %s", status, text)
	}
}
