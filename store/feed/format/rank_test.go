package format

import (
	"cmp"
	"testing"

	"pgregory.net/rapid"
)

func TestRankOrdersAsCompareDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := drawList(t, nil)
		for i := range entries {
			for j := range entries {
				a, b := &entries[i], &entries[j]
				if n := cmp.Compare(a.Rank(), b.Rank()); n != 0 && n != Compare(a, b) {
					t.Fatalf("%s and %s", describe(a), describe(b))
				}
			}
		}
	})
}
