package judge

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"paperweight/conformance/octets"
)

// Outcome is what became of a case.
type Outcome string

// The outcomes.
const (
	Passed Outcome = "passed"
	Failed Outcome = "failed"
	// Warned: a SHOULD is not kept.
	Warned Outcome = "warned"
	NotRun Outcome = "not run"
)

// Result is a case with its outcome.
type Result struct {
	ID      string   `json:"id"`
	Clause  string   `json:"clause"`
	Level   string   `json:"level"`
	Text    string   `json:"requirement"`
	Outcome Outcome  `json:"outcome"`
	Why     string   `json:"why,omitempty"` // not run: why
	Failure *Failure `json:"failure,omitempty"`
	// Excuse is the reason in the file of expected failures.
	Excuse  string  `json:"expected_failure,omitempty"`
	Seconds float64 `json:"seconds"`
}

// Report is a run.
type Report struct {
	Target    string `json:"target"`
	Transport string `json:"transport"`
	Host      string `json:"host"`
	Realm     string `json:"realm"`
	Strict    bool   `json:"strict"`
	// Stopped: the run ended before its last case.
	Stopped bool      `json:"stopped,omitempty"`
	Began   time.Time `json:"began"`
	Seconds float64   `json:"seconds"`
	Counts  Counts    `json:"counts"`
	Results []Result  `json:"results"`
}

// Counts are results by outcome. Failed and Warned leave out what was expected
// to fail; Better passed though it was expected to fail.
type Counts struct {
	Cases    int `json:"cases"`
	Passed   int `json:"passed"`
	Failed   int `json:"failed"`
	Warned   int `json:"warned"`
	NotRun   int `json:"not_run"`
	Expected int `json:"expected_failures"`
	Better   int `json:"passed_though_expected_to_fail"`
}

func (r *Report) count() {
	r.Counts = Counts{Cases: len(r.Results)}
	n := &r.Counts
	for _, x := range r.Results {
		switch {
		case x.Excuse != "" && (x.Outcome == Failed || x.Outcome == Warned):
			n.Expected++
		case x.Outcome == Failed:
			n.Failed++
		case x.Outcome == Warned:
			n.Warned++
		case x.Outcome == NotRun:
			n.NotRun++
		default:
			n.Passed++
			if x.Excuse != "" {
				n.Better++
			}
		}
	}
}

// OK reports whether nothing failed that was not expected to. In a strict run a
// case that passes though it was expected to fail is a failure of the file of
// expected failures.
func (r *Report) OK() bool {
	return r.Counts.Failed == 0 && (!r.Strict || r.Counts.Better == 0)
}

// Judged reports whether there is a verdict at all: some case was run, and the run
// was not stopped.
func (r *Report) Judged() bool { return r.Counts.NotRun < r.Counts.Cases && !r.Stopped }

// JSON writes the report as one JSON document.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// MarshalJSON writes a failure with its messages decoded and as octets in hex.
func (f *Failure) MarshalJSON() ([]byte, error) {
	type event struct {
		Connection int    `json:"connection"`
		What       string `json:"what"`
		Note       string `json:"note,omitempty"`
		Decoded    string `json:"decoded,omitempty"`
		Hex        string `json:"hex,omitempty"`
		Octets     int    `json:"octets,omitempty"`
	}
	out := struct {
		Expected   string  `json:"expected"`
		Transcript []event `json:"transcript"`
		Dropped    int     `json:"dropped_events,omitempty"`
	}{Expected: f.Expected, Dropped: f.Dropped}
	for _, e := range f.Transcript {
		x := event{Connection: e.Conn, What: e.What, Note: e.Note, Octets: e.All, Hex: hex.EncodeToString(e.Octets)}
		if e.All > 0 {
			x.Decoded = e.decoded()
		}
		out.Transcript = append(out.Transcript, x)
	}
	return json.Marshal(out)
}

func (e *Event) decoded() string {
	if e.All > len(e.Octets) {
		return fmt.Sprintf("%d octets, of which the first %d are kept\n", e.All, len(e.Octets))
	}
	return octets.Show(e.Octets)
}

// ReadExpected reads a file of expected failures: the ID of each case and the
// reason. An ID that no case has is an error, and so is an empty reason.
func ReadExpected(name string, cases []Case) (map[string]string, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var expected map[string]string
	if err := yaml.NewDecoder(bytes.NewReader(b)).Decode(&expected); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for id, reason := range expected {
		if !slices.ContainsFunc(cases, func(c Case) bool { return c.ID == id }) {
			return nil, fmt.Errorf("%s: no case is called %q: see `run --list`", name, id)
		}
		if reason == "" {
			return nil, fmt.Errorf("%s: %s has no reason", name, id)
		}
	}
	return expected, nil
}
