package feed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"paperweight/eir"
	"paperweight/store"
	"paperweight/store/feed/format"
)

// The power fails at any moment of a snapshot, of deltas, of holding and
// releasing: a node that starts from what the disk had is at a state that was
// published, whole, and goes on from there.
func TestCrash(t *testing.T) {
	a := startAuthority(t)
	a.change(t, phones(t, 0, 3000))
	for i := range 6 {
		a.change(t, append(phones(t, 5000+10*i, 10), malformed(fmt.Sprintf("*%d#", i))), phones(t, 100*i, 40)...)
	}
	n := newNode(t, a, t.TempDir(), "file://"+a.public())
	n.config.Guard = Guard{Update: Bounds{Freed: 100}}
	mem := vfs.NewCrashableMem()
	n.fs = mem
	n.open(t)

	// Another disk is made of this one every now and then, each time with
	// another part of what was not synced.
	type crash struct {
		fs    *vfs.MemFS
		least place // that was acknowledged before
	}
	var crashes []crash
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		rng := rand.New(rand.NewPCG(1, 2))
		pause := time.Millisecond
		for {
			select {
			case <-stop:
				return
			default:
			}
			least := placeOf(n.Status(today).State)
			crashes = append(crashes, crash{mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rng}), least})
			time.Sleep(pause)
			// On a slow machine as well they are some dozens, over all of it.
			if len(crashes) == 64 {
				for i := range 32 {
					crashes[i] = crashes[2*i]
				}
				crashes, pause = crashes[:32], 2*pause
			}
		}
	}()
	n.poll(t, a.now)
	a.change(t, nil, phones(t, 1000, 200)...)
	if out := n.poll(t, a.now); out.Held == nil {
		t.Fatal("not held")
	}
	held := n.Held()
	if _, err := n.Release(t.Context(), a.now, n.looked()); err != nil {
		t.Fatal(err)
	}
	a.change(t, phones(t, 9000, 5))
	a.begin(t, 2)
	n.poll(t, a.now)
	n.at(t, a, a.state)
	close(stop)
	<-stopped
	n.close(t)

	seen := map[place]int{}
	for _, c := range crashes {
		again := newNode(t, a, n.dir, "file://"+a.public())
		again.config.Dir = filepath.Join(t.TempDir(), "feed")
		if err := os.MkdirAll(again.config.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		again.fs = c.fs
		again.open(t)
		s := again.Status(a.now).State
		if placeOf(s).compare(c.least) < 0 {
			t.Fatalf("acknowledged %+v, found %+v", c.least, s)
		}
		again.at(t, a, s)
		seen[placeOf(s)]++
		if h := again.Held(); h != nil && h.SHA256 != held.SHA256 {
			t.Fatalf("holds %+v", h)
		}
		again.poll(t, a.now)
		again.at(t, a, a.state)
		again.close(t)
	}
	t.Logf("%d crashes, states found: %v", len(crashes), seen)
	if len(seen) < 2 {
		t.Error("the crashes came too late to matter")
	}
}

