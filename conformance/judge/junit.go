package judge

import (
	"encoding/xml"
	"io"
)

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    float64       `xml:"time,attr"`
	Failure *junitMessage `xml:"failure"`
	Skipped *junitMessage `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type junitSuite struct {
	XMLName   xml.Name    `xml:"testsuite"`
	Name      string      `xml:"name,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Time      float64     `xml:"time,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"` // none: a case that can't run is skipped
	Skipped   int         `xml:"skipped,attr"`
	Cases     []junitCase `xml:"testcase"`
}

// JUnit writes the report in the form that CI systems read. Expected failures
// are skipped there, with their reason; so is what was not run. A warning
// passes, with its text as output.
func (r *Report) JUnit(w io.Writer) error {
	s := junitSuite{
		Name: "S13 conformance of " + r.Target, Tests: len(r.Results), Time: r.Seconds,
		Timestamp: r.Began.UTC().Format("2006-01-02T15:04:05"), // the schemas know no zone
	}
	for i := range r.Results {
		x := &r.Results[i]
		c := junitCase{Class: x.Clause, Name: x.ID, Time: x.Seconds}
		excused := x.Excuse != "" && (x.Outcome == Failed || x.Outcome == Warned)
		better := r.Strict && x.Excuse != "" && x.Outcome == Passed
		switch {
		case excused:
			c.Skipped = &junitMessage{Message: "expected failure: " + x.Excuse}
		case better:
			c.Failure = &junitMessage{Message: "passes, though it was expected to fail: " + x.Excuse}
		case x.Outcome == NotRun:
			c.Skipped = &junitMessage{Message: "not run: " + x.Why}
		case x.Outcome == Failed:
			c.Failure = &junitMessage{Message: x.Text, Text: x.Failure.text()}
		case x.Outcome == Warned:
			c.Output = "warning: " + x.Text + "\n" + x.Failure.text()
		}
		if c.Failure != nil {
			s.Failures++
		}
		if c.Skipped != nil {
			s.Skipped++
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
