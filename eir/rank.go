package eir

import (
	"cmp"
	"strconv"
)

// rank is a source's place among the sources. The operator's is the first.
func (p *Policy) rank(s *Source) int {
	if len(p.Ranks) == 0 || s.Operator {
		return 0
	}
	return p.Ranks[s.Name]
}

// compareRanks is negative where a stands before b, whatever they list.
func (p *Policy) compareRanks(a, b *Source) int {
	return cmp.Compare(p.rank(a), p.rank(b))
}

func (p *Policy) rankReason(a, b *Source) string {
	return a.Name + ", of rank " + strconv.Itoa(p.rank(a)) + ", goes before " + b.Name + ", of rank " + strconv.Itoa(p.rank(b))
}
