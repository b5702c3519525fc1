package main

import (
	"paperweight/eir"
	"paperweight/gateway/config"
	"paperweight/store"
	"paperweight/store/feed"
)

// deciding returns the policy with the ranks of the feeds' lists. The list of
// a feed that was taken out stays in force, behind all others: it must not
// gain by it. Without any feed nothing is known of ranks, so none counts.
func deciding(c *config.Config, st *store.Store) (eir.Policy, error) {
	policy := c.Policy.Policy
	if len(c.Feeds) == 0 {
		return policy, nil
	}
	ranks, named, last := map[string]int{}, map[string]bool{}, 0
	for i := range c.Feeds {
		f := &c.Feeds[i]
		named[f.Name], last = true, max(last, f.Rank)
		if f.Rank > 0 {
			ranks[f.Name] = f.Rank
		}
	}
	for _, src := range st.Sources() {
		if named[src.Name] || src.Name == store.Operator {
			continue
		}
		was, err := feed.Followed(st, src.Name)
		if err != nil {
			return policy, err
		}
		if was {
			ranks[src.Name] = last + 1
		}
	}
	policy.Ranks = ranks
	return policy, nil
}
