package main

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paperweight/gateway/admin"
	"paperweight/store"
)

// What ails the store is told by its kind, and keeps no checks away.
func TestStoreChecks(t *testing.T) {
	ok := func(name string) admin.Check { return admin.Check{Name: name, OK: true} }
	full := &store.Error{Kind: store.ErrDiskFull, Path: "data", Cause: errors.New("no space left")}
	corrupt := &store.Error{Kind: store.ErrCorrupt, Path: "data/000007.sst"}
	for name, test := range map[string]struct {
		err  error
		want []admin.Check
	}{
		"nothing":        {nil, []admin.Check{ok("lists"), ok("changes")}},
		"a full disk":    {full, []admin.Check{ok("lists"), {Name: "changes", Why: full.Error()}}},
		"a corrupt file": {corrupt, []admin.Check{{Name: "lists", Why: corrupt.Error()}, ok("changes")}},
	} {
		got := storeChecks(test.err)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if err := admin.Ready(got); err != nil {
			t.Errorf("%s: not ready: %v", name, err)
		}
	}
}
