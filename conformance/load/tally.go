package load

import (
	"fmt"

	"paperweight/conformance/mme"
)

// equipmentUnknown is DIAMETER_ERROR_EQUIPMENT_UNKNOWN (TS 29.272 7.4.3.4).
const equipmentUnknown = 5422

// outcomes names what an Equipment-Status means, by its value.
var outcomes = [...]string{"permitted", "prohibited", "tracked"}

// tally counts answers by outcome.
type tally struct {
	status  [len(outcomes)]uint64
	unknown uint64
	other   map[mme.Answer]uint64
}

func (t *tally) add(a mme.Answer) {
	switch {
	case a.Result == success && a.Status >= 0 && int(a.Status) < len(t.status):
		t.status[a.Status]++
	case a.Result == equipmentUnknown && a.Status < 0:
		t.unknown++
	default:
		if t.other == nil {
			t.other = make(map[mme.Answer]uint64)
		}
		t.other[a]++
	}
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
		m[name] += n
	}
}
