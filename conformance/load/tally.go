package load

import (
	"fmt"
	"slices"

	"paperweight/conformance/mme"
)

// equipmentUnknown is DIAMETER_ERROR_EQUIPMENT_UNKNOWN (TS 29.272 7.4.3.4).
const equipmentUnknown = 5422

// outcomes names what an Equipment-Status means, by its value.
var outcomes = [...]string{"permitted", "prohibited", "tracked"}

// mostOthers bounds what is kept of a target that answers with ever other
// codes; what is beyond is counted as one.
const mostOthers = 64

// tally counts answers by outcome.
type tally struct {
	status  [len(outcomes)]uint64
	unknown uint64
	other   map[mme.Answer]uint64
}

func (t *tally) add(a mme.Answer) {
	switch v := verdictOf(a); {
	case v >= 0 && v < len(outcomes):
		t.status[v]++
	case v >= 0:
		t.unknown++
	default:
		if t.other == nil {
			t.other = make(map[mme.Answer]uint64)
		}
		if _, known := t.other[a]; !known && len(t.other) >= mostOthers {
			a = mme.Answer{Status: -1}
		}
		t.other[a]++
	}
}

// verdict returns the place of an outcome that answers the question, by its
// name; -1 where it is none.
func verdict(name string) int {
	if name == "unknown" {
		return len(outcomes)
	}
	return slices.Index(outcomes[:], name)
}

// verdictOf returns the place of the outcome, -1 where the answer is none to
// the question.
func verdictOf(a mme.Answer) int {
	switch {
	case a.Result == success && a.Status >= 0 && int(a.Status) < len(outcomes):
		return int(a.Status)
	case a.Result == equipmentUnknown && a.Status < 0:
		return len(outcomes)
	}
	return -1
}

// into adds the counts to m by name; outcomes that did not occur stay out.
func (t *tally) into(m map[string]uint64) {
	for i, n := range t.status {
		if n > 0 {
			m[outcomes[i]] += n
		}
	}
	if t.unknown > 0 {
		m["unknown"] += t.unknown
	}
	for a, n := range t.other {
		name := fmt.Sprintf("result %d", a.Result)
		if a.Status >= 0 {
			// Both a failure and a status, or a status that is none.
			name += fmt.Sprintf(" with Equipment-Status %d", a.Status)
		}
		if a.Result == 0 && a.Status < 0 {
			name = "other"
		}
		m[name] += n
	}
}