// A machine does anything that a feed and its node can live through, and holds
// both to a map.
func TestMetamorphic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "feed-*")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		a := newAuthority(t, filepath.Join(dir, "authority"))
		defer a.close(t)
		n := newNode(t, a, filepath.Join(dir, "node"), "file://"+a.public())
		n.config.Guard = Guard{Update: Bounds{Freed: 8}}
		mem := vfs.NewCrashableMem()
		n.fs = mem
		n.open(t)
		defer func() { n.close(t) }()
		own := map[eir.Target]eir.Entry{} // the operator's own entries
		diverged := false
		rolled := false // some sequence may have no way on

		check := func() {
			if diverged {
				return // what it lists is nobody's
			}
			n.at(t, a, n.Status(a.now).State)
			got := map[eir.Target]eir.Entry{}
			for e, err := range n.store.Entries(store.Operator) {
				if err != nil {
					t.Fatal(err)
				}
				got[e.Target] = e
			}
			if !maps.Equal(own, got) {
				t.Fatalf("the operator has %v, want %v", got, own)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) { check() },
			"change": func(t *rapid.T) {
				put := drawEntries(t, "put")
				remove := drawEntries(t, "remove")
				a.change(t, put, remove...)
			},
			"snapshot": func(t *rapid.T) {
				if a.state.Sequence > 0 {
					a.snapshot(t)
					rolled = false
				}
			},
			"epoch": func(t *rapid.T) {
				if rapid.IntRange(0, 3).Draw(t, "seldom") == 0 {
					a.begin(t, a.state.Epoch+1)
					rolled = false
				}
			},
			"rollup": func(t *rapid.T) {
				if a.state.Sequence > 2 {
					a.rollup(t, rapid.Uint64Range(1, a.state.Sequence-1).Draw(t, "from"))
					rolled = true
				}
			},
			"poll": func(t *rapid.T) {
				out, err := n.Once(context.Background(), a.now)
				diverged = n.Status(a.now).Diverged != ""
				if err == nil {
					if out.Held == nil && len(n.Status(a.now).Rejected) == 0 && out.State != a.state {
						t.Fatalf("at %+v, the feed is at %+v", out.State, a.state)
					}
				} else if !diverged && !(rolled && errors.Is(err, ErrNoWay)) {
					t.Fatal(err)
				}
			},
			"restart": func(t *rapid.T) { n.reopen(t) },
			"crash": func(t *rapid.T) {
				n.close(t)
				mem = mem.CrashClone(vfs.CrashCloneCfg{})
				n.fs = mem
				n.open(t)
			},
			"release": func(t *rapid.T) {
				if n.Held() != nil {
					if _, err := n.Release(context.Background(), a.now, n.looked()); err != nil {
						t.Fatal(err)
					}
					diverged = false
				}
			},
			"reject": func(t *rapid.T) {
				if n.Held() != nil {
					if err := n.Reject(n.looked()); err != nil {
						t.Fatal(err)
					}
				}
			},
			"operator": func(t *rapid.T) {
				c := store.Change{Source: store.Operator}
				for _, e := range drawEntries(t, "own") {
					if e.Malformed == "" {
						c.Put = append(c.Put, e.Entry)
						own[e.Target] = e.Entry
					}
				}
				if _, err := n.store.Apply(c); err != nil {
					t.Fatal(err)
				}
			},
			"tamper": func(t *rapid.T) {
				if s := n.Status(a.now); s.Sequence == 0 || n.Held() != nil || rapid.IntRange(0, 3).Draw(t, "seldom") > 0 {
					return
				}
				if _, err := n.store.Apply(store.Change{Source: national, Remove: []eir.Target{phone(t, 0).Target}}); err != nil {
					t.Fatal(err)
				}
				diverged = true
			},
		})
	})
}

func drawEntries(t *rapid.T, name string) (all []format.Entry) {
	for range rapid.IntRange(0, 12).Draw(t, name) {
		e := phone(t, rapid.IntRange(0, 40).Draw(t, "phone"))
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			e.Target = eir.Target{}
			e.Malformed = rapid.SampledFrom([]string{"*", "#1", "ABCDEF"}).Draw(t, "malformed")
		case 1:
			e.Kind, e.To = eir.Range, e.From+eir.IMEI(rapid.IntRange(0, 5).Draw(t, "width"))
		case 2:
			e.Kind = eir.Pair
			e.IMSI, _ = eir.ParseIMSI([]byte("001010000000001"))
		}
		e.Status = rapid.SampledFrom([]eir.Status{eir.Prohibited, eir.Tracked, eir.Permitted}).Draw(t, "status")
		e.Reason = rapid.SampledFrom([]string{"", "stolen", "lost"}).Draw(t, "reason")
		e.Reference = rapid.SampledFrom([]string{"", "R-1"}).Draw(t, "reference")
		all = append(all, e)
	}
	return all
}
