package main

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/gateway/admin"
	"paperweight/store"
)

// What ails the store is told by its kind; a list that is short alone keeps checks
// away, also on a disk that is full.
func TestStoreChecks(t *testing.T) {
	ok := func(name string) admin.Check { return admin.Check{Name: name, OK: true} }
	full := &store.Error{Kind: store.ErrDiskFull, Path: "data", Cause: errors.New("no space left")}
	corrupt := &store.Error{Kind: store.ErrCorrupt, Path: "data/000007.sst"}
	short := &store.Error{Kind: store.ErrShort, Path: "data"}
	for name, test := range map[string]struct {
		unreadable, refuses error
		want                []admin.Check
		ready               bool
	}{
		"nothing":        {nil, nil, []admin.Check{ok("lists"), ok("changes")}, true},
		"a full disk":    {nil, full, []admin.Check{ok("lists"), {Name: "changes", Why: full.Error()}}, true},
		"a corrupt file": {corrupt, nil, []admin.Check{{Name: "lists", Why: corrupt.Error()}, ok("changes")}, true},
		"a short list":   {short, nil, []admin.Check{{Name: "lists", Why: short.Error(), Needed: true}, ok("changes")}, false},
		"both":           {short, full, []admin.Check{{Name: "lists", Why: short.Error(), Needed: true}, {Name: "changes", Why: full.Error()}}, false},
	} {
		got := storeChecks(test.unreadable, test.refuses)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if err := admin.Ready(got); (err == nil) != test.ready {
			t.Errorf("%s: ready: %v", name, err)
		}
	}
}
