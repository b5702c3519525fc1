package intake

import (
	"fmt"

	"paperweight/store"
	"paperweight/store/listfile"
)

// measure compares what would be listed with what is, and returns what is
// unusual. As in DIRBS, nothing is where nothing was listed before, and a list
// may never become empty.
func (v Variation) measure(previous, now store.SourceState) (found []Finding) {
	if previous.Entries == 0 {
		return nil
	}
	if now.Entries == 0 {
		return []Finding{{"entries", previous.Entries, 0, fmt.Sprintf("none of %d entries would remain", previous.Entries)}}
	}
	found = v.compare(found, "entries", previous.Entries, now.Entries)
	if now.Entries != now.ByStatus.Prohibited || previous.Entries != previous.ByStatus.Prohibited {
		// Else they are the same figures again.
		found = v.compare(found, "prohibited", previous.ByStatus.Prohibited, now.ByStatus.Prohibited)
	}
	if len(found) > 0 {
		return found
	}
	return v.phones().compare(nil, "prohibited IMEIs", previous.ProhibitedIMEIs, now.ProhibitedIMEIs)
}

// phones is the variation in IMEIs: one range may hold as many as all networks
// have. An entry that is allowed to come may be a TAC, a million of them.
func (v Variation) phones() Variation {
	v.MaxLoss = -1
	v.FreeGain *= 1_000_000
	return v
}

func (v Variation) compare(found []Finding, what string, previous, now uint64) []Finding {
	add := func(limit string) {
		found = append(found, Finding{what, previous, now, fmt.Sprintf("%s: %d would become %d; %s", what, previous, now, limit)})
	}
	switch {
	case float64(now) < v.MinShare*float64(previous):
		add(fmt.Sprintf("at least %.4g of the last list must remain (min_share)", v.MinShare))
	case v.MaxLoss >= 0 && now < previous && previous-now > uint64(v.MaxLoss):
		add(fmt.Sprintf("at most %d may go (max_loss)", v.MaxLoss))
	case v.MaxShare > 0 && float64(now) > v.MaxShare*float64(previous) && now-previous > v.FreeGain:
		add(fmt.Sprintf("at most %.4g times the last list, or %d more, may come (max_share, free_gain)", v.MaxShare, v.FreeGain))
	}
	return found
}

// measureLines returns whether too much of the files could not be read.
func (l *Limits) measureLines(s listfile.Stats) []Finding {
	all := s.Records + s.Passed + s.Bad
	share := float64(s.Bad) > l.BadShare*float64(all) && s.Bad > l.BadFloor && l.BadShare > 0
	if s.Bad == 0 || !share && s.Bad < all {
		return nil
	}
	return []Finding{{"bad lines", all, s.Bad, fmt.Sprintf("%d of %d lines can't be used; %.4g of them may be bad, or %d lines (bad_share, bad_floor)", s.Bad, all, l.BadShare, l.BadFloor)}}
}
