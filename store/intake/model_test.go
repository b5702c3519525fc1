package intake_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"paperweight/store"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

// TestFollowsDIRBS plays DIRBS: run after run its blacklist changes, and each
// run is taken as the full list, as the delta from the run before, in any order
// of its parts, together or apart, or missed and made good by a full list or a
// delta from empty. What is listed is always the blacklist of the run.
func TestFollowsDIRBS(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st, err := store.Open("store", store.Options{FS: vfs.NewMem()})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		take := func(files ...intake.File) {
			t.Helper()
			if _, err := run(st, intake.Job{Files: files, Confirm: true}); err != nil {
				t.Fatal(err)
			}
		}
		blacklist := map[int]bool{}
		known, run := -1, 0
		for range rapid.IntRange(1, 5).Draw(t, "runs") {
			run += rapid.IntRange(1, 3).Draw(t, "step")
			before := maps.Clone(blacklist)
			for _, i := range rapid.SliceOfN(rapid.IntRange(1, 6), 0, 4).Draw(t, "flips") {
				if blacklist[i] = !blacklist[i]; !blacklist[i] {
					delete(blacklist, i)
				}
			}
			how := rapid.SampledFrom([]string{"full", "together", "apart", "from empty", "missed"}).Draw(t, "how")
			if known < 0 && (how == "together" || how == "apart") {
				how = "from empty"
			}
			base := known
			if how == "from empty" {
				base, before = -1, nil
			}
			var blocked, unblocked, changed []int
			for i := 1; i <= 6; i++ {
				switch {
				case blacklist[i] && !before[i]:
					blocked = append(blocked, i)
				case !blacklist[i] && before[i]:
					unblocked = append(unblocked, i)
				case blacklist[i] && before[i] && i%2 == 0:
					changed = append(changed, i)
				}
			}
			parts := rapid.Permutation([]intake.File{
				delta(run, base, run, "blocked", blocked...), delta(run, base, run, "unblocked", unblocked...), delta(run, base, run, "changed", changed...),
			}).Draw(t, "parts")
			switch how {
			case "full":
				take(full(run, slices.Sorted(maps.Keys(blacklist))...))
			case "missed":
				// The next delta would begin at a run that never came.
				run++
				take(full(run, slices.Sorted(maps.Keys(blacklist))...))
			case "apart":
				for _, p := range parts {
					take(p)
				}
			default:
				take(parts...)
			}
			known = run
			got := []int{}
			for e, err := range st.Entries(string(listfile.DIRBSBlacklist)) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, int(e.From))
			}
			if want := slices.Sorted(maps.Keys(blacklist)); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("run %d, %s: listed %v, want %v", run, how, got, want)
			}
		}
	})
}

func TestLimitsThatCannotBe(t *testing.T) {
	good := intake.DefaultLimits()
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*intake.Limits){
		"default.min_share: 1.5 is no share: use 0 (no limit) to 1":                                  func(l *intake.Limits) { l.Default.MinShare = 1.5 },
		"default.max_loss: -2: use -1 (no limit), 0 or more":                                         func(l *intake.Limits) { l.Default.MaxLoss = -2 },
		"default.max_share: 0.5 would hold an unchanged list: use 0 (no limit), 1 or more":           func(l *intake.Limits) { l.Default.MaxShare = 0.5 },
		"bad_share: 75 is no share: use 0 (no limit) to 1":                                           func(l *intake.Limits) { l.BadShare = 75 },
		"change_entries: 0 leaves no room for a change: use 1 or more":                               func(l *intake.Limits) { l.ChangeEntries = 0 },
		"lists.pairing.min_share: -1 is no share: use 0 (no limit) to 1":                             func(l *intake.Limits) { l.Lists["pairing"] = intake.Variation{MinShare: -1} },
		"lists.stolen-list: no such list: use one of dirbs-blacklist, dirbs-exceptions, dirbs-notif": func(l *intake.Limits) { l.Lists["stolen-list"] = intake.Variation{} },
	} {
		l := intake.DefaultLimits()
		change(&l)
		if err := l.Validate(); err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
			t.Errorf("%v; want %s", err, want)
		}
	}
}
