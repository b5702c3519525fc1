package publish

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/store/feed"
)

func TestTheGuardHoldsBeforeAnythingIsPublished(t *testing.T) {
	a := newAuthority(t, Config{Guard: feed.Guard{MinShare: 0.9}})
	a.publish("20260301_blacklist.csv", blacklist(1, 2, 3, 4))
	before := a.Status(a.now)
	var held *HeldError
	_, err := a.tryPublish(file(t, "20260302_blacklist.csv", blacklist(1)))
	if !errors.As(err, &held) || len(held.Findings) != 1 || held.Findings[0].Limit != "min_share" || held.Difference.Removed != 3 {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff(before, a.Status(a.now)); diff != "" {
		t.Error("something was prepared:", diff)
	}
	r, err := a.confirm(file(t, "20260302_blacklist.csv", blacklist(1)))
	if err != nil || len(r.Findings) != 1 || r.To.Entries != 1 {
		t.Errorf("told to: %+v, %v", r, err)
	}
	if diff := cmp.Diff([]string{"00000000000001 prohibited stolen"}, a.published()); diff != "" {
		t.Error(diff)
	}
}

// The authority weighs ends and what lies in prohibited ranges, wherever those
// stand in its list, as nodes do.
func TestTheGuardWeighsAsNodesDo(t *testing.T) {
	a := newAuthority(t, Config{Guard: feed.Guard{Update: feed.Bounds{Freed: 1}}})
	a.small(sizes{rolling{most: 6, newest: 2}, 2, 7})
	a.publish("list.csv", "target,status\n00000000000001,prohibited\n00000000000002,prohibited\n00000000000003,prohibited\n00000102,prohibited\n00000103,tracked\n")
	for _, c := range []struct {
		text string
		held bool
	}{
		{"00000000000001,,prohibited,2020-01-01,put\n", false},
		{"00000000000002,,prohibited,2020-01-01,put\n00000000000003,,prohibited,2020-01-01,put\n", true},
		{"00000102000001-00000102000002,,tracked,,put\n", true},
		{"00000103000001-00000103000002,,tracked,,put\n", false},
		{"00000102000001,,tracked,,put\n", false},
		{"00000102000002,,tracked,,put\n00000102000003,,tracked,,put\n", true},
		{"00000104000002,,tracked,,put\n00000104000003,,tracked,,put\n", false},
		{"00000101000001-00000101000002,0010101*,tracked,,put\n", true},
	} {
		r, err := a.tryPublish(file(t, "change.csv", "target,imsi,status,until,op\n"+c.text))
		if c.held != errors.As(err, new(*HeldError)) || !c.held && err != nil || r.Read.Bad+r.Read.Warnings > 0 {
			t.Errorf("%s: %v; read %+v", c.text, err, r.Read)
		}
	}
}
