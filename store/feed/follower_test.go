package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"paperweight/eir"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// A node comes to where its authority is, by a snapshot and then by deltas,
// and stays there over a restart.
func TestFollows(t *testing.T) {
	for _, scheme := range []string{"http", "file"} {
		t.Run(scheme, func(t *testing.T) {
			a := startAuthority(t)
			mirror := a.web.URL
			if scheme == "file" {
				mirror = "file://" + a.public()
			}
			n := startNode(t, a, mirror)
			if out := n.poll(t, a.now); len(out.Applied) != 0 || out.State.Sequence != 0 {
				t.Fatalf("a feed of nothing: %+v", out)
			}
			a.change(t, append(phones(t, 0, 100), malformed("12*4"), malformed("ABCDEF01234567")))
			n.poll(t, a.now)
			n.at(t, a, a.state)

			moved := phone(t, 3)
			moved.Status, moved.Reference, moved.Date, moved.Until = eir.Tracked, "R-1", 86400, 2e9
			a.change(t, []format.Entry{phone(t, 200), moved, malformed("*#06#")}, phone(t, 4), malformed("12*4"))
			a.change(t, []format.Entry{entry(t, eir.ByTAC, eir.TAC(102).First(), eir.TAC(102).Last(), eir.Prohibited, "clone")})
			out := n.poll(t, a.now)
			if len(out.Applied) != 2 || out.Applied[1].To != a.state || out.Applied[0].Records != 5 {
				t.Fatalf("two deltas: %+v", out.Applied)
			}
			n.at(t, a, a.state)
			if got := []eir.Status{n.check(t, 200), n.check(t, 3), n.check(t, 4)}; got[0] != eir.Prohibited || got[1] != eir.Tracked || got[2] != eir.Unknown {
				t.Errorf("answers %v", got)
			}
			if d := out.Applied[0].Difference; d.Added != 2 || d.Changed != 1 || d.Removed != 2 ||
				d.Blocked != (Tally{1, 1}) || d.Freed != (Tally{2, 2}) || d.Before != 102 || d.After != 102 {
				t.Errorf("difference %+v", d)
			}
			if d := out.Applied[1].Difference; d.Blocked != (Tally{1, 1_000_000}) {
				t.Errorf("a TAC blocks %+v", d.Blocked)
			}

			before := n.Status(a.now)
			n.reopen(t)
			n.at(t, a, a.state)
			after := n.Status(a.now)
			if after.Version != before.Version || !after.Issued.Equal(before.Issued) || !after.NextExpiry.Equal(before.NextExpiry) || after.Version == 0 {
				t.Errorf("status before %+v\nand after a restart %+v", before, after)
			}
			if out := n.poll(t, a.now); len(out.Applied) != 0 {
				t.Errorf("nothing was new: %+v", out)
			}
			if err := n.Verify(t.Context(), a.now); err != nil {
				t.Error(err)
			}
			if len(n.failed)+len(n.diverged)+len(n.held) != 0 || len(n.applied) != 3 {
				t.Errorf("events: %v %v %v %v", n.failed, n.diverged, n.held, n.applied)
			}
		})
	}
}

