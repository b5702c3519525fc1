package publish

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/store"
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

// What no node's store would take is not published, whatever the guard.
func TestRangesThatOverlapTooMuchAreNotPublished(t *testing.T) {
	a := newAuthority(t, Config{})
	a.small(sizes{rolling{most: 6, newest: 2}, 20, 7})
	nested := func(first, n int, op string) (lines string) {
		for i := first; i < first+n; i++ {
			lines += fmt.Sprintf("0000010%07d-0000020%07d,prohibited,%s\n", i, 1_000-i, op)
		}
		return lines
	}
	const head = "target,status,op\n"
	a.publish("list.csv", "target,status\n00000000000001,prohibited\n00000150,prohibited\n00000900,prohibited\n")
	try := func(text string) error {
		_, err := a.confirm(file(t, "change.csv", head+text))
		return err
	}
	if err := try(nested(0, store.MaxOverlap, "put")); !errors.Is(err, store.ErrOverlap) {
		t.Fatalf("one too many: %v", err)
	}
	if err := try(nested(0, store.MaxOverlap-1, "put")); err != nil {
		t.Fatal(err)
	}
	for text, refused := range map[string]bool{
		nested(500, 1, "put"):                            true,
		"00000000000002,prohibited,put\n":                false,
		nested(7, 1, "put"):                              false,
		nested(3, 1, "remove") + nested(3, 1, "put"):     false,
		"00000901,prohibited,put\n":                      false,
		"00000150000001-00000150000002,prohibited,put\n": true,
	} {
		if err := try(text); errors.Is(err, store.ErrOverlap) != refused || !refused && err != nil {
			t.Errorf("%.60s: %v", text, err)
		}
	}
	if err := try(nested(4, 1, "remove") + nested(600, 1, "put")); err != nil {
		t.Errorf("one in the place of another: %v", err)
	}
	whole := "target,status\n" + strings.ReplaceAll(nested(0, store.MaxOverlap+1, ""), ",\n", "\n")
	if _, err := a.confirm(file(t, "list.csv", whole)); !errors.Is(err, store.ErrOverlap) {
		t.Errorf("in a whole list: %v", err)
	}
}
