package eir

import (
	"encoding/json"
	"strconv"
	"time"
)

// FormatTime writes Unix seconds as RFC 3339 in UTC; nothing for 0.
func FormatTime(unix int64) string {
	if unix == 0 {
		return ""
	}
	return time.Unix(unix, 0).UTC().Format(time.RFC3339)
}

// describe is an entry on one line: whose, what, which status, why, since
// when, until when.
func (m *Match) describe() string {
	s := m.Source.Name + " version " + strconv.FormatUint(m.Source.Sequence, 10) + ": " + m.Target.String() + " " + m.Status.String()
	if m.Reason != "" {
		s += " (" + m.Reason + ")"
	}
	for _, f := range [...]struct{ name, value string }{
		{" ref ", m.Reference}, {" of ", FormatTime(m.Date)}, {" until ", FormatTime(m.Until)},
	} {
		if f.value != "" {
			s += f.name + f.value
		}
	}
	return s
}

// listedJSON is how an entry is written for machines.
type listedJSON struct {
	Source    string `json:"source"`
	Version   uint64 `json:"version"`
	Kind      Kind   `json:"kind"`
	Target    string `json:"target"`
	Status    Status `json:"status"`
	Reason    string `json:"reason,omitempty"`
	Reference string `json:"reference,omitempty"`
	Date      string `json:"date,omitempty"`
	Until     string `json:"until,omitempty"`
}

// MarshalJSON writes the entry flat, times as RFC 3339.
func (m *Match) MarshalJSON() ([]byte, error) {
	return json.Marshal(listedJSON{
		Source: m.Source.Name, Version: m.Source.Sequence, Kind: m.Kind, Target: m.Target.String(),
		Status: m.Status, Reason: m.Reason, Reference: m.Reference,
		Date: FormatTime(m.Date), Until: FormatTime(m.Until),
	})
}

// MarshalJSON writes the question, the verdict and the steps:
//
//	{"query": {"imei", "form", "svn", "imsi", "at"},
//	 "verdict": {"status", "rule", "reason", "source", "version", "target", "pair_skipped"},
//	 "steps": [{"rule", "decides", "why", "entry"}]}
func (e Explanation) MarshalJSON() ([]byte, error) {
	type query struct {
		IMEI string `json:"imei,omitempty"`
		Form Form   `json:"form"`
		SVN  string `json:"svn,omitempty"`
		IMSI string `json:"imsi,omitempty"`
		At   string `json:"at"`
	}
	type verdict struct {
		Status      Status `json:"status"`
		Rule        Rule   `json:"rule"`
		Reason      string `json:"reason"`
		Source      string `json:"source,omitempty"`
		Version     uint64 `json:"version,omitempty"`
		Target      string `json:"target,omitempty"`
		PairSkipped bool   `json:"pair_skipped,omitempty"`
	}
	q := query{Form: e.Query.Form, SVN: e.Query.SVN.String(), IMSI: e.Query.IMSI.String(), At: FormatTime(e.Query.At)}
	if e.Query.Form.HasIMEI() {
		q.IMEI = e.Query.IMEI.String()
	}
	v := verdict{Status: e.Verdict.Status, Rule: e.Verdict.Rule, Reason: e.Verdict.Reason,
		Version: e.Verdict.Version(), PairSkipped: e.Verdict.PairSkipped}
	if e.Verdict.Source != nil {
		v.Source, v.Target = e.Verdict.Source.Name, e.Verdict.Target.String()
	}
	return json.Marshal(struct {
		Query   query   `json:"query"`
		Verdict verdict `json:"verdict"`
		Steps   []Step  `json:"steps"`
	}{q, v, e.Steps})
}
