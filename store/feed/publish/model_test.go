package publish

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/store/intake"
)

// TestWhateverIsPublishedNodesComeToIt does what an authority may do in any
// order, with crashes, against a map of what must be listed.
func TestWhateverIsPublishedNodesComeToIt(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 3))
			a := newAuthority(t, Config{Blacklist: seed == 1})
			a.small(sizes{rolling{most: 6, newest: 2}, 5, 7})
			want := map[string]string{}
			for step := range 48 {
				a.step(rng, want)
				if step%6 == 5 {
					var lines []string
					for _, k := range slices.Sorted(maps.Keys(want)) {
						lines = append(lines, k+" "+want[k])
					}
					if diff := cmp.Diff(lines, a.listed()); diff != "" {
						t.Fatalf("step %d: %s", step, diff)
					}
					if diff := cmp.Diff(lines, a.published()); diff != "" {
						t.Fatalf("step %d, at a node: %s", step, diff)
					}
				}
			}
		})
	}
}

func (a *authority) step(rng *rand.Rand, want map[string]string) {
	a.t.Helper()
	ctx := context.Background()
	var err error
	switch op := rng.IntN(11); {
	case a.list.State.Sequence == 0 || op == 0:
		clear(want)
		_, err = a.confirm(file(a.t, "own.csv", randomList(rng, want)))
	case op < 6:
		_, err = a.confirm(file(a.t, "own.csv", randomChange(rng, want)))
	case op == 6:
		_, err = a.Snapshot(ctx, a.now, a.keys...)
	case op == 7:
		_, err = a.Rollup(a.now, a.keys...)
	case op == 8:
		_, err = a.BeginEpoch(ctx, a.now, a.keys...)
	case op == 9:
		j := Job{Files: []intake.File{file(a.t, "own.csv", randomChange(rng, want))}, At: a.now, Confirm: true}
		r := a.result()
		var out *prepared
		if out, err = a.prepare(ctx, &j, &r); err == nil && out != nil {
			if rng.IntN(2) == 0 {
				_, err = a.announce(out, a.now, &r)
			} else {
				err = a.put(out, a.now, &r)
			}
		}
		a.reopen()
		if err == nil {
			_, err = a.tryPublish()
		}
	default:
		a.reopen()
	}
	if err != nil {
		a.t.Fatal(err)
	}
}

func randomList(rng *rand.Rand, want map[string]string) string {
	var b strings.Builder
	b.WriteString("target,status,reason\n")
	for range rng.IntN(40) {
		put(rng, want, &b, "")
	}
	return b.String()
}

func randomChange(rng *rand.Rand, want map[string]string) string {
	var b strings.Builder
	b.WriteString("target,status,reason,op\n")
	for range 1 + rng.IntN(5) {
		if rng.IntN(3) > 0 {
			put(rng, want, &b, ",put")
			continue
		}
		k := imei(rng.IntN(60))
		fmt.Fprintf(&b, "%s,,,remove\n", k)
		delete(want, k)
	}
	return b.String()
}

func put(rng *rand.Rand, want map[string]string, b *strings.Builder, op string) {
	k, status, reason := imei(rng.IntN(60)), []string{"prohibited", "tracked"}[rng.IntN(2)], []string{"stolen", "lost"}[rng.IntN(2)]
	fmt.Fprintf(b, "%s,%s,%s%s\n", k, status, reason, op)
	want[k] = status + " " + reason
}
