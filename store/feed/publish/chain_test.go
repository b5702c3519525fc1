package publish

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/intake"
)

// delta is a file of a DIRBS run that blocks a phone, or takes it off.
func (a *authority) delta(stamp, base, run, n int, event string) intake.File {
	a.t.Helper()
	return file(a.t, fmt.Sprintf("202603%02d_blacklist_delta_%d_%d_%s.csv", stamp, base, run, event), blacklist(n))
}

// Runs of DIRBS follow each other across publications, over a reopen and over
// a crash that cut one of them off, as they do in an import.
func TestRunsFollowEachOther(t *testing.T) {
	a := newAuthority(t, Config{})
	a.publish("20260301_blacklist.csv", blacklist(1, 2))
	refused := func(want error, files ...intake.File) {
		t.Helper()
		before := a.Status(a.now)
		if _, err := a.tryPublish(files...); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		if diff := cmp.Diff(before, a.Status(a.now)); diff != "" {
			t.Error("something was published:", diff)
		}
	}
	held := func(what string, files ...intake.File) {
		t.Helper()
		var h *HeldError
		if _, err := a.tryPublish(files...); !errors.As(err, &h) || len(h.Findings) != 1 || h.Findings[0].Limit != what ||
			!strings.Contains(err.Error(), h.Findings[0].Message) {
			t.Errorf("%v, want it held for %s", err, what)
		}
	}
	takes := func(files ...intake.File) {
		t.Helper()
		if _, err := a.tryPublish(files...); err != nil {
			t.Fatal(err)
		}
	}
	one := func(stamp, base, run int) intake.File { return a.delta(stamp, base, run, run, "blocked") }
	all := func(stamp, base, run int) []intake.File {
		return []intake.File{one(stamp, base, run), a.delta(stamp, base, run, 900, "changed"), a.delta(stamp, base, run, 901, "unblocked")}
	}
	// Until a run is known the dates have to do.
	refused(store.ErrStepBack, one(0, 2, 3))
	takes(all(2, 3, 4)...)
	refused(store.ErrSequenceGap, one(4, 5, 6))
	refused(store.ErrStepBack, one(2, 3, 4))
	refused(store.ErrStepBack, one(2, 2, 3))
	a.reopen()
	refused(store.ErrSequenceGap, one(4, 5, 6))
	// Two runs at once, and one that changes nothing.
	takes(append(all(4, 5, 6), all(3, 4, 5)...)...)
	takes(a.delta(5, 6, 7, 6, "blocked"), a.delta(5, 6, 7, 6, "changed"))
	if s := a.Status(a.now); s.Sequence != 3 {
		t.Errorf("at sequence %d", s.Sequence)
	}
	a.reopen()
	// Its third part never came.
	held("delta parts", one(6, 7, 8))
	takes(a.delta(5, 6, 7, 5, "unblocked"))
	refused(store.ErrSequenceGap, one(9, 8, 9))

	// A crash between the target and the list.
	j := Job{Files: all(6, 7, 8), At: a.now}
	r := a.result()
	out, err := a.prepare(context.Background(), &j, &r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.announce(out, a.now, &r); err != nil {
		t.Fatal(err)
	}
	a.reopen()
	refused(store.ErrStepBack, one(6, 7, 8))
	takes(all(7, 8, 9)...)

	before := a.list.State
	if _, err := a.tryPublish(one(9, -1, 12)); err == nil || !strings.Contains(err.Error(), "publish the full list") || a.list.State != before {
		t.Errorf("from empty: %v", err)
	}
	// A new list begins a new chain, but not an older one.
	held("list date", file(t, "20260228_blacklist.csv", blacklist(1)))
	takes(file(t, "20260310_blacklist.csv", blacklist(1)))
	refused(store.ErrStepBack, one(9, 9, 10))
	takes(one(11, 40, 41))
	if diff := cmp.Diff(a.listed(), a.published()); diff != "" {
		t.Error(diff)
	}

	// Of a list without a date nothing is known, nor of one that was lost;
	// who says that it is right is believed.
	takes(file(t, "own.csv", "target,status\n"+imei(1)+",prohibited\n"))
	held("list date", one(12, 41, 42))
	if _, err := a.Publish(context.Background(), Job{Files: []intake.File{one(12, 41, 42)}, Keys: a.keys, At: a.now, Confirm: true}); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(a.dir, "list")); err != nil {
		t.Fatal(err)
	}
	a.reopen()
	held("list date", one(13, 42, 43))
}

// A change that a crash cut off counts for the hour and the day like others.
func TestWhatACrashCutOffCounts(t *testing.T) {
	for _, confirmed := range []bool{false, true} {
		c := Config{Guard: feed.Guard{Day: feed.Bounds{Blocked: 5}}}
		if confirmed {
			c.Guard.Update.Blocked = 1 // what was meant does not count
		}
		a := newAuthority(t, c)
		a.publish("20260301_blacklist.csv", blacklist(1))
		change := func(from, to int) intake.File {
			text := "target,status,op\n"
			for n := from; n < to; n++ {
				text += imei(n) + ",prohibited,put\n"
			}
			return file(t, "change.csv", text)
		}
		j := Job{Files: []intake.File{change(2, 6)}, At: a.now, Confirm: confirmed}
		r := a.result()
		out, err := a.prepare(context.Background(), &j, &r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.announce(out, a.now, &r); err != nil {
			t.Fatal(err)
		}
		a.reopen()
		if _, err := a.tryPublish(); err != nil || a.Status(a.now).Entries != 5 {
			t.Fatalf("%+v, %v", a.Status(a.now), err)
		}
		a.config.Guard.Update.Blocked = 0
		var held *HeldError
		_, err = a.tryPublish(change(6, 9))
		if confirmed && err != nil || !confirmed && !(errors.As(err, &held) && held.Findings[0].Limit == "day.blocked" && held.Findings[0].Got == 7) {
			t.Errorf("confirmed %v: seven in a day: %v", confirmed, err)
		}
	}
}