// What the operator reads of a node.
func TestStatus(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	a.change(t, phones(t, 0, 3))
	n.poll(t, a.now)
	s := n.Status(a.now.Add(90 * time.Second))
	if s.AgeSeconds != 90 || s.Stale || s.Expires != trust.Timestamp || s.Epoch != 1 || s.Sequence != 1 || s.Mirror != a.web.URL {
		t.Errorf("status %+v", s)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{`"source":"national"`, `"sequence":1`, `"digest":"`, `"stale":false`, `"age_seconds":90`} {
		if !strings.Contains(string(text), field) {
			t.Errorf("no %s in %s", field, text)
		}
	}
}

// Expired metadata makes a feed stale, in this process and the next, and
// changes nothing else. What comes at last is applied.
func TestStale(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	a.change(t, phones(t, 0, 3))
	n.poll(t, a.now)
	old := a.state
	late := a.now.Add(4 * 24 * time.Hour)
	_, err := n.Once(t.Context(), late)
	wantErr(t, err, trust.ErrExpired)
	n.reopen(t)
	if s := n.Status(late); !s.Stale {
		t.Errorf("not stale: %+v", s)
	}
	n.at(t, a, old)
	if n.check(t, 1) != eir.Prohibited {
		t.Error("it does not answer any more")
	}
	a.now = late
	a.change(t, phones(t, 3, 3))
	n.poll(t, a.now)
	n.at(t, a, a.state)
	if s := n.Status(a.now); s.Stale || s.Error != "" {
		t.Errorf("status %+v", s)
	}
}

// A node whose clock is behind applies nothing: it could not tell what expired.
func TestClock(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	a.change(t, phones(t, 0, 3))
	n.poll(t, a.now)
	old := a.state
	a.change(t, phones(t, 3, 3))
	_, err := n.Once(t.Context(), a.now.Add(-time.Hour))
	wantErr(t, err, trust.ErrClock)
	n.at(t, a, old)
	if s := n.Status(a.now); !errors.Is(s.Err, trust.ErrClock) || s.Error == "" {
		t.Errorf("status %+v", s)
	}
}

// Two nodes at two mirrors, one of which is behind, come to one digest.
func TestTwoMirrors(t *testing.T) {
	a := startAuthority(t)
	one := startNode(t, a, a.web.URL)
	two := startNode(t, a, "http://127.0.0.1:1/nobody", "file://"+a.public())
	for i := range 5 {
		a.change(t, phones(t, 10*i, 10))
		one.poll(t, a.now)
		if i%2 == 0 {
			two.poll(t, a.now)
		}
	}
	one.at(t, a, a.state)
	two.at(t, a, a.state)
}

// A node that was off takes what is shorter: the deltas, or a snapshot.
func TestCatchesUp(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	a.change(t, phones(t, 0, 10))
	n.poll(t, a.now)
	for i := range 6 {
		a.change(t, phones(t, 100+i, 1))
	}
	a.rollup(t, 2)
	out := n.poll(t, a.now)
	if len(out.Applied) != 2 || out.Applied[1].From.Sequence != 2 || out.Applied[1].To.Sequence != 7 {
		t.Fatalf("a rollup: %+v", out.Applied)
	}
	n.at(t, a, a.state)
	for i := range 40 {
		a.change(t, phones(t, 100+i%2, 1), phone(t, 100+(i+1)%2))
	}
	a.snapshot(t)
	a.change(t, phones(t, 300, 1))
	out = n.poll(t, a.now)
	if len(out.Applied) != 2 || out.Applied[0].Kind != format.Snapshot {
		t.Fatalf("a snapshot and a delta: %d files", len(out.Applied))
	}
	n.at(t, a, a.state)
}

// A list of several blocks comes in at the rate that is set, and one that is
// given up half-way leaves what was there.
func TestPace(t *testing.T) {
	a := startAuthority(t)
	n := newNode(t, a, t.TempDir())
	n.config.Limits.Rate = 1_000_000
	n.open(t)
	defer func() { n.close(t) }()
	a.change(t, phones(t, 0, 20_000))
	n.poll(t, a.now)
	n.at(t, a, a.state)
	old := a.state

	a.change(t, phones(t, 50_000, 20_000))
	a.begin(t, 2)
	n.config.Limits.Rate = 1 // an hour for the first few thousand
	n.reopen(t)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err := n.Once(ctx, a.now)
	wantErr(t, err, context.DeadlineExceeded)
	n.at(t, a, old)
	n.config.Limits.Rate = 0
	n.reopen(t)
	n.poll(t, a.now)
	n.at(t, a, a.state)
}

// A new epoch begins with a snapshot, and its sequences begin anew.
func TestNewEpoch(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	for i := range 4 {
		a.change(t, phones(t, i, 1))
	}
	n.poll(t, a.now)
	a.begin(t, 2)
	n.poll(t, a.now)
	n.at(t, a, a.state)
	a.change(t, phones(t, 9, 1))
	n.poll(t, a.now)
	n.at(t, a, a.state)
}

// Run polls by itself, and at once when it is told to.
func TestRun(t *testing.T) {
	a := startAuthority(t)
	n := newNode(t, a, t.TempDir(), "file://"+a.public())
	n.config.Poll = time.Hour
	n.open(t)
	defer n.close(t)
	a.now = time.Now()
	a.change(t, phones(t, 0, 3))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- n.Run(ctx) }()
	wait := func(sequence uint64) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); n.Status(a.now).Sequence != sequence; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("never came to sequence %d: %+v", sequence, n.Status(a.now))
			}
		}
	}
	wait(1)
	a.change(t, phones(t, 3, 3))
	n.Notify()
	wait(2)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run ended by %v", err)
	}
}

func TestConfig(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	for i, change := range []func(*Config){
		func(c *Config) { c.Source = "" },
		func(c *Config) { c.Source = "operator" },
		func(c *Config) { c.Anchor = []byte("{}") },
		func(c *Config) { c.Mirrors = nil },
		func(c *Config) { c.Mirrors = []string{"gopher://x"} },
		func(c *Config) { c.Dir = "" },
		func(c *Config) { c.Guard.MinShare = 2 },
		func(c *Config) { c.Guard.Day.FreedShare = -1 },
		func(c *Config) { c.Guard.Protected = []Range{{2, 1}} },
	} {
		c := n.config
		change(&c)
		if _, err := NewFollower(n.store, c, Events{}); err == nil {
			t.Errorf("configuration %d was accepted: %s", i, fmt.Sprint(c.Source, c.Mirrors))
		}
	}
}
